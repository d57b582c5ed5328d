// RavenStack, worked on for a year and imported again: what people and the passing of days wrote
// stays, and of the files arrives what has changed in them. Without the dataset it is skipped.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "client/cli/import/csv.h"
#include "client/cli/printer.h"
#include "lib/api/resource_name.h"
#include "perennial/client/account_client.h"
#include "perennial/client/clock_client.h"
#include "perennial/client/engagement_client.h"
#include "perennial/client/pipeline_client.h"
#include "perennial/client/subscription_client.h"
#include "tests/import/imported_files.h"
#include "tests/import/ravenstack.h"

namespace perennial {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;
using v1::Opportunity;
using v1::Subscription;

constexpr int kAccounts = 40;
constexpr char kNobody[] = "A-nobody";

using Cells = std::vector<std::string>;

class RavenStackYearTest : public ImportedFilesTest {
 protected:
  // The first accounts of the dataset with all that belongs to them, and one that has nothing.
  void SetUp() override {
    if (!HasRavenStack()) GTEST_SKIP() << LacksRavenStack();
    ImportedFilesTest::SetUp();
    if (IsSkipped()) return;
    std::set<std::string> kept;
    const auto is_kept = [&](const std::string& id) { return kept.count(id) > 0; };
    Slice("accounts", "account_id",
          [&](const std::string& id) { return kept.size() < kAccounts && kept.insert(id).second; });
    Write(kAccountsCsv, absl::StrCat(Read(kAccountsCsv), kNobody, ",Nobody,,,,,,,,\n"));
    Slice("churn_events", "account_id", is_kept);
    Slice("support_tickets", "account_id", is_kept);
    Slice("subscriptions", "account_id", is_kept);
    kept = ColumnOf("ravenstack_subscriptions.csv", "subscription_id");
    Slice("feature_usage", "subscription_id", is_kept);
    ASSERT_EQ(ImportSlice().rejected, 0) << report_;
  }

  cli::ImportSummary ImportSlice() { return Import(folder_, RavenStackMapping()); }

  // --- files ---

  static constexpr char kAccountsCsv[] = "ravenstack_accounts.csv";

  static cli::CsvTable Table(const std::string& folder, const std::string& file) {
    absl::StatusOr<cli::CsvTable> table =
        cli::CsvTable::Read(absl::StrCat(folder, "/", file), file, {});
    EXPECT_TRUE(table.ok()) << table.status();
    return *std::move(table);
  }

  // Writes those rows of a file of the dataset whose value in the column is kept.
  void Slice(const std::string& name, const std::string& column,
             const std::function<bool(const std::string&)>& is_kept) const {
    const std::string file = absl::StrCat("ravenstack_", name, ".csv");
    const cli::CsvTable table = Table(RavenStackFolder(), file);
    std::string text = cli::CsvLine(table.columns());
    for (const cli::CsvRecord& record : table.records()) {
      if (!is_kept(std::string(record.values[*table.FindColumn(column)]))) continue;
      text += cli::CsvLine(Cells(record.values.begin(), record.values.end()));
    }
    Write(file, text);
  }

  std::set<std::string> ColumnOf(const std::string& file, const std::string& column) const {
    const cli::CsvTable table = Table(folder_, file);
    std::set<std::string> values;
    for (const cli::CsvRecord& record : table.records()) {
      values.emplace(record.values[*table.FindColumn(column)]);
    }
    return values;
  }

  void SetColumn(const std::string& name, const std::string& column,
                 const std::string& value) const {
    const std::string file = absl::StrCat("ravenstack_", name, ".csv");
    const cli::CsvTable table = Table(folder_, file);
    std::string text = cli::CsvLine(table.columns());
    for (const cli::CsvRecord& record : table.records()) {
      Cells cells(record.values.begin(), record.values.end());
      cells[*table.FindColumn(column)] = value;
      text += cli::CsvLine(cells);
    }
    Write(file, text);
  }

  // In the row that the resource was made of. Its id is the first column, but for the first letter.
  void SetCell(const std::string& name, const std::string& resource, const std::string& column,
               const std::string& value) const {
    const std::string file = absl::StrCat("ravenstack_", name, ".csv");
    const std::string id(IdOf(resource));
    const cli::CsvTable table = Table(folder_, file);
    std::string text = cli::CsvLine(table.columns());
    int found = 0;
    for (const cli::CsvRecord& record : table.records()) {
      Cells cells(record.values.begin(), record.values.end());
      for (const std::string& cell : cells) {
        if (!absl::EqualsIgnoreCase(cell, id)) continue;
        cells[*table.FindColumn(column)] = value;
        ++found;
        break;
      }
      text += cli::CsvLine(cells);
    }
    EXPECT_EQ(found, 1) << resource;
    Write(file, text);
  }

