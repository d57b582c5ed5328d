// HubSpot's exports, by the mapping that is shipped for them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/money.h"
#include "tests/import/imported_export.h"

namespace perennial {
namespace {

using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class HubSpotTest : public ImportedExportTest {
 protected:
  HubSpotTest() : ImportedExportTest("hubspot") {}
};
INSTANTIATE_TEST_SUITE_P(Engines, HubSpotTest, EveryEngine(), EngineName);

TEST_P(HubSpotTest, ComesInWholeAndOnlyOnce) {
  EXPECT_EQ(ImportAll().rejected, 1) << report_;
  EXPECT_THAT(report_, HasSubstr("the name \"accounts/hubspot-/subscriptions/hubspot-9009\""))
      << "of no company";
  EXPECT_THAT(report_, HasSubstr("Account: 10 read: 9 created"));
  EXPECT_THAT(report_, HasSubstr("Contact: 12 read: 10 created"));
  EXPECT_THAT(report_, HasSubstr("Subscription: 15 read: 9 created"));
  EXPECT_THAT(report_, HasSubstr("Opportunity: 15 read: 4 created"));

  const int64_t revision = NewestRevision();
  EXPECT_EQ(ImportAll().conflicts, 0) << report_;
  EXPECT_THAT(report_, Not(ContainsRegex("[1-9][0-9]* (created|updated)")));
  EXPECT_THAT(ChangedSince(revision), IsEmpty());
}

TEST_P(HubSpotTest, CompaniesAndTheirPeople) {
  ImportAll();
  EXPECT_EQ(Whole(Account("5502")), Expected<v1::Account>(R"(
      name: "accounts/hubspot-5502" display_name: "株式会社サクラ商事" segment: "enterprise"
      industry: "wholesale" country: "JP" owner: "佐藤 美香"
      external_ids { key: "hubspot" value: "5502" })"));
  EXPECT_EQ(Account("5503").display_name(), "Nordlicht GmbH");
  EXPECT_EQ(Account("5504").display_name(), "Nordlicht GmbH");
  EXPECT_EQ(Account("5504").country(), "AT");
  EXPECT_EQ(Account("5505").display_name(), "Pâtisserie \"Chez Léa\"");
  EXPECT_EQ(Account("5501").owner(), "jo@lumen.example");

  EXPECT_EQ(Whole(Contact("101")), Expected<v1::Contact>(R"(
      name: "accounts/hubspot-5501/contacts/hubspot-101" display_name: "Jürgen Müller"
      title: "Geschäftsführer" email: "j.mueller@msoehne.example"
      phone: "+49 221 555-1" other_phones: "+49 170 555 0199"
      roles: DECISION_MAKER roles: ECONOMIC_BUYER state: ACTIVE
      external_ids { key: "hubspot" value: "101" })"));
  EXPECT_THAT(Contact("102").other_emails(),
              ElementsAre("zoe.weiss@example.org", "zw@nordlicht.example"));
  EXPECT_EQ(Contact("103").display_name(), "山本 健");
  EXPECT_TRUE(Contact("106").do_not_contact());
  EXPECT_EQ(Contact("107").stance(), v1::Contact::CRITIC);
  EXPECT_EQ(Contact("110").display_name(), "biuro@zazolc.example");
}

TEST_P(HubSpotTest, DealsAreContractsAndRenewals) {
  ImportAll();
  EXPECT_EQ(Subscription("9002").arr(),
            ParseText<v1::Money>("currency_code: 'JPY' micros: 3600000000000"));
  EXPECT_TRUE(Subscription("9002").auto_renew());
  EXPECT_EQ(Subscription("9013").arr().micros(), 61000250000) << "its amount";
  EXPECT_EQ(Subscription("9007").state(), v1::Subscription::CANCELLED);
  EXPECT_EQ(Subscription("9007").cancel_reason(), v1::OTHER);
  EXPECT_EQ(Subscription("9007").cancel_note(), "Bought by a competitor's parent, \"no choice\"");
  EXPECT_EQ(Subscription("9001").cancel_note(), "Renewed by another contract");
  EXPECT_EQ(Subscription("9011").state(), v1::Subscription::ACTIVE);

  EXPECT_EQ(Whole(Opportunity("9011")), Expected<v1::Opportunity>(R"(
      name: "accounts/hubspot-5501/opportunities/hubspot-9011" display_name: "Müller 2024"
      subscriptions: "accounts/hubspot-5501/subscriptions/hubspot-9001"
      stage: RENEWAL outcome: RENEWED
      arr { currency_code: "EUR" micros: 24000000000 }
      forecast_arr { currency_code: "EUR" micros: 24000000000 }
      closed_arr { currency_code: "EUR" micros: 26000000000 }
      weighted_arr { currency_code: "EUR" micros: 24000000000 }
      renewal_date { year: 2024 month: 4 day: 1 } probability_percent: 100
      owner: "jo@lumen.example" playbook: "playbooks/default"
      open_time { seconds: 1704412800 } close_time { seconds: 1710892800 }
      external_ids { key: "hubspot" value: "9011" })"));
  EXPECT_EQ(Opportunity("9015").outcome(), v1::Opportunity::CHURNED);
  EXPECT_EQ(Opportunity("9015").churn_reason(), v1::PRICE);
  const v1::Opportunity open = Opportunity("9021");
  EXPECT_EQ(open.stage(), v1::Opportunity::UPSELL);
  EXPECT_EQ(open.probability_percent(), 70);
  EXPECT_EQ(open.next_step(), "Show \"Suite Plus\",\nthen write");
}

TEST_P(HubSpotTest, OneChangedCellArrivesAlone) {
  ImportAll();
  const int64_t revision = NewestRevision();
  Replace("contacts.csv", "zoe@msoehne.example", "zoe.weiss@msoehne.example");
  EXPECT_EQ(ImportAll().conflicts, 0) << report_;
  EXPECT_EQ(Contact("102").email(), "zoe.weiss@msoehne.example");
  EXPECT_THAT(ChangedSince(revision), ElementsAre("accounts/hubspot-5501/contacts/hubspot-102"));
}

// The renewal is worked on here by now: that it was won there is said, until it is closed here.
TEST_P(HubSpotTest, ADealThatIsWonThereIsClosedHere) {
  ImportAll();
  const int64_t revision = NewestRevision();
  Replace("deals.csv", "\"Outreach\"", "\"Closed Won\"");
  ImportAll();
  EXPECT_THAT(report_,
              HasSubstr("hubspot-9012: outcome is \"OPEN\" here and \"RENEWED\" in the file"));
  EXPECT_EQ(Opportunity("9012").outcome(), v1::Opportunity::OPEN);
  EXPECT_THAT(ChangedSince(revision), IsEmpty());
}

}  // namespace
}  // namespace perennial
