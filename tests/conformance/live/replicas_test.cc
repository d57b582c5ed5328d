// Several servers on one database, of which one is killed.

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "perennial/client/watcher.h"
#include "tests/conformance/fixture.h"
#include "tests/support/server_on.h"

namespace perennial::conformance {
namespace {

using v1::Change;

class MysqlReplicasTest : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(sql::Engine::kMysql);
    database_ = std::make_unique<TestDatabase>(sql::Engine::kMysql);
  }

  std::unique_ptr<client::ThrowawayServer> StartServer(std::vector<std::string> flags = {}) {
    auto server = std::make_unique<client::ThrowawayServer>(ServerOn(*database_, std::move(flags)));
    const absl::Status status = server->Start();
    EXPECT_TRUE(status.ok()) << status;
    return server;
  }

  // One connection to both, by turns: to the second where the first is gone.
  static std::shared_ptr<client::Connection> ConnectToBoth(const client::ThrowawayServer& first,
                                                           const client::ThrowawayServer& second) {
    return client::Connect(absl::StrCat("ipv4:", first.target(), ",", second.target()));
  }

  static absl::StatusOr<v1::Account> CreateAccount(const std::string& id,
                                                   const client::AccountClient& accounts) {
    v1::CreateAccountRequest request;
    request.set_account_id(id);
    request.mutable_account()->set_display_name(id);
    client::CallOptions options;
    options.timeout = absl::Seconds(60);
    options.retry = client::RetryPolicy{1000, absl::Milliseconds(20), absl::Milliseconds(200)};
    return accounts.CreateAccount(request, options);
  }

  std::unique_ptr<TestDatabase> database_;
};

TEST_F(MysqlReplicasTest, AWatcherMovesToAnotherServerAndMissesNothing) {
  constexpr int kWriters = 4, kAccounts = 40;
  const auto first = StartServer();
  const auto second = StartServer();
  client::HistoryClient history(ConnectToBoth(*first, *second));
  v1::WatchRequest request;
  request.add_resource_types("Account");
  client::Watcher watcher = history.Watch(request);
  Must(watcher.Next().status());

  std::atomic<int> written{0};
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    // Half of them write where the watcher is not.
    const auto connection =
        w % 2 == 0 ? ConnectToBoth(*first, *second) : client::Connect(second->target());
    writers.emplace_back([&, w, connection] {
      const client::AccountClient accounts(connection);
      for (int i = 0; i < kAccounts; ++i) {
        Must(CreateAccount(absl::StrCat("a", w, "-", i), accounts).status());
        ++written;
      }
    });
  }
  bool killed = false;
  std::set<std::string> seen;
  int64_t last = 0;
  while (seen.size() < kWriters * kAccounts) {
    const auto response = watcher.Next();
    ASSERT_TRUE(response.ok()) << response.status();
    for (const Change& change : response->changes()) {
      EXPECT_GT(change.revision(), last) << "out of order, or twice";
      last = change.revision();
      EXPECT_TRUE(seen.insert(change.resource_name()).second) << change.resource_name();
    }
    if (!killed && seen.size() > kWriters * kAccounts / 4) {
      first->Kill();
      killed = true;
    }
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_TRUE(killed);
  EXPECT_EQ(written, kWriters * kAccounts);
}

// Whichever of them had the job, the other one takes it over.
TEST_F(MysqlReplicasTest, JobsGoOnWhereTheServerThatRanThemIsKilled) {
  const std::vector<std::string> flags = {"--renewal-job-seconds=1"};
  std::unique_ptr<client::ThrowawayServer> servers[] = {StartServer(flags), StartServer(flags)};
  for (const auto& killed : servers) {
    const client::ThrowawayServer& left = killed == servers[0] ? *servers[1] : *servers[0];
    killed->Kill();
    const auto connection = client::Connect(left.target());
    const Clients clients(connection);
    v1::WatchRequest request;
    request.add_resource_types("Opportunity");
    client::Watcher watcher = clients.history.Watch(request);
    Must(watcher.Next().status());

    v1::CreateProductRequest product;
    product.mutable_product()->set_display_name("Pro");
    const std::string product_name = Must(clients.catalog.CreateProduct(product)).name();
    v1::CreateAccountRequest account;
    account.mutable_account()->set_display_name("Acme");
    v1::CreateSubscriptionRequest subscription;
    subscription.set_parent(Must(clients.accounts.CreateAccount(account)).name());
    v1::Subscription& pro = *subscription.mutable_subscription();
    pro.set_product(product_name);
    pro.set_seats(1);
    pro.mutable_arr()->set_currency_code("USD");
    pro.mutable_arr()->set_micros(12000000000);
    pro.set_term_months(12);
    const absl::CivilDay start = absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()) - 340;
    pro.mutable_start_date()->set_year(static_cast<int>(start.year()));
    pro.mutable_start_date()->set_month(start.month());
    pro.mutable_start_date()->set_day(start.day());
    const std::string name = Must(clients.subscriptions.CreateSubscription(subscription)).name();

    // Within three periods, or the 15 seconds that a lease lasts.
    std::string covered;
    while (covered.empty()) {
      const auto response = watcher.Next();
      ASSERT_TRUE(response.ok()) << response.status();
      for (const Change& change : response->changes()) {
        if (change.operation() == Change::CREATED) {
          covered = change.resource().opportunity().subscriptions(0);
          EXPECT_EQ(change.actor(), "system");
        }
      }
    }
    EXPECT_EQ(covered, name);
    ASSERT_TRUE(killed->Start().ok());
  }
}

}  // namespace
}  // namespace perennial::conformance
