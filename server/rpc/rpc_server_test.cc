#include "server/rpc/rpc_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "lib/api/errors.h"
#include "perennial/v1/proto_files.h"
#include "server/rpc/caller.h"
#include "server/rpc/rpc_server_fixture.h"

namespace perennial {
namespace {

using google::protobuf::DescriptorPool;
using grpc::health::v1::HealthCheckResponse;
using testing::HasSubstr;

TEST_F(RpcServerTest, RefusesWhatDoesNotFitIntoTheQueueAndSaysWhenToRetry) {
  Gate gate;
  Answers running, waiting;
  handler_ = [&](const Call&) {
    gate.Pass();
    return absl::OkStatus();
  };
  options_.queue_size = 1;
  Start();
  FillQueue(gate, running, waiting);
  EXPECT_EQ(refused_.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused_), v1::OVERLOADED);
  EXPECT_THAT(refused_.ToString(), HasSubstr("google.rpc.RetryInfo"));

  // Health has no part in the queue.
  EXPECT_EQ(Health(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(Health("perennial.v1.ClockService"), HealthCheckResponse::SERVING);
  gate.Open();
  EXPECT_TRUE(running.Next().ok());
  EXPECT_TRUE(waiting.Next().ok());
}

TEST_F(RpcServerTest, ShutdownFinishesWhatRunsAndRefusesTheRest) {
  Gate gate;
  Answers running, waiting;
  handler_ = [&](const Call&) {
    gate.Pass();
    return absl::OkStatus();
  };
  options_.queue_size = 1;
  Start();
  FillQueue(gate, running, waiting);
  std::thread shutdown([&] { server_->Shutdown(); });
  const absl::Status abandoned = waiting.Next();
  EXPECT_EQ(abandoned.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(abandoned), v1::SERVER_UNAVAILABLE);

  EXPECT_EQ(Health(""), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(Health("perennial.v1.ClockService"), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(ReasonOf(GetTime()), v1::SERVER_UNAVAILABLE);
  gate.Open();
  EXPECT_TRUE(running.Next().ok());
  shutdown.join();
  EXPECT_EQ(handled_, 1);
}

TEST_F(RpcServerTest, EachCallIsAnsweredOrUnavailableWhenTheServerStopsUnderLoad) {
  options_.log_successful_calls = false;
  options_.workers = 4;
  for (int round = 0; round < 10; ++round) {
    Start();
    const int before = handled_;
    std::atomic<bool> stopped{false};
    std::vector<std::thread> callers;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([&] {
        TestClient client(server_->address());
        while (!stopped) {
          const absl::Status status =
              client.Call<v1::ClockTime>(kGetTime, v1::GetTimeRequest()).status();
          EXPECT_TRUE(status.ok() || absl::IsUnavailable(status)) << status;
        }
      });
    }
    while (handled_ < before + 200) std::this_thread::yield();
    server_->Shutdown();
    stopped = true;
    for (std::thread& caller : callers) caller.join();
  }
}

TEST_F(RpcServerTest, StreamsAreUnavailableWhenTheServerStops) {
  Start();
  grpc::ClientContext idle_context, unread_context;
  const auto idle = client_->Open(kImport, idle_context);
  ASSERT_TRUE(idle->Write(ToBuffer("")));
  grpc::ByteBuffer buffer;
  ASSERT_TRUE(idle->Read(&buffer));
  const auto unread = client_->Open(kImport, unread_context);
  ASSERT_TRUE(unread->Write(ToBuffer("")));
  server_->Shutdown();
  const absl::Status status = FromGrpcStatus(idle->Finish());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), v1::SERVER_UNAVAILABLE);
  EXPECT_THAT(status.ToString(), HasSubstr("google.rpc.RetryInfo"));
  unread->Read(&buffer);
  EXPECT_EQ(unread->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(RpcServerTest, WhoeverWatchesHealthIsToldOfChangesOnly) {
  Start();
  grpc::ClientContext context;
  const auto health = client_->Open("/grpc.health.v1.Health/Watch", context);
  ASSERT_TRUE(health->Write(ToBuffer("")));
  const auto next = [&] {
    grpc::ByteBuffer buffer;
    HealthCheckResponse response;
    EXPECT_TRUE(health->Read(&buffer) && response.ParseFromString(ToString(buffer)));
    return response.status();
  };
  EXPECT_EQ(next(), HealthCheckResponse::SERVING);
  for (int i = 0; i < 10; ++i) server_->SetServing(true, true);
  server_->SetServing(true, false);
  EXPECT_EQ(next(), HealthCheckResponse::NOT_SERVING);
  for (int i = 0; i < 10; ++i) server_->SetServing(false, false);
  server_->SetServing(true, true);
  EXPECT_EQ(next(), HealthCheckResponse::SERVING);
  context.TryCancel();
}

TEST_F(RpcServerTest, HealthTellsReadsAndWritesApart) {
  Start();
  const auto expect = [&](std::vector<std::string> names,
                          HealthCheckResponse::ServingStatus status) {
    for (const std::string& name : names) EXPECT_EQ(Health(name), status) << name;
  };
  const std::string reading = "perennial.v1.InsightService",
                    writing = "perennial.v1.AccountService";
  expect({"", "perennial.v1.reads", "perennial.v1.writes", reading, writing},
         HealthCheckResponse::SERVING);
  server_->SetServing(true, false);
  expect({"perennial.v1.reads", reading}, HealthCheckResponse::SERVING);
  expect({"", "perennial.v1.writes", writing}, HealthCheckResponse::NOT_SERVING);
  server_->SetServing(false, false);
  expect({"", "perennial.v1.reads", "perennial.v1.writes", reading, writing},
         HealthCheckResponse::NOT_SERVING);
  server_->SetServing(true, true);
  expect({"", "perennial.v1.reads", "perennial.v1.writes", reading, writing},
         HealthCheckResponse::SERVING);
}

// By the protocol of reflection, whose messages the server is linked with: it has no header.
class ReflectionClient {
 public:
  explicit ReflectionClient(TestClient& client)
      : stream_(client.Open("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                            context_)) {}
  ~ReflectionClient() { context_.TryCancel(); }

  // Sets `field` of the request; answers the response's text.
  absl::StatusOr<std::string> Ask(const std::string& field, const std::string& value) {
    std::unique_ptr<Message> request = NewMessage("ServerReflectionRequest");
    request->GetReflection()->SetString(request.get(),
                                        request->GetDescriptor()->FindFieldByName(field), value);
    grpc::ByteBuffer buffer;
    if (!stream_->Write(ToBuffer(request->SerializeAsString())) || !stream_->Read(&buffer)) {
      return FromGrpcStatus(stream_->Finish());
    }
    std::unique_ptr<Message> response = NewMessage("ServerReflectionResponse");
    response->ParseFromString(ToString(buffer));
    return response->DebugString();
  }

 private:
  using Message = google::protobuf::Message;

  static std::unique_ptr<Message> NewMessage(const std::string& name) {
    const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
        "grpc.reflection.v1alpha." + name);
    return std::unique_ptr<Message>(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  }

  grpc::ClientContext context_;
  const std::unique_ptr<TestClient::Stream> stream_;
};

TEST_F(RpcServerTest, ReflectionListsAndDescribesEveryService) {
  Start();
  ReflectionClient reflection(*client_);
  const auto list = reflection.Ask("list_services", "");
  ASSERT_TRUE(list.ok()) << list.status();
  for (const char* file_name : kProtoFiles) {
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(file_name);
    for (int i = 0; i < file->service_count(); ++i) {
      EXPECT_THAT(*list, HasSubstr(absl::StrCat("\"", file->service(i)->full_name(), "\"")));
    }
  }
  for (const char* symbol : {"perennial.v1.PipelineService", "grpc.health.v1.Health"}) {
    const auto file = reflection.Ask("file_containing_symbol", symbol);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_THAT(*file, HasSubstr("file_descriptor_proto")) << symbol;
  }
}

TEST_F(RpcServerTest, ReflectionCanBeSwitchedOff) {
  options_.reflection = false;
  Start();
  EXPECT_EQ(ReflectionClient(*client_).Ask("list_services", "").status().code(),
            absl::StatusCode::kUnimplemented);
}

// What `address` answers to GET /metrics.
std::string ReadMetrics(int port) {
  const int file = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(file, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
  EXPECT_EQ(write(file, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string answer;
  char chunk[4096];
  for (ssize_t n; (n = read(file, chunk, sizeof(chunk))) > 0;) answer.append(chunk, n);
  close(file);
  return answer;
}

TEST_F(RpcServerTest, MetricsCountCallsByMethodAndCode) {
  options_.metrics_listen = "127.0.0.1:0";
  Start();
  ASSERT_TRUE(GetTime().ok());
  ASSERT_TRUE(GetTime().ok());
  ASSERT_FALSE(GetTimeAs(kActorMetadata, "system").ok());
  const std::string metrics = ReadMetrics(server_->metrics_port());
  for (const char* line :
       {"perennial_calls_total{code=\"OK\",method=\"ClockService.GetTime\"} 2\n",
        "perennial_calls_total{code=\"INVALID_ARGUMENT\",method=\"ClockService.GetTime\"} 1\n",
        "perennial_call_seconds_count{method=\"ClockService.GetTime\"} 3\n",
        "perennial_calls_in_flight 0\n", "perennial_calls_waiting 0\n"}) {
    EXPECT_THAT(metrics, HasSubstr(line));
  }
}

TEST_F(RpcServerTest, MetricsTellWhatTheDatabaseDoes) {
  options_.metrics_listen = "127.0.0.1:0";
  options_.statistics = [] {
    sql::Statistics statistics;
    statistics.reads = 7;
    statistics.failed_writes = 2;
    statistics.connections_in_use = 3;
    statistics.log_pages = 2;
    statistics.checkpoint_time = absl::Milliseconds(1500);
    statistics.oldest_read = absl::Milliseconds(250);
    return statistics;
  };
  Start();
  const std::string metrics = ReadMetrics(server_->metrics_port());
  for (const char* line :
       {"perennial_database_reads_total{outcome=\"OK\"} 7\n",
        "perennial_database_writes_total{outcome=\"FAILED\"} 2\n",
        "perennial_database_connections_in_use 3\n", "perennial_sqlite_log_bytes 8192\n",
        "perennial_sqlite_checkpoint_seconds_total 1.5\n",
        "perennial_sqlite_oldest_read_seconds 0.25\n"}) {
    EXPECT_THAT(metrics, HasSubstr(line));
  }
}

TEST_F(RpcServerTest, TwoServersDoNotShareAPort) {
  Start();
  options_.listen = server_->address();
  const auto second = RpcServer::Start(registry_, options_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(second.status().ToString(), HasSubstr(server_->address()));
}

TEST_F(RpcServerTest, ListensOnLoopbackOnly) {
  options_.listen = "0.0.0.0:0";
  EXPECT_EQ(RpcServer::Start(registry_, options_).status().code(),
            absl::StatusCode::kInvalidArgument);
  options_.listen = "127.0.0.1:0";
  options_.metrics_listen = "0.0.0.0:0";
  EXPECT_EQ(RpcServer::Start(registry_, options_).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace perennial
