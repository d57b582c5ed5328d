// Stripe's exports, by the mapping that is shipped for them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/date.h"
#include "lib/base/money.h"
#include "tests/import/imported_export.h"

namespace perennial {
namespace {

// Ids that differ in upper and lower case alone.
constexpr char kGruen[] = "cus_NffrFeUfNV2Hib";
constexpr char kAcme[] = "cus_NffrFeUfNV2HiB";

using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class StripeTest : public ImportedExportTest {
 protected:
  StripeTest() : ImportedExportTest("stripe") {}
};
INSTANTIATE_TEST_SUITE_P(Engines, StripeTest, EveryEngine(), EngineName);

TEST_P(StripeTest, ComesInWholeAndOnlyOnce) {
  EXPECT_EQ(ImportAll().rejected, 1) << report_;
  EXPECT_THAT(report_, ContainsRegex("subscriptions.csv:14: .*\"week\" is not in the value map"));
  EXPECT_THAT(report_, HasSubstr("Account: 11 read: 11 created"));
  EXPECT_THAT(report_, HasSubstr("Contact: 11 read: 10 created"));
  EXPECT_THAT(report_, HasSubstr("Subscription: 13 read: 10 created"));
  EXPECT_THAT(report_, HasSubstr("AccountEvent: 7 read: 2 created"));

  const int64_t revision = NewestRevision();
  EXPECT_EQ(ImportAll().conflicts, 0) << report_;
  EXPECT_THAT(report_, Not(ContainsRegex("[1-9][0-9]* (created|updated)")));
  EXPECT_THAT(ChangedSince(revision), IsEmpty());
}

TEST_P(StripeTest, CustomersOfTheSameNameAndOfAlmostTheSameId) {
  ImportAll();
  EXPECT_EQ(Whole(Account("cus_P1aaFeUfNV0003")), Expected<v1::Account>(R"(
      name: "accounts/cus-p1aafeufnv0003-18oe7o27oljb1" display_name: "合同会社ひまわり"
      country: "JP" owner: "mika@lumen.example" labels { key: "delinquent" value: "false" }
      external_ids { key: "stripe" value: "cus_P1aaFeUfNV0003" })"));
  EXPECT_EQ(Account(kGruen).display_name(), "Grün & Partner");
  EXPECT_EQ(Account(kAcme).display_name(), "Acme");
  EXPECT_EQ(Account("cus_P1aaFeUfNV0002").display_name(), "Acme");
  EXPECT_EQ(Account("cus_P1aaFeUfNV0004").display_name(), "solo@example.org");
}

TEST_P(StripeTest, ArrIsThatOfAYearInUnitsOfTheCurrency) {
  ImportAll();
  const auto arr = [&](const std::string& id) { return FormatMoney(Subscription(id).arr()); };
  EXPECT_EQ(arr("sub_1NaBcDLkdIwHu7ix01"), "EUR 3000.00");
  EXPECT_EQ(arr("sub_1NaBcDLkdIwHu7iX01"), "EUR 990.50");
  EXPECT_EQ(arr("sub_1NaBcDLkdIwHu7ix02"), "USD 1500.00") << "by the month";
  EXPECT_EQ(arr("sub_1NaBcDLkdIwHu7ix04"), "JPY 720000");
  EXPECT_EQ(arr("sub_1NaBcDLkdIwHu7ix12"), "EUR 990.50") << "no quantity is one";
}

TEST_P(StripeTest, WhatIsCancelledSaysSince) {
  ImportAll();
  EXPECT_EQ(Whole(Subscription("sub_1NaBcDLkdIwHu7ix05")), Expected<v1::Subscription>(R"(
      name: "accounts/cus-p1aafeufnv0004-kloe7o27pljb1/subscriptions/sub-1nabcdlkdiwhu7ix05-6pnpl0t5dhfh2"
      product: "products/solo-monthly-mrudtej9d3or9" seats: 1
      arr { currency_code: "EUR" micros: 108000000 }
      start_date { year: 2023 month: 5 day: 2 } term_months: 1
      term_start_date { year: 2024 month: 6 day: 2 } term_end_date { year: 2024 month: 7 day: 2 }
      auto_renew: true state: CANCELLED end_date { year: 2024 month: 7 day: 2 }
      cancel_reason: PRICE cancel_note: "\"Nice\", but too much\nfor one person" anchor_day: 2
      external_ids { key: "stripe" value: "sub_1NaBcDLkdIwHu7ix05" })"));
  const v1::Subscription unpaid = Subscription("sub_1NaBcDLkdIwHu7ix06");
  EXPECT_EQ(unpaid.cancel_reason(), v1::OTHER);
  EXPECT_EQ(unpaid.cancel_note(), "payment_failed");
  const v1::Subscription ending = Subscription("sub_1NaBcDLkdIwHu7ix08");
  EXPECT_EQ(FormatDate(ending.end_date()), "2025-02-01") << "at the end of what is paid";
  EXPECT_EQ(ending.cancel_reason(), v1::COMPETITOR);
}

TEST_P(StripeTest, OneChangedCellArrivesAlone) {
  ImportAll();
  const int64_t revision = NewestRevision();
  Replace("customers.csv", "Kwiat S.A.", "Kwiat i Synowie S.A.");
  EXPECT_EQ(ImportAll().conflicts, 0) << report_;
  const v1::Account account = Account("cus_P1aaFeUfNV0007");
  EXPECT_EQ(account.display_name(), "Kwiat i Synowie S.A.");
  EXPECT_THAT(ChangedSince(revision), ElementsAre(account.name()));
}

// A trial that is paid for by now is a contract like any other.
TEST_P(StripeTest, ATrialComesInOnceItIsPaid) {
  ImportAll();
  Replace("subscriptions.csv", ",trialing,", ",active,");
  ImportAll();
  EXPECT_THAT(report_, HasSubstr("Subscription: 13 read: 1 created, 0 updated, 10 unchanged"));
  EXPECT_EQ(FormatMoney(Subscription("sub_1NaBcDLkdIwHu7ix10").arr()), "GBP 880.00");
}

}  // namespace
}  // namespace perennial