  // --- people ---

  // A call whose request is a text, in which $0, $1, ... stand for the arguments.
  template <class Request, class Response, class... Arguments>
  Response Do(const client::UnaryMethod<Request, Response>& method, const char* text,
              const Arguments&... arguments) {
    absl::StatusOr<Response> response =
        method(ParseText<Request>(absl::Substitute(text, arguments...)));
    EXPECT_TRUE(response.ok()) << response.status() << absl::Substitute(text, arguments...);
    return response.ok() ? *std::move(response) : Response();
  }
  template <class Request, class... Arguments>
  void Do(const client::DeleteMethod<Request>& method, const char* text,
          const Arguments&... arguments) {
    const absl::Status status = method(ParseText<Request>(absl::Substitute(text, arguments...)));
    EXPECT_TRUE(status.ok()) << status << absl::Substitute(text, arguments...);
  }

  void Live(int days) { Do(client::ClockClient(connection_).MoveTime, "days: $0", days); }

  // The first that the list answers of an account that nobody has worked on.
  template <class Request, class Response, class Item>
  Item Take(
      const client::ListMethod<Request, Response, Item>& method, const std::string& filter,
      const std::function<bool(const Item&)>& fits = [](const Item&) { return true; }) {
    Request request;
    request.set_parent("accounts/-");
    request.set_filter(filter);
    for (absl::StatusOr<Item>& item : method(request)) {
      EXPECT_TRUE(item.ok()) << item.status();
      if (!item.ok()) break;
      if (fits(*item) && taken_.insert(std::string(AccountOf(item->name()))).second) return *item;
    }
    ADD_FAILURE() << "there is none that is " << filter;
    return Item();
  }
  Subscription TakeSubscription(const std::string& filter) {
    return Take(subscriptions().ListSubscriptions, filter);
  }
  Opportunity TakeRenewal() {
    return Take<v1::ListOpportunitiesRequest, v1::ListOpportunitiesResponse, Opportunity>(
        pipeline().ListOpportunities, "outcome = OPEN AND arr > 0",
        [](const Opportunity& opportunity) { return opportunity.subscriptions_size() == 1; });
  }

  client::AccountClient accounts() const { return client::AccountClient(connection_); }
  client::EngagementClient engagement() const { return client::EngagementClient(connection_); }
  client::PipelineClient pipeline() const { return client::PipelineClient(connection_); }
  client::SubscriptionClient subscriptions() const {
    return client::SubscriptionClient(connection_);
  }

  void WorkOnAccounts();
  void WorkOnContacts();
  void WorkOnConversations();
  void WorkOnSubscriptions();
  void WorkOnRenewals();
  void Renew(const Opportunity& opportunity);
  void LiveAYear();
  void ChangeCells();
  std::string LatestTerm(const std::string& name);

  // Those of subscriptions follow what these are amended to.
  static std::vector<std::string> NotOpportunities(std::vector<std::string> names) {
    names.erase(std::remove_if(names.begin(), names.end(),
                               [](const std::string& name) {
                                 return absl::StrContains(name, "/opportunities/");
                               }),
                names.end());
    return names;
  }

  // The resources that the files have rows of, by their names.
  std::map<std::string, std::string> AllButLabels() const {
    std::map<std::string, std::string> all;
    const auto add = [&all](auto resources) {
      for (auto& resource : resources) {
        resource.clear_labels();
        all[resource.name()] = Whole(resource);
      }
    };
    add(All(subscriptions().ListSubscriptions, "accounts/-"));
    add(All(engagement().ListTouches, "accounts/-"));
    add(All(engagement().ListFeedback, "accounts/-"));
    const client::AccountClient client = accounts();
    for (absl::StatusOr<v1::Account>& account : client.ListAccounts(v1::ListAccountsRequest())) {
      EXPECT_TRUE(account.ok()) << account.status();
      if (!account.ok()) break;
      // The day of its next review counts from the write.
      account->clear_standing();
      add(std::vector<v1::Account>{*std::move(account)});
    }
    return all;
  }

  std::set<std::string> taken_;  // accounts that somebody works on
  v1::Account account_;
  v1::Touch touch_, deleted_touch_, plain_touch_;
  v1::Feedback feedback_;
  // The term of `rolled_` has ended by itself, that of `plain_` without a decision.
  Subscription amended_, cancelled_, rolled_, plain_;
  std::string renewed_;
};
INSTANTIATE_TEST_SUITE_P(Engines, RavenStackYearTest, EveryEngine(), EngineName);

std::string RavenStackYearTest::LatestTerm(const std::string& name) {
  const Subscription term = Do(subscriptions().GetSubscription, "name: '$0'", name);
  return term.renewed_by().empty() ? name : LatestTerm(term.renewed_by());
}

void RavenStackYearTest::WorkOnAccounts() {
  account_ = Do(accounts().GetAccount, "name: '$0'", AccountOf(plain_.name()));
  Do(accounts().UpdateAccount, R"(account { name: '$0' display_name: 'As we call them' owner: 'jo'
                                    note: 'Typed here' segment: 'enterprise'
                                    labels { key: 'plan' value: 'special' }
                                    labels { key: 'tier' value: 'gold' } })",
     account_.name());
  Do(accounts().DeleteAccount, "name: 'accounts/a-nobody'");
}

