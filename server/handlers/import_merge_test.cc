// An import is a merge of three: what the rows said last time, what they say now, what is there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"
#include "lib/api/errors.h"
#include "tests/support/import_fixture.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using v1::ImportRequest;
using v1::ImportResponse;
using v1::Opportunity;
using v1::Subscription;

constexpr char kContact[] = R"(contact { name: "accounts/a/contacts/c" display_name: "C"
                                         email: "c@x" roles: CHAMPION needs: "speed" })";

class ImportMergeTest : public ImportFixture {
 protected:
  // One row, about which more is to be said than its resource.
  static v1::ImportRow Row(const std::string& text, const std::string& beside = "") {
    v1::ImportRow row;
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(
        absl::StrCat("resource { ", text, " } ", beside), &row))
        << text << beside;
    return row;
  }

  ImportResponse ImportRow(const v1::ImportRow& row) {
    ImportRequest request;
    request.set_origin(origin_);
    request.set_on_conflict(on_conflict_);
    *request.add_rows() = row;
    return Run(request);
  }

  void UpdateAccount(const std::string& fields, const std::string& paths) {
    std::string text = absl::StrCat("account { name: \"accounts/a\" ", fields, " } update_mask { ");
    for (const absl::string_view path : absl::StrSplit(paths, ' ')) {
      absl::StrAppend(&text, "paths: \"", path, "\" ");
    }
    Do<v1::UpdateAccountRequest>("AccountService.UpdateAccount", text + "}");
  }

  v1::Account Account() { return Get<v1::Account>("accounts/a"); }
};
INSTANTIATE_TEST_SUITE_P(Engines, ImportMergeTest, EveryEngine(), EngineName);

TEST_P(ImportMergeTest, WhatTheRowsDoNotSayStays) {
  const std::vector<std::string> rows = {kAccount, kProduct, kSubscription, kContact};
  Import(rows);
  UpdateAccount(R"(note: "pays late" labels { key: "tier" value: "gold" })", "note labels.tier");
  Do<v1::UpdateContactRequest>("AccountService.UpdateContact", R"(
      contact { name: "accounts/a/contacts/c" do_not_contact: true needs: "speed" needs: "calm" }
      update_mask { paths: "do_not_contact" paths: "needs" })");
  Do<v1::UpdateSubscriptionRequest>("SubscriptionService.UpdateSubscription", R"(
      subscription { name: "accounts/a/subscriptions/s" notice_days: 30 }
      update_mask { paths: "notice_days" })");
  Do<v1::AmendSubscriptionRequest>("SubscriptionService.AmendSubscription", R"(
      name: "accounts/a/subscriptions/s" reason: "Signed" seats: 9
      arr { currency_code: "USD" micros: 15000000 })");
  EXPECT_EQ(CountsOf(Import(rows)), "0 0 4 0 0");
  EXPECT_EQ(Account().note(), "pays late");
  EXPECT_EQ(Get<v1::Contact>("accounts/a/contacts/c").needs_size(), 2);
  const auto subscription = Get<Subscription>("accounts/a/subscriptions/s");
  EXPECT_EQ(subscription.notice_days(), 30);
  EXPECT_EQ(subscription.seats(), 9);
  EXPECT_EQ(subscription.arr().micros(), 15000000);
}

TEST_P(ImportMergeTest, AChangeOfTheRowArrivesWhereNobodyElseMadeOne) {
  Import({kAccount, kContact});
  UpdateAccount(R"(note: "pays late")", "note");
  EXPECT_EQ(CountsOf(Import({With(kAccount, R"(owner: "p@us" segment: "large")")})), "0 1 0 0 0");
  EXPECT_EQ(Account().owner(), "p@us");
  EXPECT_EQ(Account().segment(), "large");
  EXPECT_EQ(Account().note(), "pays late");
}

