// Files that are imported again, whole: after people have worked on what they brought.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/base/date.h"
#include "perennial/client/account_client.h"
#include "perennial/client/clock_client.h"
#include "perennial/client/subscription_client.h"
#include "tests/import/imported_files.h"

namespace perennial {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kMapping[] = R"(
resources { product { name: "products/pro" display_name: "Pro" } }
files { csv: "a.csv" resource: "Account" name: "accounts/{name|id}"
  fields { path: "display_name" text: "{name}" }
  fields { path: "owner" text: "{owner}" }
  fields { path: "external_ids.crm" text: "{key}" } }
files { csv: "s.csv" resource: "Subscription" name: "accounts/{account|id}/subscriptions/{id}"
  fields { path: "product" text: "products/pro" }
  fields { path: "arr" text: "{arr}" currency: "USD" }
  fields { path: "start_date" text: "{start|days_from_today}" }
  fields { path: "trial" text: "{trial}" }
  fields { path: "term_months" text: "12" } }
)";

class AgainTest : public ImportedFilesTest {
 protected:
  void SetUp() override {
    ImportedFilesTest::SetUp();
    if (IsSkipped()) return;
    Write("m.textproto", kMapping);
    Write("a.csv", "name,owner,key\nAcme Inc,jo,1\n");
    Write("s.csv", "account,id,arr,start,trial\nAcme Inc,s,1000,-100,\n");
  }

  cli::ImportSummary ImportFolder(bool dry_run = false) {
    return Import(folder_, folder_ + "/m.textproto", dry_run);
  }

  v1::Account Acme() {
    for (v1::Account& account : Accounts()) {
      if (account.name() == "accounts/acme-inc") return account;
    }
    return v1::Account();
  }
  std::vector<v1::Account> Accounts() {
    std::vector<v1::Account> all;
    const client::AccountClient accounts(connection_);
    for (absl::StatusOr<v1::Account>& account : accounts.ListAccounts(v1::ListAccountsRequest())) {
      EXPECT_TRUE(account.ok()) << account.status();
      if (account.ok()) all.push_back(*std::move(account));
    }
    return all;
  }