// The dataset has none: these are people's own.
void RavenStackYearTest::WorkOnContacts() {
  const std::string& account = account_.name();
  for (const char* id : {"jane", "j-doe", "bo"}) {
    Do(accounts().CreateContact,
       "parent: '$0' contact_id: '$1' contact { display_name: '$1' roles: CHAMPION }", account, id);
  }
  Do(accounts().MergeContacts, "name: '$0/contacts/jane' duplicates: '$0/contacts/j-doe'", account);
  Do(accounts().UpdateContact, "contact { name: '$0/contacts/bo' do_not_contact: true }", account);
  Do(accounts().VerifyContact, "name: '$0/contacts/jane'", account);
  Do(accounts().CreateAccountEvent, "parent: '$0' account_event { type: BUDGET title: 'Cut' }",
     account);
}

void RavenStackYearTest::WorkOnConversations() {
  touch_ = Take(engagement().ListTouches, "channel = SUPPORT_TICKET");
  Do(engagement().UpdateTouch, "touch { name: '$0' summary: 'What it was really about' }",
     touch_.name());
  deleted_touch_ = Take(engagement().ListTouches, "channel = SUPPORT_TICKET");
  Do(engagement().DeleteTouch, "name: '$0'", deleted_touch_.name());
  plain_touch_ = Take(engagement().ListTouches, "channel = SUPPORT_TICKET");
  feedback_ = Take(engagement().ListFeedback, "state = RECEIVED");
  Do(engagement().AcknowledgeFeedback, "name: '$0'", feedback_.name());
  Do(engagement().DecideFeedback, "name: '$0' decision: ACCEPTED reason: 'They are right'",
     feedback_.name());
}

void RavenStackYearTest::WorkOnSubscriptions() {
  const std::string annual =
      "state = ACTIVE AND term_months = 12 AND arr > 0 AND open_opportunity = \"\" AND renews = "
      "\"\"";
  amended_ = TakeSubscription(annual);
  Do(subscriptions().AmendSubscription,
     "name: '$0' seats: 999 arr { currency_code: 'USD' micros: 77777000000 } reason: 'More'",
     amended_.name());
  cancelled_ = TakeSubscription(annual);
  Do(subscriptions().CancelSubscription, "name: '$0' reason: BUDGET note: 'No money left'",
     cancelled_.name());
  Do(subscriptions().ExcludeSubscription, "name: '$0' reason: OTHER note: 'A friend'",
     TakeSubscription(annual).name());
  rolled_ = TakeSubscription(annual + R"( AND auto_renew = true AND term_end_date < "2025-10-01")");
  plain_ = TakeSubscription(annual + " AND auto_renew = false");
}

void RavenStackYearTest::Renew(const Opportunity& opportunity) {
  const std::string& name = opportunity.name();
  Do(accounts().CreateContact,
     "parent: '$0' contact_id: 'boss' contact { display_name: 'B' roles: DECISION_MAKER }",
     AccountOf(name));
  for (int stage = Opportunity::OUTREACH; stage < Opportunity::RENEWAL; ++stage) {
    Do(pipeline().AdvanceOpportunity, "name: '$0' override_reason: 'As told by phone'", name);
  }
  const v1::Offer offer =
      Do(pipeline().CreateOffer,
         "parent: '$0' offer { term_months: 12 arr { currency_code: 'USD' micros: 4321000000 } }",
         name);
  Do(pipeline().SendOffer, "name: '$0'", offer.name());
  Do(pipeline().AcceptOffer, "name: '$0' decided_by: '$1/contacts/boss'", offer.name(),
     AccountOf(name));
  Do(pipeline().CloseOpportunity, "name: '$0' outcome: RENEWED", name);
}

void RavenStackYearTest::WorkOnRenewals() {
  const Opportunity renewal = TakeRenewal();
  renewed_ = renewal.subscriptions(0);
  Renew(renewal);
  Do(pipeline().CloseOpportunity,
     "name: '$0' outcome: CHURNED churn_reason: PRICE note: 'Twice as much elsewhere'",
     TakeRenewal().name());
  Do(pipeline().UpdateOpportunity, R"(opportunity { name: '$0' owner: 'jane' next_step: 'Call'
                                        owner_risk_level: HIGH owner_risk_note: 'Silent' })",
     TakeRenewal().name());
}