TEST_P(ImportMergeTest, BothChangesAreAConflict) {
  const std::string changed = With(kAccount, R"(owner: "file@us" segment: "large")");
  const std::string owner = "owner: jane@us -> file@us";
  Import({kAccount});
  UpdateAccount(R"(owner: "jane@us")", "owner");

  const ImportResponse kept = Import({changed});
  EXPECT_EQ(CountsOf(kept), "0 1 0 0 0");
  EXPECT_THAT(ConflictsOf(kept), ElementsAre(owner));
  EXPECT_EQ(Account().owner(), "jane@us");
  EXPECT_EQ(Account().segment(), "large");
  // It is told until it is settled.
  EXPECT_THAT(ConflictsOf(Import({changed})), ElementsAre(owner));

  on_conflict_ = ImportRequest::REJECT;
  const ImportResponse rejected = Import({changed});
  EXPECT_EQ(CountsOf(rejected), "0 0 0 1 0");
  EXPECT_EQ(rejected.rejected_rows(0).error().reason(), "IMPORT_CONFLICT");
  EXPECT_THAT(FieldsOf(rejected.rejected_rows(0)), ElementsAre("owner"));

  on_conflict_ = ImportRequest::TAKE;
  EXPECT_THAT(ConflictsOf(Import({changed})), ElementsAre(owner + " taken"));
  EXPECT_EQ(Account().owner(), "file@us");
  on_conflict_ = ImportRequest::KEEP;
  EXPECT_THAT(ConflictsOf(Import({changed})), IsEmpty());
}

TEST_P(ImportMergeTest, AConflictBesideARejectedRowIsHeldBackAndNotLost) {
  Import({kAccount});
  UpdateAccount("note: 'typed'", "note");
  const std::string bad = R"(account { name: "accounts/b" })";
  const std::string row = With(kAccount, "note: 'of the file'");
  EXPECT_EQ(CountsOf(Import({row, kAccount, bad})), "0 0 0 2 1");
  EXPECT_EQ(CountsOf(Import({row, bad})), "0 0 0 1 1");
  const ImportResponse response = Import({row});
  EXPECT_THAT(ConflictsOf(response), ElementsAre("note: typed -> of the file"));
}

TEST_P(ImportMergeTest, WhatWasThereBeforeTheFirstRowIsNotOverwritten) {
  Import({kAccount});
  origin_ = "another";
  EXPECT_THAT(ConflictsOf(Import({With(kAccount, R"(owner: "p@us" segment: "large")")})),
              ElementsAre("owner: o@us -> p@us"));
  EXPECT_EQ(Account().segment(), "large");
  // Each origin has a memory of its own.
  EXPECT_EQ(CountsOf(Import({With(kAccount, R"(owner: "o@us" segment: "huge")")})), "0 1 0 0 0");
  origin_ = "";
  EXPECT_EQ(CountsOf(Import({kAccount})), "0 0 1 0 0");
  EXPECT_EQ(Account().segment(), "huge");
}

TEST_P(ImportMergeTest, ElementsOfListsComeAndGoOneByOne) {
  Import({kAccount, kContact});
  Do<v1::UpdateContactRequest>("AccountService.UpdateContact", R"(
      contact { name: "accounts/a/contacts/c" roles: CHAMPION roles: INFLUENCER }
      update_mask { paths: "roles" })");
  const std::string changed = R"(contact { name: "accounts/a/contacts/c" display_name: "C"
                                           email: "c@x" roles: DECISION_MAKER needs: "speed" })";
  EXPECT_EQ(CountsOf(Import({changed})), "0 1 0 0 0");
  EXPECT_THAT(Get<v1::Contact>("accounts/a/contacts/c").roles(),
              UnorderedElementsAre(v1::Contact::INFLUENCER, v1::Contact::DECISION_MAKER));
}

TEST_P(ImportMergeTest, OnlyWhatIsSaidToBeEmptyIsCleared) {
  Import({With(kAccount, R"(segment: "large" labels { key: "tier" value: "gold" })")});
  const std::string row = R"(account { name: "accounts/a" display_name: "A" })";
  EXPECT_EQ(CountsOf(Import({row})), "0 0 1 0 0");
  EXPECT_EQ(Account().segment(), "large");
  EXPECT_EQ(CountsOf(ImportRow(Row(row, R"(empty_fields: "segment" empty_fields: "labels.tier")"))),
            "0 1 0 0 0");
  EXPECT_EQ(Account().segment(), "");
  EXPECT_THAT(Account().labels(), IsEmpty());
  EXPECT_EQ(CountsOf(ImportRow(Row(row, R"(empty_fields: "colour")"))), "0 0 0 1 0");
}

