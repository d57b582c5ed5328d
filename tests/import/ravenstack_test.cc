// Real input: the RavenStack dataset, through `perennial import` into a whole server. The dataset
// is no part of this repository; without it these tests are skipped.

#include "tests/import/ravenstack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/ascii.h"
#include "client/cli/import/csv.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "perennial/client/account_client.h"
#include "perennial/client/engagement_client.h"
#include "perennial/client/subscription_client.h"
#include "tests/import/imported_server.h"

namespace perennial {
namespace {

using testing::HasSubstr;
using testing::Not;

class RavenStackTest : public ImportedServerTest {
 protected:
  void SetUp() override {
    if (!HasRavenStack()) GTEST_SKIP() << LacksRavenStack();
    ImportedServerTest::SetUp();
  }

  cli::ImportSummary ImportAll() { return Import(RavenStackFolder(), RavenStackMapping()); }

  // "accounts/x/subscriptions/y" and the ARR in micros that the file says it had on 2024-12-31.
  static std::map<std::string, int64_t> ArrAtTheEnd() {
    const std::string file = "ravenstack_subscriptions.csv";
    const auto table = cli::CsvTable::Read(RavenStackFolder() + "/" + file, file, {});
    EXPECT_TRUE(table.ok()) << table.status();
    std::map<std::string, int64_t> arr;
    for (const cli::CsvRecord& record : table->records()) {
      const auto value = [&](const char* column) {
        return record.values[*table->FindColumn(column)];
      };
      const bool ended = !value("end_date").empty() && value("end_date") <= "2024-12-31";
      const std::string name = absl::AsciiStrToLower(absl::StrCat(
          "accounts/", value("account_id"), "/subscriptions/", value("subscription_id")));
      const absl::StatusOr<int64_t> micros = ParseMicros(value("arr_amount"));
      EXPECT_TRUE(micros.ok()) << micros.status();
      arr[name] = ended ? 0 : micros.value_or(0);
    }
    return arr;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, RavenStackTest, EveryEngine(), EngineName);

TEST_P(RavenStackTest, ComesInWhole) {
  const cli::ImportSummary summary = ImportAll();
  EXPECT_EQ(summary.rejected, 0) << report_;
  EXPECT_THAT(report_, HasSubstr("Account: 500 read: 500 created"));
  EXPECT_THAT(report_, HasSubstr("Product: 25000 read: 3 created"));
  EXPECT_THAT(report_, HasSubstr("Subscription: 5000 read: 5000 created"));
  EXPECT_THAT(report_, HasSubstr("UsageSample: 25000 read: 25000 created"));
  EXPECT_THAT(report_, HasSubstr("Feedback: 600 read: 600 created"));
  EXPECT_THAT(report_, HasSubstr("Touch: 2000 read: 2000 created"));

  const client::SubscriptionClient subscriptions(connection_);
  EXPECT_EQ(All(subscriptions.ListUsageSamples, "accounts/-/subscriptions/-").size(), 25000);
  std::map<std::string, int64_t> ledger;
  for (const auto& subscription : All(subscriptions.ListSubscriptions, "accounts/-")) {
    ledger[subscription.name()] = 0;
    const bool cancelled = subscription.state() == v1::Subscription::CANCELLED;
    EXPECT_EQ(cancelled, subscription.has_end_date()) << subscription.ShortDebugString();
    EXPECT_EQ(cancelled, subscription.cancel_reason() != v1::CHURN_REASON_UNSPECIFIED);
  }
  for (const auto& movement : All(subscriptions.ListArrMovements, "accounts/-")) {
    ledger[movement.subscription()] += movement.delta().micros();
  }
  EXPECT_EQ(ledger, ArrAtTheEnd());

  ImportAll();
  EXPECT_THAT(report_, HasSubstr("0 created, 0 updated, 25000 unchanged"));
  EXPECT_THAT(report_, Not(testing::ContainsRegex("[1-9][0-9]* (created|updated)")));
}

}  // namespace
}  // namespace perennial