void RavenStackYearTest::LiveAYear() {
  Live(45);
  WorkOnSubscriptions();
  WorkOnAccounts();
  WorkOnContacts();
  Live(45);
  WorkOnConversations();
  WorkOnRenewals();
  for (int month = 4; month <= 12; ++month) Live(31);
}

// Some where nobody was, and some where somebody was.
void RavenStackYearTest::ChangeCells() {
  SetCell("accounts", account_.name(), "industry", "Shipbuilding");
  SetCell("accounts", account_.name(), "account_name", "As the file calls them");
  SetCell("accounts", "accounts/a-nobody", "account_name", "Somebody");
  SetCell("subscriptions", plain_.name(), "seats", "12345");
  SetCell("subscriptions", amended_.name(), "arr_amount", "1");
  SetCell("subscriptions", renewed_, "seats", "12345");
  SetCell("subscriptions", rolled_.name(), "seats", "12345");
  SetCell("support_tickets", plain_touch_.name(), "priority", "forgotten");
  SetCell("support_tickets", touch_.name(), "priority", "forgotten");
  SetCell("support_tickets", deleted_touch_.name(), "priority", "forgotten");
  SetCell("churn_events", feedback_.name(), "feedback_text", "Said again, in other words");
}

TEST_P(RavenStackYearTest, UnchangedFilesChangeNothing) {
  LiveAYear();
  const int64_t revision = NewestRevision();
  const cli::ImportSummary summary = ImportSlice();
  EXPECT_EQ(summary.rejected, 0) << report_;
  EXPECT_EQ(summary.conflicts, 0) << report_;
  EXPECT_THAT(report_, Not(ContainsRegex("[1-9][0-9]* (created|updated)")));
  EXPECT_THAT(ChangedSince(revision), IsEmpty());
}

TEST_P(RavenStackYearTest, ChangedCellsArriveOrAreTold) {
  LiveAYear();
  const int64_t revision = NewestRevision();
  ChangeCells();
  const cli::ImportSummary summary = ImportSlice();
  EXPECT_THAT(
      NotOpportunities(ChangedSince(revision)),
      UnorderedElementsAre(account_.name(), plain_.name(), plain_touch_.name(), touch_.name(),
                           feedback_.name(), LatestTerm(renewed_), LatestTerm(rolled_.name())));
  EXPECT_EQ(Do(subscriptions().GetSubscription, "name: '$0'", plain_.name()).seats(), 12345);

  EXPECT_EQ(summary.conflicts, 5) << report_;
  EXPECT_THAT(report_, HasSubstr("\"As we call them\" here and \"As the file calls them\""));
  EXPECT_THAT(report_, HasSubstr("accounts/a-nobody: was deleted here"));
  EXPECT_THAT(report_,
              HasSubstr(LatestTerm(amended_.name()) + ": arr is \"USD 77777.00\" here and"));
  EXPECT_THAT(report_, HasSubstr(touch_.name() + ": summary is \"What it was really about\""));
  EXPECT_THAT(report_, HasSubstr(deleted_touch_.name() + ": was deleted here"));
  // What people, or the end of a term, have renewed goes on in the term after.
  EXPECT_EQ(summary.rejected, 0) << report_;
  for (const std::string& name : {renewed_, rolled_.name()}) {
    EXPECT_EQ(Do(subscriptions().GetSubscription, "name: '$0'", LatestTerm(name)).seats(), 12345);
  }
}

// Each row has to be looked at then, and each of its other fields.
TEST_P(RavenStackYearTest, WhatEveryRowSaysAnewLeavesTheRest) {
  LiveAYear();
  std::map<std::string, std::string> before = AllButLabels();
  SetColumn("accounts", "referral_source", "changed");
  SetColumn("subscriptions", "downgrade_flag", "TRUE");
  SetColumn("support_tickets", "satisfaction_score", "9");
  SetColumn("churn_events", "is_reactivation", "TRUE");
  EXPECT_EQ(ImportSlice().rejected, 0) << report_;
  const std::map<std::string, std::string> after = AllButLabels();
  EXPECT_EQ(after.size(), before.size());
  for (const auto& [name, text] : after) EXPECT_EQ(text, before[name]) << name;
  // Those that renewed one have its labels as of then.
  int labelled = 0;
  for (const Subscription& subscription : All(subscriptions().ListSubscriptions, "accounts/-")) {
    labelled += static_cast<int>(subscription.labels().count("downgraded"));
  }
  EXPECT_GE(labelled, ColumnOf("ravenstack_subscriptions.csv", "subscription_id").size());
}

}  // namespace
}  // namespace perennial
