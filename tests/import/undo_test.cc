// An import that is taken back: what it brought goes, what people did stays, and the same files do
// the same again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "lib/base/ids.h"
#include "perennial/client/account_client.h"
#include "perennial/client/history_client.h"
#include "perennial/client/subscription_client.h"
#include "tests/import/imported_files.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kMapping[] = R"(
resources { product { name: "products/pro" display_name: "Pro" } }
files { csv: "a.csv" resource: "Account" name: "accounts/{name|id}"
  fields { path: "display_name" text: "{name}" }
  fields { path: "owner" text: "{owner}" }
  fields { path: "segment" text: "{segment}" }
  fields { path: "labels.plan" text: "{plan}" } }
files { csv: "c.csv" resource: "Contact" name: "accounts/{account|id}/contacts/{name|id}"
  fields { path: "display_name" text: "{name}" }
  fields { path: "title" text: "{title}" } }
)";
constexpr char kSubscriptions[] = R"(
files { csv: "s.csv" resource: "Subscription" name: "accounts/{account|id}/subscriptions/{id}"
  fields { path: "product" text: "products/pro" }
  fields { path: "arr" text: "{arr}" currency: "USD" }
  fields { path: "start_date" text: "2024-06-01" }
  fields { path: "term_months" text: "12" } }
)";

class ImportUndoTest : public ImportedFilesTest {
 protected:
  void SetUp() override {
    ImportedFilesTest::SetUp();
    if (IsSkipped()) return;
    Write("m.textproto", kMapping);
    Write("a.csv", "name,owner,segment,plan\nAcme,jo,small,free\nGlobex,jo,small,free\n");
    Write("c.csv", "account,name,title\nAcme,Jane,Boss\nAcme,Joe,Clerk\nGlobex,Jim,Boss\n");
  }

  // Answers the run.
  std::string ImportFolder() {
    EXPECT_EQ(Import(folder_, folder_ + "/m.textproto").rejected, 0) << report_;
    const std::string hint = "undo with: perennial undo ";
    const size_t begin = notes_.find(hint);
    if (begin == std::string::npos) return "";
    const size_t id = begin + hint.size();
    return notes_.substr(id, notes_.find('\n', id) - id);
  }