TEST_P(ImportMergeTest, RowsOfSomeFieldsChangeWhatIsThere) {
  Import({kAccount});
  EXPECT_EQ(CountsOf(Import({R"(account { name: "accounts/a" segment: "large" })"})), "0 1 0 0 0");
  EXPECT_EQ(Account().display_name(), "A");
}

TEST_P(ImportMergeTest, WhatWasDeletedHereIsNotMadeAgain) {
  Import({kAccount, kContact});
  Do<v1::DeleteContactRequest>("AccountService.DeleteContact", R"(name: "accounts/a/contacts/c")");
  EXPECT_EQ(CountsOf(Import({kContact})), "0 0 1 0 0");
  const std::string changed = With(kContact, R"(title: "CIO")");
  const ImportResponse kept = Import({changed});
  EXPECT_EQ(CountsOf(kept), "0 0 1 0 0");
  EXPECT_THAT(ConflictsOf(kept), ElementsAre("name:  -> accounts/a/contacts/c"));
  EXPECT_THAT(All<v1::Contact>(), IsEmpty());
  on_conflict_ = ImportRequest::TAKE;
  EXPECT_EQ(CountsOf(Import({changed})), "1 0 0 0 0");
}

TEST_P(ImportMergeTest, WhoeverWasMergedIsMeantByTheirRowsStill) {
  const auto contact = [](const char* id, const std::string& fields = "") {
    return absl::Substitute(R"(contact { name: "accounts/a/contacts/$0" display_name: "C"
                                         external_ids { key: "crm" value: "$0" } $1 })",
                            id, fields);
  };
  const auto touch = [](const char* id, const char* contacts) {
    return absl::Substitute(
        R"(touch { name: "accounts/a/touches/$0" channel: PHONE direction: INBOUND
                                       disposition: CONNECTED intent: RESPOND $1 })",
        id, contacts);
  };
  constexpr char kBoth[] = R"(contacts: "accounts/a/contacts/d" contacts: "accounts/a/contacts/e")";
  const std::vector<std::string> rows = {kAccount, contact("c"), contact("d"), contact("e"),
                                         touch("t", kBoth)};
  Import(rows);
  Do<v1::MergeContactsRequest>("AccountService.MergeContacts", R"(
      name: "accounts/a/contacts/d" duplicates: "accounts/a/contacts/e")");
  Do<v1::MergeContactsRequest>("AccountService.MergeContacts", R"(
      name: "accounts/a/contacts/c" duplicates: "accounts/a/contacts/d")");
  EXPECT_EQ(CountsOf(Import(rows)), "0 0 5 0 0");

  EXPECT_EQ(CountsOf(Import({contact("e", R"(phone: "1")"), touch("u", kBoth)})), "1 1 0 0 0");
  EXPECT_EQ(Get<v1::Contact>("accounts/a/contacts/c").phone(), "1");
  EXPECT_THAT(Get<v1::Touch>("accounts/a/touches/u").contacts(),
              ElementsAre("accounts/a/contacts/c"));
  // Another id is somebody else's.
  const std::string other = absl::StrReplaceAll(contact("e"), {{"value: \"e\"", "value: \"f\""}});
  EXPECT_EQ(CountsOf(Import({other})), "0 0 0 1 0");
}

TEST_P(ImportMergeTest, SayingsStandForValuesThatChangeWithTheDay) {
  Import({kAccount});
  const auto event = [&](int day, const char* saying) {
    return Row(absl::StrCat(R"(account_event { name: "accounts/a/events/e" type: BUDGET title: "Cut"
                                               event_date { year: 2025 month: 1 day: )",
                            day, " } }"),
               absl::StrCat("sayings { path: \"event_date\" text: \"", saying, "\" }"));
  };
  const auto date = [&] {
    return FormatDate(Get<v1::AccountEvent>("accounts/a/events/e").event_date());
  };
  EXPECT_EQ(CountsOf(ImportRow(event(5, "-10"))), "1 0 0 0 0");
  EXPECT_EQ(CountsOf(ImportRow(event(6, "-10"))), "0 0 1 0 0");
  EXPECT_EQ(date(), "2025-01-05");
  EXPECT_EQ(CountsOf(ImportRow(event(7, "-8"))), "0 1 0 0 0");
  EXPECT_EQ(date(), "2025-01-07");
}

