// Salesforce's Data Export, by the mapping that is shipped for it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "lib/base/money.h"
#include "perennial/client/account_client.h"
#include "perennial/client/engagement_client.h"
#include "tests/import/imported_export.h"

namespace perennial {
namespace {

// Ids that differ in upper and lower case.
constexpr char kMueller[] = "0015g0000000AbCAAU";
constexpr char kYamada[] = "0015g0000000abCAAQ";

// With one of two contacts of the same name.
constexpr char kNewTask[] =
    "\"00T5g0000000TaFEAU\",\"0035g0000000Qa7AAE\",\"\",\"Call: "
    "again\",\"2024-12-20\",\"Completed\","
    "\"0055g0000000aB3AAI\",\"\",\"0\",\"0015g0000000Xy1AAE\",\"1\",\"Inbound\",\"Connected\","
    "\"Call\","
    "\"2024-12-20 10:00:00\",\"\"\r\n";

using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SalesforceTest : public ImportedExportTest {
 protected:
  SalesforceTest() : ImportedExportTest("salesforce") {}
};
INSTANTIATE_TEST_SUITE_P(Engines, SalesforceTest, EveryEngine(), EngineName);

TEST_P(SalesforceTest, ComesInWholeAndOnlyOnce) {
  EXPECT_EQ(ImportAll().rejected, 1) << report_;
  EXPECT_THAT(report_, ContainsRegex("Task.csv:15: .*touch_time must not be in the future"));
  EXPECT_THAT(report_, HasSubstr("Account: 14 read: 12 created"));
  EXPECT_THAT(report_, HasSubstr("Contact: 16 read: 13 created"));
  EXPECT_THAT(report_, HasSubstr("Subscription: 14 read: 12 created"));
  EXPECT_THAT(report_, HasSubstr("Opportunity: 10 read: 7 created"));
  EXPECT_THAT(report_, HasSubstr("Touch: 14 read: 8 created"));

  const int64_t revision = NewestRevision();
  EXPECT_EQ(ImportAll().conflicts, 0) << report_;
  EXPECT_THAT(report_, Not(ContainsRegex("[1-9][0-9]* (created|updated)")));
  EXPECT_THAT(ChangedSince(revision), IsEmpty());
}

TEST_P(SalesforceTest, CustomersAndTheirPeople) {
  ImportAll();
  EXPECT_EQ(Whole(Account(kYamada)), Expected<v1::Account>(R"(
      name: "accounts/0015g0000000abcaaq-96taacf3168g2"
      display_name: "株式会社山田製作所" segment: "mid-market" industry: "Manufacturing"
      country: "JP" owner: "mika@lumen.example" note: "毎年四月に更新、稟議は二月から"
      external_ids { key: "salesforce" value: "0015g0000000abCAAQ" })"));
  const v1::Account mueller = Account(kMueller);
  EXPECT_THAT(mueller.note(), HasSubstr("answer.\"\nNext visit"));
  EXPECT_EQ(Account("0015g0000000AbDAAU").parent_account(), mueller.name());
  EXPECT_EQ(Account("0015g0000000Xy1AAE").display_name(), "Acme Corporation");
  EXPECT_EQ(Account("0015g0000000Xy2AAE").display_name(), "Acme Corporation");
  EXPECT_EQ(Account("0015g0000000Xy2AAE").country(), "GB");
  EXPECT_EQ(Account("0015g0000000Xy9AAE").owner(), "") << "of a user that is not in the export";

  EXPECT_EQ(Whole(Contact("0035g0000000QA1AAM")), Expected<v1::Contact>(R"(
      name: "accounts/0015g0000000abcaau-l9gcimeuf7ur6/contacts/0035g0000000qa1aam-oui0f35mtpoe7"
      display_name: "Inés Weiß" title: "Einkauf" email: "ines@mueller.example"
      roles: ECONOMIC_BUYER do_not_contact: true state: ACTIVE
      external_ids { key: "salesforce" value: "0035g0000000QA1AAM" })"));
  EXPECT_EQ(Contact("0035g0000000Qa4AAE").display_name(), "田中 太郎");
  EXPECT_FALSE(Contact("0035g0000000Qa8AAE").do_not_contact()) << "wants no e-mail, but calls";
}

TEST_P(SalesforceTest, ContractsAndTheirRenewals) {
  ImportAll();
  const v1::Subscription yamada = Subscription("8005g0000000Ka3AAE");
  EXPECT_EQ(yamada.arr(), ParseText<v1::Money>("currency_code: 'JPY' micros: 7200000000000"));
  EXPECT_EQ(yamada.seats(), 35);
  EXPECT_TRUE(yamada.auto_renew());
  const v1::Subscription cancelled = Subscription("8005g0000000Ka6AAE");
  EXPECT_EQ(cancelled.state(), v1::Subscription::CANCELLED);
  EXPECT_EQ(cancelled.cancel_reason(), v1::PRICE);
  const v1::Subscription renewed = Subscription("8005g0000000Ka1AAE");
  EXPECT_EQ(renewed.cancel_note(), "Renewed by another contract");
  EXPECT_EQ(renewed.end_date().DebugString(),
            Subscription("8005g0000000Ka2AAE").start_date().DebugString());

  EXPECT_EQ(Whole(Opportunity("0065g0000000Oa4AAE")), Expected<v1::Opportunity>(R"(
      name: "accounts/0015g0000000xy6aae-g2j2tgtvoupce/opportunities/0065g0000000oa4aae-aejn5l3gakdf8"
      display_name: "Éclairage 2024"
      subscriptions: "accounts/0015g0000000xy6aae-g2j2tgtvoupce/subscriptions/8005g0000000kaaaau-lm1gciptaktfb"
      stage: RENEWAL outcome: CHURNED
      arr { currency_code: "EUR" micros: 22000000000 }
      forecast_arr { currency_code: "EUR" micros: 22000000000 }
      closed_arr { currency_code: "EUR" } weighted_arr { currency_code: "EUR" }
      renewal_date { year: 2024 month: 12 day: 1 } forecast_category: OMITTED
      probability_percent: 0 owner: "jo@lumen.example" playbook: "playbooks/default"
      open_time { seconds: 1725235200 } close_time { seconds: 1731369600 }
      churn_reason: COMPETITOR
      close_note: "They took what their landlord offers, \"for free\""
      external_ids { key: "salesforce" value: "0065g0000000Oa4AAE" })"));
  const v1::Opportunity open = Opportunity("0065g0000000Oa2AAE");
  EXPECT_EQ(open.stage(), v1::Opportunity::RENEWAL);
  EXPECT_EQ(open.forecast_arr().micros(), 55000000000);
  EXPECT_TRUE(open.reached()) << "by a call that came with it";
}

TEST_P(SalesforceTest, OneChangedCellArrivesAlone) {
  ImportAll();
  const int64_t revision = NewestRevision();
  Replace("Contact.csv", "Plant manager, \"\"North\"\"", "Plant manager");
  EXPECT_EQ(ImportAll().conflicts, 0) << report_;
  const v1::Contact contact = Contact("0035g0000000Qa7AAE");
  EXPECT_EQ(contact.title(), "Plant manager");
  EXPECT_THAT(ChangedSince(revision), ElementsAre(contact.name()));
}

TEST_P(SalesforceTest, WhatIsRecordedOfAMergedContactGoesToWhomTheyBecame) {
  ImportAll();
  const v1::Contact john = Contact("0035g0000000Qa6AAE");
  v1::MergeContactsRequest merge;
  merge.set_name(john.name());
  merge.add_duplicates(Contact("0035g0000000Qa7AAE").name());
  ASSERT_TRUE(client::AccountClient(connection_).MergeContacts(merge).ok());
  Write("Task.csv", absl::StrCat(Read("Task.csv"), kNewTask));
  EXPECT_EQ(ImportAll().rejected, 1) << report_;
  v1::ListTouchesRequest touches;
  touches.set_parent("accounts/-");
  EXPECT_THAT(
      Only(client::EngagementClient(connection_).ListTouches, touches, "summary = \"Call: again\"")
          .contacts(),
      ElementsAre(john.name()));
}

}  // namespace
}  // namespace perennial