  v1::RevertChangesResponse Undo(const std::string& run, std::string* own = nullptr) {
    v1::RevertChangesRequest request;
    request.set_reverted_request_id(run);
    request.set_request_id(NewRequestId());
    if (own != nullptr) *own = request.request_id();
    const auto response = client::HistoryClient(connection_).RevertChanges(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::RevertChangesResponse();
  }

  std::vector<std::string> Contacts() {
    std::vector<std::string> names;
    const client::AccountClient accounts(connection_);
    for (const v1::Contact& contact : All(accounts.ListContacts, "accounts/-")) {
      names.push_back(absl::StrCat(contact.name(), " ", contact.title()));
    }
    return names;
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
  std::vector<v1::Subscription> Subscriptions() {
    return All(client::SubscriptionClient(connection_).ListSubscriptions, "accounts/-");
  }
  int64_t Arr() {
    int64_t sum = 0;
    for (const auto& movement :
         All(client::SubscriptionClient(connection_).ListArrMovements, "accounts/-")) {
      sum += movement.delta().micros();
    }
    return sum / 1'000'000;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, ImportUndoTest, EveryEngine(), EngineName);

TEST_P(ImportUndoTest, ANewOneGoesAndComesAgain) {
  const std::string run = ImportFolder();
  ASSERT_NE(run, "") << report_;
  ASSERT_EQ(Contacts().size(), 3u);
  std::string own;
  const auto undone = Undo(run, &own);
  EXPECT_EQ(undone.refused_count(), 0) << undone.DebugString();
  EXPECT_THAT(Contacts(), IsEmpty());
  EXPECT_THAT(Accounts(), IsEmpty());

  ASSERT_NE(ImportFolder(), "");
  EXPECT_EQ(Contacts().size(), 3u) << report_;
  EXPECT_EQ(Accounts().size(), 2u);
  EXPECT_EQ(ImportFolder(), "") << "nothing new\n" << report_;
}

TEST_P(ImportUndoTest, FieldsGoBackAndAreSetAgain) {
  ImportFolder();
  Write("a.csv", "name,owner,segment,plan\nAcme,jo,large,gold\nGlobex,jo,large,free\n");
  Write("c.csv",
        "account,name,title\nAcme,Jane,Chief\nAcme,Joe,Clerk\nAcme,Jill,New\nGlobex,Jim,Boss\n");
  const std::string run = ImportFolder();
  ASSERT_NE(run, "");

  // People work on, beside what the files have changed and on it.
  v1::UpdateAccountRequest update;
  update.mutable_account()->set_name("accounts/acme");
  update.mutable_account()->set_owner("ann");
  update.mutable_update_mask()->add_paths("owner");
  const client::AccountClient accounts(connection_);
  ASSERT_TRUE(accounts.UpdateAccount(update).ok());
  update.Clear();
  update.mutable_account()->set_name("accounts/globex");
  update.mutable_account()->set_segment("huge");
  update.mutable_update_mask()->add_paths("segment");
  ASSERT_TRUE(accounts.UpdateAccount(update).ok());

  std::string own;
  const auto undone = Undo(run, &own);
  EXPECT_EQ(undone.refused_count(), 1) << undone.DebugString();
  EXPECT_THAT(Contacts(),
              ElementsAre("accounts/acme/contacts/jane Boss", "accounts/acme/contacts/joe Clerk",
                          "accounts/globex/contacts/jim Boss"));
  const auto after = Accounts();
  EXPECT_EQ(after[0].segment(), "small");
  EXPECT_EQ(after[0].labels().at("plan"), "free");
  EXPECT_EQ(after[0].owner(), "ann") << "nobody's work is lost";
  EXPECT_EQ(after[1].segment(), "huge");

  // The same files do the same again, without conflicts.
  ASSERT_NE(ImportFolder(), "");
  EXPECT_THAT(report_, Not(HasSubstr("conflicts")));
  EXPECT_THAT(Contacts(),
              ElementsAre("accounts/acme/contacts/jane Chief", "accounts/acme/contacts/jill New",
                          "accounts/acme/contacts/joe Clerk", "accounts/globex/contacts/jim Boss"));
  const auto again = Accounts();
  EXPECT_EQ(again[0].segment(), "large");
  EXPECT_EQ(again[0].labels().at("plan"), "gold");
  EXPECT_EQ(again[0].owner(), "ann");
  EXPECT_EQ(again[1].segment(), "huge");
}

TEST_P(ImportUndoTest, WhatIsTakenBackTwiceIsRememberedAsBefore) {
  ImportFolder();
  Write("a.csv", "name,owner,segment,plan\nAcme,jo,large,free\nGlobex,jo,small,free\n");
  std::string own;
  Undo(ImportFolder(), &own);
  EXPECT_EQ(Accounts()[0].segment(), "small");
  EXPECT_EQ(Undo(own).refused_count(), 0);
  EXPECT_EQ(Accounts()[0].segment(), "large");
  EXPECT_EQ(ImportFolder(), "") << report_;
  // The next files change what they said last.
  Write("a.csv", "name,owner,segment,plan\nAcme,jo,huge,free\nGlobex,jo,small,free\n");
  ImportFolder();
  EXPECT_THAT(report_, Not(HasSubstr("conflicts")));
  EXPECT_EQ(Accounts()[0].segment(), "huge");
}

TEST_P(ImportUndoTest, TheLedgerKeepsWhatWasAndSubscriptionsComeAgain) {
  Write("m.textproto", absl::StrCat(kMapping, kSubscriptions));
  Write("s.csv", "account,id,arr\nAcme,s,1000\nGlobex,t,500\n");
  const std::string run = ImportFolder();
  ASSERT_EQ(Arr(), 1500) << report_;
  const auto undone = Undo(run);
  EXPECT_EQ(Arr(), 0);
  EXPECT_THAT(Contacts(), IsEmpty());
  for (const v1::Subscription& one : Subscriptions()) {
    EXPECT_EQ(one.state(), v1::Subscription::VOID) << one.name();
  }
  // The accounts, and the product, stay for the ledger.
  EXPECT_EQ(undone.refused_count(), 3);
  for (const auto& result : undone.results()) {
    if (result.has_error()) {
      EXPECT_EQ(result.error().reason(), "RESOURCE_IN_USE");
    }
  }
  ASSERT_NE(ImportFolder(), "") << report_;
  EXPECT_EQ(Arr(), 1500) << report_;
  EXPECT_EQ(Contacts().size(), 3u);
  for (const v1::Subscription& one : Subscriptions()) {
    EXPECT_EQ(one.state(), v1::Subscription::ACTIVE) << one.name();
  }
  EXPECT_EQ(ImportFolder(), "") << report_;
}

}  // namespace
}  // namespace perennial