  void SetOwner(const std::string& owner) {
    v1::UpdateAccountRequest request;
    request.mutable_account()->set_name("accounts/acme-inc");
    request.mutable_account()->set_owner(owner);
    EXPECT_TRUE(client::AccountClient(connection_).UpdateAccount(request).ok());
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, AgainTest, EveryEngine(), EngineName);

TEST_P(AgainTest, WhatPeopleChangedStaysAndConflictsAreTold) {
  EXPECT_EQ(ImportFolder().rejected, 0) << report_;
  SetOwner("jane");
  EXPECT_EQ(ImportFolder().conflicts, 0) << report_;
  EXPECT_THAT(report_, Not(ContainsRegex("[1-9][0-9]* (created|updated)")));
  EXPECT_EQ(Acme().owner(), "jane");

  Write("a.csv", "name,owner,key\nAcme Inc,bo,1\n");
  EXPECT_EQ(ImportFolder().conflicts, 1);
  EXPECT_THAT(report_, HasSubstr("a.csv:2: accounts/acme-inc: owner is \"jane\" here and \"bo\" in "
                                 "the file: kept"));
  EXPECT_EQ(ImportFolder().conflicts, 1) << "until it is settled";
  on_conflict_ = v1::ImportRequest::REJECT;
  EXPECT_EQ(ImportFolder().rejected, 1);
  on_conflict_ = v1::ImportRequest::TAKE;
  EXPECT_EQ(ImportFolder().conflicts, 1);
  EXPECT_EQ(Acme().owner(), "bo");
}

TEST_P(AgainTest, DaysStayThoseOfTheFirstImport) {
  ImportFolder();
  v1::MoveTimeRequest move;
  move.set_days(40);
  ASSERT_TRUE(client::ClockClient(connection_).MoveTime(move).ok());
  EXPECT_EQ(ImportFolder().rejected, 0) << report_;
  EXPECT_THAT(report_, Not(ContainsRegex("[1-9][0-9]* (created|updated)")));
  const auto subscriptions =
      All(client::SubscriptionClient(connection_).ListSubscriptions, "accounts/-");
  ASSERT_EQ(subscriptions.size(), 1);
  EXPECT_EQ(FormatDate(subscriptions[0].start_date()), "2024-09-23");
}

TEST_P(AgainTest, NamesThatMakeOneIdAreNotTakenForEachOther) {
  Write("a.csv", "name,owner,key\nM\u00fcller GmbH,jo,1\n");
  Write("s.csv", "account,id,arr,start,trial\n");
  EXPECT_EQ(ImportFolder().rejected, 0) << report_;
  Write("a.csv", "name,owner,key\nM\u00f6ller GmbH,jo,2\n");
  Write("s.csv", "account,id,arr,start,trial\nM\u00f6ller GmbH,s,1000,-100,\n");
  EXPECT_EQ(ImportFolder().rejected, 2) << report_;
  EXPECT_THAT(report_, HasSubstr("a.csv:2: accounts/m-ller-gmbh: "));
  ASSERT_EQ(Accounts().size(), 1);
  EXPECT_EQ(Accounts()[0].display_name(), "M\u00fcller GmbH");

  Write("m.textproto", absl::StrReplaceAll(kMapping, {{"|id}", "|unique_id}"}}));
  EXPECT_EQ(ImportFolder().rejected, 0) << report_;
  EXPECT_EQ(Accounts().size(), 2);
}

TEST_P(AgainTest, IdsThatDifferInCaseOnlyAreNotTakenForEachOther) {
  Write("m.textproto", absl::StrReplaceAll(kMapping, {{"|id}", "|lower}"}}));
  Write("a.csv", "name,owner,key\n001Ab,jo,1\n");
  Write("s.csv", "account,id,arr,start,trial\n001aB,s,1000,-100,\n001Ab,t,1000,-100,\n");
  for (const bool dry_run : {true, false}) {
    EXPECT_EQ(ImportFolder(dry_run).rejected, 1) << report_;
    EXPECT_THAT(report_, HasSubstr("s.csv:2: accounts/001ab/subscriptions/s: "));
  }
  EXPECT_EQ(All(client::SubscriptionClient(connection_).ListSubscriptions, "accounts/-").size(), 1);
}

TEST_P(AgainTest, AKeyTellsWhoIsMeantAfterTheNameHasChanged) {
  ImportFolder();
  Write("a.csv", "name,owner,key\nAcme Limited,jo,1\n");
  Write("s.csv", "account,id,arr,start,trial\nAcme Limited,t,500,-100,\n");
  EXPECT_EQ(ImportFolder().conflicts, 0) << report_;
  ASSERT_EQ(Accounts().size(), 1);
  EXPECT_EQ(Accounts()[0].display_name(), "Acme Limited");
  EXPECT_EQ(
      All(client::SubscriptionClient(connection_).ListSubscriptions, "accounts/acme-inc").size(),
      2);
}

TEST_P(AgainTest, AnExternalIdIsThatOfOneNameInAllOfAnImport) {
  Write("m.textproto", absl::StrCat(kMapping, R"(
files { csv: "b.csv" resource: "Account" name: "accounts/{name|id}"
  fields { path: "display_name" text: "{name}" }
  fields { path: "external_ids.crm" text: "{key}" } })"));
  Write("b.csv", "name,key\nBolt,1\nAcme Inc,1\n");
  // Again, too, when nothing is sent of the row that has it.
  for (const bool dry_run : {true, false, false, true}) {
    EXPECT_EQ(ImportFolder(dry_run).rejected, 1) << report_;
    EXPECT_THAT(report_, HasSubstr("b.csv:2: accounts/bolt: external_ids.crm: \"1\" is that of "
                                   "accounts/acme-inc as well, of line 2 of a.csv"));
  }
  ASSERT_EQ(Accounts().size(), 1);
  EXPECT_EQ(Acme().display_name(), "Acme Inc");
}

TEST_P(AgainTest, ANewRowWithTheIdOfAKnownOneIsNotTakenForIt) {
  ImportFolder();
  Write("a.csv", "name,owner,key\nBolt,jo,1\nAcme Inc,jo,1\n");
  Write("s.csv", "account,id,arr,start,trial\nBolt,s,500,-100,\n");
  for (const bool dry_run : {true, false, false}) {
    EXPECT_EQ(ImportFolder(dry_run).rejected, 2) << report_;
    EXPECT_EQ(Acme().display_name(), "Acme Inc");
  }
  EXPECT_EQ(Accounts().size(), 1);
  EXPECT_EQ(
      All(client::SubscriptionClient(connection_).ListSubscriptions, "accounts/acme-inc").size(),
      1);
}

TEST_P(AgainTest, TwoFilesSayTheSameOfAFieldOrOneIsRejected) {
  Write("m.textproto", absl::StrCat(kMapping, R"(
files { csv: "b.csv" resource: "Account" name: "accounts/{name|id}"
  fields { path: "owner" text: "{owner}" }
  fields { path: "note" text: "{note}" } })"));
  Write("b.csv", "name,owner,note\nAcme Inc,joe,late\n");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ImportFolder().rejected, 1) << report_;
    EXPECT_THAT(report_,
                HasSubstr("b.csv:2: accounts/acme-inc: owner is \"joe\" here and \"jo\" in "
                          "line 2 of a.csv: map it in one of them only"));
    EXPECT_EQ(Acme().owner(), "jo");
  }
  Write("b.csv", "name,owner,note\nAcme Inc,jo,late\n");
  EXPECT_EQ(ImportFolder().rejected, 0) << report_;
  EXPECT_EQ(Acme().note(), "late");
  const std::string etag = Acme().etag();
  EXPECT_EQ(ImportFolder().rejected, 0) << report_;
  EXPECT_EQ(Acme().etag(), etag);
}

TEST_P(AgainTest, ARowBelowAnotherCustomerIsNotBookedOnTheOneThatHasItsId) {
  Write(
      "m.textproto",
      absl::StrReplaceAll(kMapping, {{"fields { path: \"trial\" text: \"{trial}\" }",
                                      "fields { path: \"external_ids.crm\" text: \"{trial}\" }"}}));
  Write("a.csv", "name,owner,key\nAcme Inc,jo,1\nBolt,jo,2\n");
  Write("s.csv", "account,id,arr,start,trial\nAcme Inc,s,1000,-100,S1\n");
  ImportFolder();
  Write("s.csv", "account,id,arr,start,trial\nBolt,s,1500,-100,S1\n");
  EXPECT_EQ(ImportFolder().rejected, 1) << report_;
  EXPECT_THAT(report_, HasSubstr("IDENTITY_UNCLEAR is of accounts/bolt by its name, and "
                                 "accounts/acme-inc/subscriptions/s, of accounts/acme-inc, by its "
                                 "external id"));
  const auto all =
      All(client::SubscriptionClient(connection_).ListSubscriptions, "accounts/acme-inc");
  ASSERT_EQ(all.size(), 1);
  EXPECT_EQ(all[0].arr().micros(), 1000000000);
}

TEST_P(AgainTest, WhatIsBelowAnUnclearCustomerIsBookedOnNobody) {
  v1::CreateAccountRequest create;
  create.set_account_id("bolt");
  create.mutable_account()->set_display_name("Bolt");
  ASSERT_TRUE(client::AccountClient(connection_).CreateAccount(create).ok());
  ImportFolder();
  // By its name it is one, by its key the other.
  Write("a.csv", "name,owner,key\nBolt,jo,1\n");
  Write("s.csv", "account,id,arr,start,trial\nBolt,t,500,-100,\n");
  for (const bool dry_run : {true, false}) {
    EXPECT_EQ(ImportFolder(dry_run).rejected, 2) << report_;
    EXPECT_THAT(report_,
                HasSubstr("a.csv:2: accounts/bolt: IDENTITY_UNCLEAR is accounts/bolt by its "
                          "name, and accounts/acme-inc by its external id"));
    EXPECT_THAT(report_, HasSubstr("s.csv:2: accounts/bolt/subscriptions/t: is below accounts/bolt,"
                                   " of which it is not clear who is meant"));
  }
  EXPECT_THAT(All(client::SubscriptionClient(connection_).ListSubscriptions, "accounts/bolt"),
              IsEmpty());
}

TEST_P(AgainTest, NorIsWhatIsBelowARowWithTheKeyOfAnother) {
  v1::CreateAccountRequest create;
  create.set_account_id("bolt");
  create.mutable_account()->set_display_name("Bolt");
  ASSERT_TRUE(client::AccountClient(connection_).CreateAccount(create).ok());
  Write("a.csv", "name,owner,key\nAcme Inc,jo,1\nBolt,jo,1\n");
  Write("s.csv", "account,id,arr,start,trial\nBolt,t,500,-100,\nAcme Inc,s,1000,-100,\n");
  for (const bool dry_run : {true, false}) {
    EXPECT_EQ(ImportFolder(dry_run).rejected, 2) << report_;
    EXPECT_THAT(report_, HasSubstr("s.csv:2: accounts/bolt/subscriptions/t: is below accounts/bolt,"
                                   " of which it is not clear who is meant"));
  }
  EXPECT_THAT(All(client::SubscriptionClient(connection_).ListSubscriptions, "accounts/bolt"),
              IsEmpty());
}

TEST_P(AgainTest, AllLinesOfARowThatTheServerRejectsAreRejected) {
  Write("m.textproto", R"(
files { csv: "a.csv" resource: "Account" name: "accounts/{name|id}" merge_rows: true
  fields { path: "display_name" text: "{name}" }
  fields { path: "country" text: "{country}" } })");
  Write("a.csv", "name,country\nBolt,\nAcme,DE\nBolt,Germany\nAcme,\nBolt,\n");
  EXPECT_EQ(ImportFolder().rejected, 3) << report_;
  EXPECT_THAT(report_, HasSubstr("5 read: 1 created, 0 updated, 0 unchanged, 1 merged into others, "
                                 "0 skipped, 3 rejected"));
  EXPECT_THAT(report_, HasSubstr("a.csv:2: accounts/bolt: account.country"));
  for (const int line : {4, 6}) {
    EXPECT_THAT(report_, HasSubstr(absl::StrCat("a.csv:", line,
                                                ": accounts/bolt: is of the same "
                                                "resource as line 2, which is rejected")));
  }
}

TEST_P(AgainTest, ADryRunAnswersWhatTheRealRunDoes) {
  Write("a.csv", "name,owner,key\nAcme Inc,jo,1\nBolt,jo,1\nCog,jo,3\n");
  Write("s.csv",
        "account,id,arr,start,trial\nAcme Inc,s,1000,-100,\nAcme Inc,t,7,-1,yes\n"
        "Dot,s,5,-1,\nCog,u,5,-1,\nBolt,s,5,-1,\n");
  const cli::ImportSummary dry = ImportFolder(/*dry_run=*/true);
  const std::string expected =
      absl::StrReplaceAll(report_, {{" to create", " created"}, {" to update", " updated"}});
  EXPECT_THAT(Accounts(), IsEmpty());
  const cli::ImportSummary real = ImportFolder();
  EXPECT_EQ(report_, expected);
  EXPECT_EQ(dry.rejected, real.rejected);
  EXPECT_GT(real.rejected, 2);
}

}  // namespace
}  // namespace perennial
