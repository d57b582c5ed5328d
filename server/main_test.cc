// perenniald as its users meet it: a process with flags, signals and an exit code.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "grpc/health/v1/health.pb.h"
#include "lib/api/errors.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/clock_service.pb.h"
#include "server/flags.h"
#include "server/rpc/test_client.h"

namespace perennial {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Process {
 public:
  explicit Process(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), PERENNIALD);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      close(ends[0]);
      close(ends[1]);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(ends[1]);
    output_ = fdopen(ends[0], "r");
  }
  ~Process() {
    if (!ended_) {
      kill(pid_, SIGKILL);
      Wait();
    }
    fclose(output_);
  }

  // Reads what the process says up to a line with `text`; false where it ended without one.
  bool ReadUntil(const std::string& text) {
    char line[4096];
    while (fgets(line, sizeof(line), output_) != nullptr) {
      said_ += line;
      if (std::string(line).find(text) != std::string::npos) return true;
    }
    return false;
  }
  void Signal(int signal_number) { kill(pid_, signal_number); }
  // The exit code; -1 where the process did not end by itself.
  int Wait() {
    ReadUntil("the end, which no line has");
    int status = 0;
    waitpid(pid_, &status, 0);
    ended_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  const std::string& said() const { return said_; }

 private:
  pid_t pid_;
  FILE* output_;
  std::string said_;
  bool ended_ = false;
};

class MainTest : public testing::Test {
 protected:
  MainTest() : folder_(testing::TempDir() + "perenniald-" + std::to_string(getpid())) {
    std::filesystem::remove_all(folder_);
    database_ = absl::StrCat("--database=sqlite:", folder_, "/sub/test.db");
    port_file_ = folder_ + "/port";
    std::filesystem::create_directories(folder_);
  }
  ~MainTest() override { std::filesystem::remove_all(folder_); }

  std::string Address() {
    std::string port;
    std::ifstream(port_file_) >> port;
    return "127.0.0.1:" + port;
  }

  static void AwaitFile(const std::string& path) {
    while (!std::filesystem::exists(path)) std::this_thread::yield();
  }

  std::string folder_;
  std::string database_;
  std::string port_file_;
};

TEST_F(MainTest, ServesUntilItIsToldToStop) {
  for (const int signal_number : {SIGTERM, SIGINT}) {
    Process server({database_, "--listen=127.0.0.1:0", "--port-file", port_file_,
                    "--clock=manual:2025-01-01"});
    ASSERT_TRUE(server.ReadUntil("\"serving\"")) << server.said();
    TestClient client(Address());
    const auto time =
        client.Call<v1::ClockTime>("/perennial.v1.ClockService/GetTime", v1::GetTimeRequest());
    ASSERT_TRUE(time.ok()) << time.status();
    EXPECT_TRUE(time->manual());
    server.Signal(signal_number);
    EXPECT_EQ(server.Wait(), kExitOk) << server.said();
  }
}

TEST_F(MainTest, EachCallIsAnsweredOrUnavailableWhenItStopsUnderLoad) {
  Process server({database_, "--listen=127.0.0.1:0", "--port-file", port_file_, "--no-call-log"});
  AwaitFile(port_file_);
  const std::string address = Address();
  std::atomic<int> answered{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&, i] {
      TestClient client(address);
      absl::Status status;
      while (status.ok()) {
        v1::CreateProductRequest create;
        create.mutable_product()->set_display_name("Pro");
        status =
            i % 2 == 0
                ? client
                      .Call<v1::ClockTime>("/perennial.v1.ClockService/GetTime",
                                           v1::GetTimeRequest())
                      .status()
                : client.Call<v1::Product>("/perennial.v1.CatalogService/CreateProduct", create)
                      .status();
        ++answered;
      }
      EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    });
    callers.emplace_back([&] {
      TestClient client(address);
      grpc::ClientContext context;
      const auto stream = client.Open("/perennial.v1.HistoryService/Watch", context);
      stream->Write(ToBuffer(""));
      for (grpc::ByteBuffer response; stream->Read(&response);) {
      }
      const absl::Status status = FromGrpcStatus(stream->Finish());
      EXPECT_EQ(ReasonOf(status), v1::SERVER_UNAVAILABLE) << status;
    });
  }
  while (answered < 500) std::this_thread::yield();
  server.Signal(SIGTERM);
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(server.Wait(), kExitOk) << server.said();
}

// The lines of a log, each of which is a JSON object.
std::vector<google::protobuf::Struct> ReadLog(const std::string& path) {
  std::vector<google::protobuf::Struct> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto parsed = google::protobuf::util::JsonStringToMessage(line, &lines.emplace_back());
    EXPECT_TRUE(parsed.ok()) << line;
  }
  return lines;
}