TEST_P(ImportMergeTest, KnownRowsNeedNotBeSentAgain) {
  const std::string digest = "digest: 77";
  ImportRow(Row(kAccount, digest));
  ImportRequest ask;
  for (const int known : {77, 78}) {
    ask.add_rows()->set_name("accounts/a");
    ask.mutable_rows()->rbegin()->set_digest(known);
  }
  ask.add_rows()->set_name("accounts/b");
  ask.mutable_rows()->rbegin()->set_digest(77);
  EXPECT_THAT(Run(ask).unknown_rows(), ElementsAre(1, 2));
  // Not those with a conflict to settle.
  UpdateAccount(R"(owner: "jane@us")", "owner");
  ImportRow(Row(With(kAccount, R"(owner: "p@us")"), "digest: 78"));
  EXPECT_THAT(Run(ask).unknown_rows(), ElementsAre(0, 1, 2));
  ask.set_origin("another");
  EXPECT_THAT(Run(ask).unknown_rows(), ElementsAre(0, 1, 2));
}

// --- identity ---

TEST_P(ImportMergeTest, ANameIsOfOneTextOnly) {
  const std::string row = R"(account { name: "accounts/m-ller" display_name: )";
  const auto of = [](const char* text) {
    return absl::StrCat("identities { name: \"accounts/m-ller\" text: \"", text, "\" }");
  };
  EXPECT_EQ(CountsOf(ImportRow(Row(row + "\"Müller\" }", of("Müller")))), "1 0 0 0 0");
  const ImportResponse other = ImportRow(Row(row + "\"Möller\" }", of("Möller")));
  EXPECT_EQ(CountsOf(other), "0 0 0 1 0");
  EXPECT_EQ(other.rejected_rows(0).error().reason(), "IDENTITY_UNCLEAR");
  // Nor is anything booked on it, from wherever it comes.
  origin_ = "another";
  const std::string contact = R"(contact { name: "accounts/m-ller/contacts/c" display_name: "C" })";
  EXPECT_EQ(CountsOf(ImportRow(Row(contact, of("Möller")))), "0 0 0 1 0");
  EXPECT_EQ(CountsOf(ImportRow(Row(contact, of("Müller")))), "1 0 0 0 0");
  EXPECT_EQ(Get<v1::Account>("accounts/m-ller").display_name(), "Müller");
}

constexpr char kKnown[] = R"(account { name: "accounts/a" display_name: "A"
                                       external_ids { key: "crm" value: "001" } })";

TEST_P(ImportMergeTest, AnExternalIdSaysWhichResourceIsMeant) {
  Import({kKnown});
  const std::string renamed = R"(account { name: "accounts/new-name" display_name: "New name"
                                           external_ids { key: "crm" value: "001" } })";
  origin_ = "crm";
  on_conflict_ = ImportRequest::TAKE;
  const std::string contact = R"(contact { name: "accounts/new-name/contacts/c"
                                           display_name: "C" })";
  EXPECT_EQ(CountsOf(Import({renamed, contact})), "1 1 0 0 0");
  EXPECT_EQ(Account().display_name(), "New name");
  // Also what comes later, and without the id.
  EXPECT_EQ(CountsOf(Import({R"(contact { name: "accounts/new-name/contacts/d"
                                          display_name: "D" })"})),
            "1 0 0 0 0");
  EXPECT_EQ(Get<v1::Contact>("accounts/a/contacts/d").display_name(), "D");
  EXPECT_EQ(All<v1::Account>().size(), 1);
}

