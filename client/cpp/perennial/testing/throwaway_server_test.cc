#include "perennial/testing/throwaway_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/barrier.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "perennial/client/account_client.h"
#include "perennial/client/connection.h"
#include "perennial/client/pipeline_client.h"
#include "perennial/testing/log_on_failure.h"

namespace perennial::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kPatienceMs = 60'000;

int ConnectTo(const std::string& target) {
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(target.substr(target.find(':') + 1), &port));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  const int connected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(connect(connected, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return connected;
}

// Whether the other side goes away.
bool IsClosedInTime(int connected) {
  pollfd event = {connected, POLLIN, 0};
  char buffer[4096];
  while (poll(&event, 1, kPatienceMs) > 0) {
    if (read(connected, buffer, sizeof(buffer)) <= 0) return true;
  }
  return false;
}

// Four threads write while it is killed and started again: each call is carried out once, and none
// fails.
TEST(ThrowawayServerTest, CallsRideOutKills) {
  constexpr int kWriters = 4;
  constexpr int kWrites = 100;
  constexpr int kKills = 15;
  ThrowawayServer server;
  ASSERT_TRUE(server.Start().ok());
  ConnectionOptions options;
  options.calls.timeout = absl::Minutes(2);
  const AccountClient accounts(Connect(server.target(), options));
  absl::Mutex mutex;
  int written = 0;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < kWrites; ++i) {
        v1::CreateAccountRequest request;
        request.set_account_id(absl::StrCat("w", writer, "-", i));
        request.mutable_account()->set_display_name("A");
        const auto created = accounts.CreateAccount(request);
        EXPECT_TRUE(created.ok()) << created.status();
        const absl::MutexLock lock(&mutex);
        ++written;
      }
    });
  }
  for (int kill = 0; kill < kKills; ++kill) {
    // Each life of the server gets some work done, so that no call is killed for ever.
    const auto got_done = [&, enough = 20 * (kill + 1)] { return written >= enough; };
    mutex.LockWhen(absl::Condition(&got_done));
    mutex.Unlock();
    server.Kill();
    EXPECT_TRUE(server.Start().ok());
  }
  for (std::thread& writer : writers) writer.join();
  int count = 0;
  for (const auto& account : accounts.ListAccounts({})) count += account.ok();
  EXPECT_EQ(count, kWriters * kWrites);
}

TEST(ThrowawayServerTest, GoesOnWithItsDataAtItsAddress) {
  ThrowawayServer server;
  ASSERT_TRUE(server.Start().ok());
  const std::string target = server.target();
  EXPECT_EQ(server.Stop(), 0);
  ASSERT_TRUE(server.Start().ok());
  server.Kill();
  EXPECT_EQ(server.Stop(), std::nullopt);
  ASSERT_TRUE(server.Start().ok());
  EXPECT_EQ(server.target(), target);
  EXPECT_THAT(server.Log(), HasSubstr("\"stopping\""));
}

std::vector<v1::Opportunity> Renewals(const ThrowawayServer& server) {
  std::vector<v1::Opportunity> renewals;
  v1::ListOpportunitiesRequest request;
  request.set_parent("accounts/-");
  for (auto& renewal : PipelineClient(Connect(server.target())).ListOpportunities(request)) {
    EXPECT_TRUE(renewal.ok()) << renewal.status();
    if (renewal.ok()) renewals.push_back(*std::move(renewal));
  }
  return renewals;
}