// How many calls they speak of.
int CountCalls(const std::vector<google::protobuf::Struct>& lines) {
  int calls = 0;
  for (const auto& line : lines) {
    const auto& fields = line.fields();
    if (fields.at("message").string_value() != "call") continue;
    const auto repeated = fields.find("repeated");
    calls += repeated == fields.end() ? 1 : static_cast<int>(repeated->second.number_value());
  }
  return calls;
}

TEST_F(MainTest, TheLogIsALineOfJsonForEachCallWhateverItSends) {
  const std::string log = folder_ + "/log";
  Process server({database_, "--listen=127.0.0.1:0", "--port-file", port_file_, "--log-file", log});
  AwaitFile(port_file_);
  TestClient client(Address());
  for (const char* request :
       {"\x0a\x02\xff\xfe", "\xff\xff\xff", "\x0a\x04\n\x1b\"\\", "\x0a\x02\xc3\xbc"}) {
    grpc::ClientContext context;
    EXPECT_FALSE(
        client.CallBytes("/perennial.v1.AccountService/GetAccount", request, context).ok());
  }
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), kExitOk) << server.said();
  EXPECT_EQ(server.said(), "");
  const auto lines = ReadLog(log);
  EXPECT_EQ(CountCalls(lines), 4);
  EXPECT_EQ(lines.size(), 4u + 3u) << "that its time line begins, that it serves, calls, its end";
}

TEST_F(MainTest, TheLogCountsCallsThatFailAgainAndAgain) {
  const std::string log = folder_ + "/log";
  Process server({database_, "--listen=127.0.0.1:0", "--port-file", port_file_, "--log-file", log});
  AwaitFile(port_file_);
  TestClient client(Address());
  for (int i = 0; i < 500; ++i) {
    grpc::ClientContext context;
    EXPECT_FALSE(client.CallBytes("/perennial.v1.ClockService/MoveTime", "", context).ok());
  }
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), kExitOk);
  const auto lines = ReadLog(log);
  EXPECT_EQ(CountCalls(lines), 500);
  EXPECT_LT(lines.size(), 50u);
}

TEST_F(MainTest, TheLogsFileIsOpenedAgainWhereItWasMovedAway) {
  const std::string log = folder_ + "/log";
  Process server({database_, "--listen=127.0.0.1:0", "--port-file", port_file_, "--log-file", log});
  AwaitFile(port_file_);
  std::filesystem::rename(log, log + ".1");
  server.Signal(SIGHUP);
  AwaitFile(log);
  TestClient client(Address());
  EXPECT_TRUE(
      client.Call<v1::ClockTime>("/perennial.v1.ClockService/GetTime", v1::GetTimeRequest()).ok());
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), kExitOk);
  EXPECT_EQ(CountCalls(ReadLog(log)), 1);
  EXPECT_EQ(ReadLog(log + ".1").size(), 2u) << "that its time line begins, that it serves";
}

TEST_F(MainTest, TwoServersDoNotShareADatabaseFileOrAPort) {
  Process server({database_, "--listen=127.0.0.1:0", "--port-file", port_file_});
  ASSERT_TRUE(server.ReadUntil("\"serving\"")) << server.said();
  Process same_file({database_, "--listen=127.0.0.1:0"});
  EXPECT_EQ(same_file.Wait(), kExitFailure);
  EXPECT_THAT(same_file.said(), HasSubstr("another process"));
  Process same_port(
      {absl::StrCat("--database=sqlite:", folder_, "/other.db"), "--listen", Address()});
  EXPECT_EQ(same_port.Wait(), kExitFailure);
  EXPECT_THAT(same_port.said(), HasSubstr("cannot listen on"));
}

TEST_F(MainTest, AFullDiskIsToldAndEndsByItself) {
  const std::string disk = folder_ + "/disk";
  std::filesystem::create_directories(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=4m") != 0) {
    GTEST_SKIP() << "only root can make a disk that is soon full";
  }
  const auto unmount = absl::MakeCleanup([&] { umount2(disk.c_str(), MNT_DETACH); });
  Process server({absl::StrCat("--database=sqlite:", disk, "/x.db"), "--listen=127.0.0.1:0",
                  "--port-file", port_file_, "--no-call-log"});
  AwaitFile(port_file_);
  TestClient client(Address());
  const auto serves = [&](const std::string& name) {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(name);
    const auto response =
        client.Call<grpc::health::v1::HealthCheckResponse>("/grpc.health.v1.Health/Check", request);
    return response.ok() && response->status() == grpc::health::v1::HealthCheckResponse::SERVING;
  };
  v1::CreateProductRequest create;
  create.mutable_product()->set_display_name("Pro");
  const auto write = [&] {
    return client.Call<v1::Product>("/perennial.v1.CatalogService/CreateProduct", create).status();
  };
  ASSERT_TRUE(write().ok());
  {
    std::ofstream filler(disk + "/filler");
    while (filler << std::string(4096, 'x') << std::flush) {
    }
  }
  absl::Status status;
  while ((status = write()).ok()) {
  }
  EXPECT_EQ(ReasonOf(status), v1::DATABASE_FULL) << status;
  while (serves("perennial.v1.writes")) write().IgnoreError();
  EXPECT_FALSE(serves(""));
  EXPECT_TRUE(serves("perennial.v1.reads"));
  EXPECT_TRUE(client
                  .Call<v1::ListProductsResponse>("/perennial.v1.CatalogService/ListProducts",
                                                  v1::ListProductsRequest())
                  .ok());
  std::filesystem::remove(disk + "/filler");
  while (!serves("")) std::this_thread::yield();
  EXPECT_TRUE(write().ok());
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), kExitOk) << server.said();
}