TEST_P(ImportMergeTest, ExternalIdsThatDisagreeAreRejected) {
  const auto account = [](const char* name, const char* ids) {
    return absl::StrCat("account { name: \"", name, "\" display_name: \"X\" ", ids, " }");
  };
  const auto id = [](const char* system, const char* value) {
    return absl::StrCat("external_ids { key: \"", system, "\" value: \"", value, "\" }");
  };
  Import({kKnown, account("accounts/b", id("crm", "002").c_str()),
          account("accounts/c", id("erp", "9").c_str())});
  const auto reason = [&](const std::string& row) {
    const ImportResponse response = Import({row});
    return response.rejected_rows().empty() ? "" : response.rejected_rows(0).error().reason();
  };
  EXPECT_EQ(reason(account("accounts/a", id("crm", "003").c_str())), "IDENTITY_UNCLEAR");
  EXPECT_EQ(reason(account("accounts/d", (id("crm", "002") + id("erp", "9")).c_str())),
            "IDENTITY_UNCLEAR");
  const ImportResponse twice = Import({account("accounts/e", id("crm", "7").c_str()),
                                       account("accounts/f", id("crm", "7").c_str())});
  EXPECT_EQ(CountsOf(twice), "0 0 0 1 1");
}

TEST_P(ImportMergeTest, ExternalIdsAreOfOneResourceAndFindIt) {
  Import({kKnown, R"(account { name: "accounts/b" display_name: "B" })"});
  v1::UpdateAccountRequest update;
  update.mutable_account()->set_name("accounts/b");
  (*update.mutable_account()->mutable_external_ids())["crm"] = "001";
  const auto taken = RunBytes("AccountService.UpdateAccount", update.SerializeAsString());
  EXPECT_TRUE(absl::IsAlreadyExists(taken.status())) << taken.status();
  EXPECT_EQ(ReasonOf(taken.status()), v1::RESOURCE_ALREADY_EXISTS);

  const auto found = [&](const std::string& filter) {
    v1::ListAccountsRequest request;
    request.set_filter(filter);
    const auto response =
        HandlersFixture::Run<v1::ListAccountsResponse>("AccountService.ListAccounts", request);
    std::vector<std::string> names;
    if (!response.ok()) return names;
    for (const v1::Account& account : response->accounts()) names.push_back(account.name());
    return names;
  };
  EXPECT_THAT(found("external_ids.crm = \"001\""), ElementsAre("accounts/a"));
  EXPECT_THAT(found("external_ids.crm != \"001\""), ElementsAre("accounts/b"));
  EXPECT_THAT(found("external_ids.erp = \"001\""), IsEmpty());
  // One that is given up is free.
  UpdateAccount("", "external_ids");
  EXPECT_TRUE(RunBytes("AccountService.UpdateAccount", update.SerializeAsString()).ok());
  EXPECT_THAT(found("external_ids.crm = \"001\""), ElementsAre("accounts/b"));
  Do<v1::DeleteAccountRequest>("AccountService.DeleteAccount", R"(name: "accounts/b")");
  EXPECT_THAT(found("external_ids.crm = \"001\""), IsEmpty());
  (*update.mutable_account()->mutable_external_ids())["crm"] = "";
  update.mutable_account()->set_name("accounts/a");
  EXPECT_FALSE(RunBytes("AccountService.UpdateAccount", update.SerializeAsString()).ok());
}

// --- subscriptions and opportunities, as the world goes on ---

constexpr char kOpen[] = R"(opportunity {
    name: "accounts/a/opportunities/o" subscriptions: "accounts/a/subscriptions/s" })";

