#ifndef PERENNIAL_SERVER_RPC_RPC_SERVER_FIXTURE_H_
#define PERENNIAL_SERVER_RPC_RPC_SERVER_FIXTURE_H_

// A server with tiny handlers, for tests of what happens around handlers.

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpc/health/v1/health.pb.h"
#include "lib/base/clock.h"
#include "perennial/v1/clock_service.pb.h"
#include "perennial/v1/import_service.pb.h"
#include "server/rpc/rpc_server.h"
#include "server/rpc/test_client.h"

namespace perennial {

inline constexpr char kGetTime[] = "/perennial.v1.ClockService/GetTime";
inline constexpr char kMoveTime[] = "/perennial.v1.ClockService/MoveTime";
inline constexpr char kImport[] = "/perennial.v1.ImportService/Import";

// Holds up the calls that pass through it, until it is opened.
class Gate {
 public:
  void Pass() {
    absl::MutexLock lock(&mutex_);
    ++entered_;
    mutex_.Await(absl::Condition(&open_));
  }
  void AwaitEntered(int count) {
    absl::MutexLock lock(&mutex_);
    const auto reached = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return entered_ >= count; };
    mutex_.Await(absl::Condition(&reached));
  }
  void Open() {
    absl::MutexLock lock(&mutex_);
    open_ = true;
  }

 private:
  absl::Mutex mutex_;
  int entered_ ABSL_GUARDED_BY(mutex_) = 0;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

// Answers in the order in which they came.
class Answers {
 public:
  void Add(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    statuses_.push_back(std::move(status));
  }
  absl::Status Next() {
    absl::MutexLock lock(&mutex_);
    const auto some = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !statuses_.empty(); };
    mutex_.Await(absl::Condition(&some));
    absl::Status status = std::move(statuses_.front());
    statuses_.pop_front();
    return status;
  }

 private:
  absl::Mutex mutex_;
  std::deque<absl::Status> statuses_ ABSL_GUARDED_BY(mutex_);
};

// A server whose handlers of ClockService.GetTime (VIEWER), ClockService.MoveTime (ADMIN) and
// ImportService.Import are the test's.
class RpcServerTest : public testing::Test {
 protected:
  RpcServerTest() : store_(nullptr, clock_), registry_(store_) {
    registry_.Run<v1::GetTimeRequest, v1::ClockTime>(
        "ClockService.GetTime", [this](const v1::GetTimeRequest&, const Call& call) {
          ++handled_;
          const absl::Status status = handler_(call);
          return status.ok() ? absl::StatusOr<v1::ClockTime>(v1::ClockTime()) : status;
        });
    registry_.Run<v1::MoveTimeRequest, v1::ClockTime>(
        "ClockService.MoveTime",
        [](const v1::MoveTimeRequest&, const Call&) { return v1::ClockTime(); });
    registry_.Run<v1::ImportRequest, v1::ImportResponse>(
        "ImportService.Import",
        [this](const v1::ImportRequest& request,
               const Call& call) -> absl::StatusOr<v1::ImportResponse> {
          const absl::Status status = handler_(call);
          if (!status.ok()) return status;
          v1::ImportResponse response;
          response.mutable_counts()->set_created(request.rows_size());
          return response;
        });
    options_.listen = "127.0.0.1:0";
    options_.workers = 1;
  }

  void Start() {
    auto server = RpcServer::Start(registry_, options_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    client_ = std::make_unique<TestClient>(server_->address());
  }

  absl::Status GetTime(grpc::ClientContext& context) {
    return client_->Call<v1::ClockTime>(kGetTime, v1::GetTimeRequest(), context).status();
  }
  absl::Status GetTime() {
    grpc::ClientContext context;
    return GetTime(context);
  }
  absl::Status GetTimeAs(const std::string& key, const std::string& value) {
    grpc::ClientContext context;
    context.AddMetadata(key, value);
    return GetTime(context);
  }
  // Does not wait for the answer.
  void CallGetTime(Answers& answers) {
    threads_.emplace_back([this, &answers] { answers.Add(GetTime()); });
  }
  // Keeps the only worker busy and the queue of one full.
  void FillQueue(Gate& gate, Answers& running, Answers& waiting) {
    CallGetTime(running);
    gate.AwaitEntered(1);
    // One of these two finds room in the queue, the other is refused.
    CallGetTime(waiting);
    CallGetTime(waiting);
    refused_ = waiting.Next();
  }
  grpc::health::v1::HealthCheckResponse::ServingStatus Health(const std::string& service) {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    const auto response = client_->Call<grpc::health::v1::HealthCheckResponse>(
        "/grpc.health.v1.Health/Check", request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->status() : grpc::health::v1::HealthCheckResponse::UNKNOWN;
  }

  void TearDown() override {
    for (std::thread& thread : threads_) thread.join();
  }

  std::function<absl::Status(const Call&)> handler_ = [](const Call&) { return absl::OkStatus(); };
  std::atomic<int> handled_{0};
  RpcOptions options_;
  absl::Status refused_;
  std::vector<std::thread> threads_;
  SystemClock clock_;
  Store store_;
  Registry registry_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<TestClient> client_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_RPC_SERVER_FIXTURE_H_