TEST_F(MainTest, MigratesAndEnds) {
  Process migrate({"migrate", database_});
  EXPECT_EQ(migrate.Wait(), kExitOk) << migrate.said();
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/sub/test.db"));
}

TEST_F(MainTest, VerifyChangesNothing) {
  const std::string file = folder_ + "/sub/test.db";
  Process absent({"verify", database_});
  EXPECT_EQ(absent.Wait(), kExitUsage);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/sub"));
  ASSERT_EQ(Process({"migrate", database_}).Wait(), kExitOk);
  const auto time = std::filesystem::last_write_time(file);
  Process verify({"verify", database_});
  EXPECT_EQ(verify.Wait(), kExitOk) << verify.said();
  EXPECT_THAT(verify.said(), HasSubstr("0 damaged"));
  EXPECT_EQ(std::filesystem::last_write_time(file), time);
}

TEST_F(MainTest, WarnsWhereWhatWasServedIsGone) {
  {
    Process server({database_, "--listen=127.0.0.1:0", "--port-file", port_file_});
    ASSERT_TRUE(server.ReadUntil("\"serving\"")) << server.said();
    TestClient client(Address());
    v1::CreateProductRequest create;
    create.mutable_product()->set_display_name("Pro");
    ASSERT_TRUE(
        client.Call<v1::Product>("/perennial.v1.CatalogService/CreateProduct", create).ok());
    server.Signal(SIGKILL);
    server.Wait();
  }
  std::filesystem::remove(folder_ + "/sub/test.db-wal");
  Process again({database_, "--listen=127.0.0.1:0"});
  ASSERT_TRUE(again.ReadUntil("a new time line begins")) << again.said();
  const std::string line =
      again.said().substr(again.said().rfind('\n', again.said().size() - 2) + 1);
  EXPECT_THAT(line, AllOf(HasSubstr("\"severity\":\"WARNING\""), HasSubstr("up to revision")));
}

TEST_F(MainTest, ATimeLineBeginsWhereThereIsADatabaseOnly) {
  Process absent({"begin-time-line", database_});
  EXPECT_EQ(absent.Wait(), kExitFailure);
  EXPECT_THAT(absent.said(), HasSubstr("there is no such SQLite file"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/sub"));
}

TEST_F(MainTest, ACutIndexOfTheLogIsSaid) {
  Process server({database_, "--listen=127.0.0.1:0", "--port-file", port_file_, "--no-call-log"});
  AwaitFile(port_file_);
  std::filesystem::resize_file(folder_ + "/sub/test.db-shm", 0);
  EXPECT_EQ(server.Wait(), -1);
  EXPECT_THAT(server.said(), HasSubstr("-shm"));
  Process again({database_, "--listen=127.0.0.1:0"});
  EXPECT_TRUE(again.ReadUntil("\"serving\"")) << again.said();
}

TEST_F(MainTest, ARefusedFlagTouchesNothing) {
  const std::vector<std::vector<std::string>> refused = {
      {database_, "--listen=0.0.0.0:0"},
      {database_, "--metrics-address=1.2.3.4:1"},
      {"--database=sqlite::memory:"},
      {"migrate", "--database=sqlite:file:" + folder_ + "/x.db?mode=memory"}};
  for (const std::vector<std::string>& flags : refused) {
    Process server(flags);
    EXPECT_EQ(server.Wait(), kExitUsage) << server.said();
    EXPECT_FALSE(std::filesystem::exists(folder_ + "/sub"));
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
    EXPECT_FALSE(std::filesystem::exists(":memory:"));
  }
}

TEST_F(MainTest, WrongUsageHasItsExitCode) {
  Process everywhere({database_, "--listen=0.0.0.0:0"});
  EXPECT_EQ(everywhere.Wait(), kExitUsage);
  EXPECT_THAT(everywhere.said(), HasSubstr("not authenticated"));
  Process with_password(
      {"--database=mysql://user:secret@127.0.0.1:1/name", "--listen=127.0.0.1:0"});
  EXPECT_EQ(with_password.Wait(), kExitUsage);
  EXPECT_THAT(with_password.said(), testing::Not(HasSubstr("secret")));
  EXPECT_EQ(Process({"--no-such-flag"}).Wait(), kExitUsage);
  EXPECT_EQ(Process({"--help"}).Wait(), kExitOk);
}

}  // namespace
}  // namespace perennial