TEST_P(ImportMergeTest, AmendmentsAreCarriedOutOnTheirDays) {
  const std::string first = R"(amendments { effective_date { year: 2024 month: 2 day: 1 }
      arr_after { currency_code: "USD" micros: 12000000 } reason: "More" })";
  const std::string second = R"(amendments { effective_date { year: 2024 month: 9 day: 1 }
      seats_after: 7 })";
  const std::string rows = With(kSubscription, first);
  EXPECT_EQ(CountsOf(Import({kAccount, kProduct, rows})), "3 0 0 0 0");
  EXPECT_THAT(Ledger(), ElementsAre("NEW 2023-03-01 1000", "EXPANSION 2024-02-01 200"));
  EXPECT_EQ(CountsOf(Import({rows})), "0 0 1 0 0");
  EXPECT_EQ(CountsOf(Import({With(rows, second)})), "0 1 0 0 0");
  auto subscription = Get<Subscription>("accounts/a/subscriptions/s");
  EXPECT_EQ(subscription.seats(), 7);
  EXPECT_EQ(subscription.arr().micros(), 12000000);
  EXPECT_EQ(subscription.amendments_size(), 2);
  // In whatever order they come: what counts is the latest.
  EXPECT_EQ(CountsOf(Import({With(With(rows, second), R"(amendments {
      effective_date { year: 2024 month: 5 day: 1 } seats_after: 3 })")})),
            "0 1 0 0 0");
  subscription = Get<Subscription>("accounts/a/subscriptions/s");
  EXPECT_EQ(subscription.amendments_size(), 3);
  EXPECT_EQ(subscription.seats(), 7);
}

TEST_P(ImportMergeTest, AnAmendmentThatTheFileTakesBackIsAConflict) {
  const auto row = [](int month) {
    return With(kSubscription, absl::StrCat("amendments { effective_date { year: 2024 month: ",
                                            month, " day: 1 } seats_after: 7 }"));
  };
  Import({kAccount, kProduct, row(2)});
  for (int i = 0; i < 2; ++i) {
    const ImportResponse response = Import({row(3)});
    EXPECT_EQ(CountsOf(response), "0 0 1 0 0");
    ASSERT_EQ(response.conflicts_size(), 1) << "until it is settled";
    EXPECT_EQ(response.conflicts(0).field(), "amendments");
  }
  EXPECT_EQ(Import({kSubscription}).conflicts_size(), 0) << "it says nothing of them";
  EXPECT_EQ(Get<Subscription>("accounts/a/subscriptions/s").amendments_size(), 1);
  on_conflict_ = ImportRequest::TAKE;
  EXPECT_FALSE(Import({row(3)}).conflicts(0).taken()) << "the one before stays";
  EXPECT_EQ(Get<Subscription>("accounts/a/subscriptions/s").amendments_size(), 2);
  EXPECT_EQ(Import({row(3)}).conflicts_size(), 0);
}

TEST_P(ImportMergeTest, ACancellationNeedsNoReason) {
  const std::string ended = With(kSubscription, "end_date { year: 2024 month: 3 day: 1 }");
  EXPECT_EQ(CountsOf(Import({kAccount, kProduct, ended})), "3 0 0 0 0");
  const auto subscription = Get<Subscription>("accounts/a/subscriptions/s");
  EXPECT_EQ(subscription.state(), Subscription::CANCELLED);
  EXPECT_EQ(subscription.cancel_reason(), v1::UNKNOWN);
  EXPECT_EQ(subscription.cancel_note(), "");
  v1::CancelSubscriptionRequest cancel;
  cancel.set_name("accounts/a/subscriptions/s");
  cancel.set_reason(v1::UNKNOWN);
  EXPECT_FALSE(RunBytes("SubscriptionService.CancelSubscription", cancel.SerializeAsString()).ok());
}

TEST_P(ImportMergeTest, ARenewedSubscriptionIsUnchangedUntilItsRowIs) {
  const std::vector<std::string> rows = {kAccount, kProduct, kSubscription};
  Import(rows);
  Import({With(kOpen, "stage: RENEWAL")});
  Do<v1::CloseOpportunityRequest>("PipelineService.CloseOpportunity", R"(
      name: "accounts/a/opportunities/o" outcome: RENEWED override_reason: "By mail")");
  EXPECT_EQ(Get<Subscription>("accounts/a/subscriptions/s").state(), Subscription::RENEWED);
  EXPECT_EQ(CountsOf(Import(rows)), "0 0 3 0 0");
  // What it says then is of the term that goes on.
  const auto renewed = Get<Subscription>("accounts/a/subscriptions/s");
  const std::string row = With(kSubscription, R"(arr { micros: 20000000 }
                                                 labels { key: "tier" value: "gold" })");
  EXPECT_EQ(CountsOf(Import({row})), "0 1 0 0 0");
  const auto later = Get<Subscription>(renewed.renewed_by());
  EXPECT_EQ(later.arr().micros(), 20000000);
  EXPECT_EQ(later.labels().at("tier"), "gold");
  EXPECT_EQ(Get<Subscription>("accounts/a/subscriptions/s").ShortDebugString(),
            renewed.ShortDebugString());
  EXPECT_EQ(CountsOf(Import({row})), "0 0 1 0 0");
}

TEST_P(ImportMergeTest, WhatAnOpenOneHasOfItsSubscriptionsIsNotGiven) {
  const ImportResponse response =
      Import({kAccount, kProduct, kSubscription,
              With(kOpen, R"(arr { currency_code: "USD" micros: 50000 })")});
  EXPECT_EQ(CountsOf(response), "0 0 0 1 3");
  EXPECT_THAT(FieldsOf(response.rejected_rows(0)), ElementsAre("opportunity.arr"));
}

TEST_P(ImportMergeTest, ZeroIsAValue) {
  Import({kAccount, kProduct, kSubscription});
  EXPECT_EQ(CountsOf(ImportRow(
                Row(With(kOpen, R"(forecast_arr { currency_code: "USD" micros: 10000000 })"),
                    R"(empty_fields: "probability_percent")"))),
            "1 0 0 0 0");
  EXPECT_EQ(Get<Opportunity>("accounts/a/opportunities/o").probability_percent(), 0);
  // A forecast that was given stays, also where it is the ARR.
  Do<v1::AmendSubscriptionRequest>("SubscriptionService.AmendSubscription", R"(
      name: "accounts/a/subscriptions/s" reason: "Signed"
      arr { currency_code: "USD" micros: 15000000 })");
  const auto opportunity = Get<Opportunity>("accounts/a/opportunities/o");
  EXPECT_EQ(opportunity.arr().micros(), 15000000);
  EXPECT_EQ(opportunity.forecast_arr().micros(), 10000000);
}

TEST_P(ImportMergeTest, AGivenForecastStaysAndOneTakenBackFollows) {
  Import({kAccount, kProduct, kSubscription, kOpen});
  const auto forecast = [&] {
    return Get<Opportunity>("accounts/a/opportunities/o").forecast_arr().micros() / 10000;
  };
  const auto amend = [&](int arr) {
    Do<v1::AmendSubscriptionRequest>(
        "SubscriptionService.AmendSubscription",
        absl::StrCat(R"(name: "accounts/a/subscriptions/s" reason: "Signed"
                        arr { currency_code: "USD" micros: )",
                     arr, "0000 }"));
  };
  const std::string update = R"(opportunity { name: "accounts/a/opportunities/o" %s }
                                update_mask { paths: "forecast_arr" })";
  amend(1100);
  EXPECT_EQ(forecast(), 1100);
  Do<v1::UpdateOpportunityRequest>(
      "PipelineService.UpdateOpportunity",
      absl::StrReplaceAll(update,
                          {{"%s", R"(forecast_arr { currency_code: "USD" micros: 11000000 })"}}));
  amend(1200);
  EXPECT_EQ(forecast(), 1100);
  Do<v1::UpdateOpportunityRequest>("PipelineService.UpdateOpportunity",
                                   absl::StrReplaceAll(update, {{"%s", ""}}));
  amend(1300);
  EXPECT_EQ(forecast(), 1300);
}

// --- a dry run ---

TEST_P(ImportMergeTest, ADryRunIsToldWhatWouldBeThere) {
  ImportRequest request;
  request.set_validate_only(true);
  *request.add_rows() = Row(kSubscription);
  EXPECT_EQ(CountsOf(Run(request)), "0 0 0 1 0");
  *request.add_earlier_rows() = Row(kAccount);
  *request.add_earlier_rows() = Row(kProduct);
  EXPECT_EQ(CountsOf(Run(request)), "1 0 0 0 0");
  *request.mutable_rows(0) = Row(With(kSubscription, "trial: true"));
  EXPECT_EQ(CountsOf(Run(request)), "0 0 0 1 0");
  EXPECT_THAT(All<v1::Account>(), IsEmpty());
}

}  // namespace
}  // namespace perennial
