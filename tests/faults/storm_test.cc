// A database that fails while many write: what it costs, and that nothing else is lost by it.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "perennial/client/account_client.h"
#include "perennial/client/connection.h"
#include "tests/conformance/history_fold.h"
#include "tests/faults/faulty_database.h"
#include "tests/support/server/test_server.h"

namespace perennial {
namespace {

constexpr int kCallers = 4;
// More than there are connections.
constexpr int kReaders = 16;

void InThreads(int threads, const std::function<void(int)>& fn) {
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back(fn, i);
  for (std::thread& thread : running) thread.join();
}

class StormTest : public testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override { SKIP_UNLESS_AVAILABLE(GetParam()); }

  // A server whose database has these faults, while state_ is not at rest.
  void Start(const Faults& faults) {
    state_.at_rest = true;
    server_.emplace(GetParam(), [&](Server::Options& options) {
      options.decorate = [this, faults](std::unique_ptr<sql::Database> database) {
        return std::make_unique<FaultyDatabase>(std::move(database), faults, state_);
      };
    });
    client::ConnectionOptions options;
    options.calls.timeout = absl::Minutes(2);
    options.calls.retry.emplace().max_attempts = 100;
    connection_ = client::Connect(server_->address(), options);
  }

  client::AccountClient accounts() { return client::AccountClient(connection_); }

  // Many callers create so many accounts each, and read in between; answers how many were created.
  int CreateInTheStorm(int calls, const std::function<void(const absl::Status&)>& check) {
    std::atomic<int> created{0};
    state_.at_rest = false;
    InThreads(kCallers, [&](int caller) {
      for (int i = 0; i < calls; ++i) {
        v1::CreateAccountRequest create;
        create.set_account_id(absl::StrCat("a-", caller, "-", i));
        create.mutable_account()->set_display_name("An account");
        const absl::Status status = accounts().CreateAccount(create).status();
        if (status.ok()) ++created;
        check(status);
        v1::ListAccountsRequest list;
        list.set_page_size(10);
        check(accounts().ListAccounts.Page(list).status());
      }
    });
    state_.at_rest = true;
    return created;
  }

  // What was answered is there, once, and every connection has come back.
  void ExpectAllIsWell(int created) {
    InThreads(kReaders, [&](int) {
      const absl::Status status = accounts().ListAccounts.Page({}).status();
      EXPECT_TRUE(status.ok()) << status;
    });
    int found = 0;
    for (const auto& account : accounts().ListAccounts({})) {
      ASSERT_TRUE(account.ok()) << account.status();
      ++found;
    }
    EXPECT_EQ(found, created);
    conformance::ExpectHistoryFoldsToState(connection_);
  }

  FaultState state_;
  std::optional<TestServer> server_;
  std::shared_ptr<client::Connection> connection_;
};
INSTANTIATE_TEST_SUITE_P(Engines, StormTest, EveryEngine(), EngineName);

TEST_P(StormTest, ADriverThatThrowsCostsTheCallThatMetIt) {
  Faults faults;
  faults.throw_exception = 15;
  Start(faults);
  const int created = CreateInTheStorm(150, [](const absl::Status& status) {
    EXPECT_TRUE(status.ok() || absl::IsInternal(status)) << status;
  });
  EXPECT_GT(state_.exceptions, kReaders);
  ExpectAllIsWell(created);
}

TEST_P(StormTest, WhoeverAsksAgainIsAnsweredOnce) {
  Faults faults;
  faults.run_again = 40;
  faults.lose_answer = 10;
  faults.go_away = 300;
  faults.go_away_after_commit = 20;
  faults.delay = 100;
  Start(faults);
  constexpr int kCalls = 40;
  const int created = CreateInTheStorm(
      kCalls, [](const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; });
  EXPECT_EQ(created, kCallers * kCalls);
  EXPECT_GT(state_.runs_again, 0);
  EXPECT_GT(state_.times_away, 0);
  ExpectAllIsWell(created);
}

}  // namespace
}  // namespace perennial