TEST(ThrowawayServerTest, HoldsWhatBuildersSay) {
  ThrowawayServerOptions options;
  options.seed_with = {a_renewal().in(v1::Opportunity::UPSELL).of(50'000)};
  ThrowawayServer server(options);
  const LogOnFailure log_on_failure(server);
  const absl::Status started = server.Start();
  ASSERT_TRUE(started.ok()) << started;
  const std::vector<v1::Opportunity> renewals = Renewals(server);
  ASSERT_EQ(renewals.size(), 1u);
  EXPECT_EQ(renewals[0].stage(), v1::Opportunity::UPSELL);
  EXPECT_EQ(renewals[0].arr().micros(), 50'000'000'000);
}

// The names of two accounts, of which the second was made after a kill.
std::vector<std::string> MadeNames(uint64_t id_seed) {
  ThrowawayServerOptions options;
  options.id_seed = id_seed;
  ThrowawayServer server(options);
  EXPECT_TRUE(server.Start().ok());
  std::vector<std::string> names;
  for (int i = 0; i < 2; ++i) {
    v1::CreateAccountRequest request;
    request.mutable_account()->set_display_name("A");
    const auto account = AccountClient(Connect(server.target())).CreateAccount(request);
    EXPECT_TRUE(account.ok()) << account.status();
    if (account.ok()) names.push_back(account->name());
    server.Kill();
    EXPECT_TRUE(server.Start().ok());
  }
  return names;
}

TEST(ThrowawayServerTest, MakesTheIdsOfTheSeed) {
  const std::vector<std::string> names = MadeNames(1);
  EXPECT_EQ(MadeNames(1), names);
  EXPECT_NE(MadeNames(2), names);
}

TEST(ThrowawayServerTest, BeginsAsACopy) {
  ThrowawayServerOptions options;
  options.database = "sqlite:" + testing::TempDir() + "/original.db";
  options.seed_with = {a_renewal().by(a_customer("kept"))};
  ThrowawayServer original(options);
  ASSERT_TRUE(original.Start().ok());
  options = {};
  options.copy_of = testing::TempDir() + "/original.db";
  EXPECT_THAT(std::string(ThrowawayServer(options).Start().message()),
              HasSubstr("is open in a server"));
  original.Kill();
  ThrowawayServer copy(options);
  ASSERT_TRUE(copy.Start().ok());
  const std::vector<v1::Opportunity> renewals = Renewals(copy);
  ASSERT_EQ(renewals.size(), 1u);
  EXPECT_EQ(renewals[0].name(), "accounts/kept/opportunities/renewal");
}

TEST(ThrowawayServerTest, TellsTheRequestsThatFailed) {
  ThrowawayServer server;
  ASSERT_TRUE(server.Start().ok());
  v1::GetAccountRequest request;
  request.set_name("accounts/nobody");
  EXPECT_FALSE(AccountClient(Connect(server.target())).GetAccount(request).ok());
  EXPECT_THAT(server.DescribeFailure(), HasSubstr(R"("request":"name: \"accounts/nobody\"")"));
}

TEST(ThrowawayServerTest, ManyAtOnce) {
  constexpr size_t kServers = 20;
  std::vector<ThrowawayServer> servers(kServers);
  auto* all_serve = new absl::Barrier(kServers);  // goes with whoever is the last
  std::vector<std::thread> threads;
  for (ThrowawayServer& server : servers) {
    // Each in a thread of its own, with which it would end.
    threads.emplace_back([&] {
      const absl::Status started = server.Start();
      EXPECT_TRUE(started.ok()) << started;
      if (all_serve->Block()) delete all_serve;
      EXPECT_TRUE(Renewals(server).empty());
      server.Kill();
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(ThrowawayServerTest, SaysWhyItDoesNotStart) {
  ThrowawayServerOptions options;
  options.flags = {"--no-such-flag"};
  ThrowawayServer server(options);
  EXPECT_THAT(std::string(server.Start().message()),
              AllOf(HasSubstr("perenniald has ended"), HasSubstr("no-such-flag")));
}

TEST(ThrowawayServerTest, SaysWhatIsWrongWithTheSeed) {
  ThrowawayServerOptions options;
  options.seed = testing::TempDir() + "/seed.textproto";
  std::ofstream(options.seed) << "resources { account { name: 'accounts/a' } }";
  ThrowawayServer server(options);
  EXPECT_THAT(std::string(server.Start().message()),
              AllOf(HasSubstr("cannot be imported"), HasSubstr("display_name")));
}

TEST(ThrowawayServerTest, SaysWhereItLooksForThePrograms) {
  setenv("PERENNIAL_BIN", "/nowhere", 1);
  ThrowawayServer server;
  const absl::Status status = server.Start();
  unsetenv("PERENNIAL_BIN");
  EXPECT_THAT(std::string(status.message()), HasSubstr("set PERENNIAL_BIN"));
}

TEST(ThrowawayServerTest, EndsWithTheTestThatStartedIt) {
  int answer[2];
  ASSERT_EQ(pipe(answer), 0);
  const pid_t test = fork();
  if (test == 0) {
    ThrowawayServer server;
    const std::string target = server.Start().ok() ? server.target() : "";
    if (write(answer[1], target.c_str(), target.size() + 1) > 0) pause();
    _exit(1);
  }
  char target[64] = {};
  ASSERT_GT(read(answer[0], target, sizeof(target)), 1);
  const int connected = ConnectTo(target);
  kill(test, SIGKILL);
  waitpid(test, nullptr, 0);
  EXPECT_TRUE(IsClosedInTime(connected)) << "the server outlives its test";
  close(connected);
  close(answer[0]);
  close(answer[1]);
}

}  // namespace
}  // namespace perennial::client
