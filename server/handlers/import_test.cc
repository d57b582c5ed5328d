#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/import_fixture.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using v1::ArrMovement;
using v1::ImportRequest;
using v1::ImportResponse;
using v1::Opportunity;
using v1::Subscription;

class ImportTest : public ImportFixture {};
INSTANTIATE_TEST_SUITE_P(Engines, ImportTest, EveryEngine(), EngineName);

TEST_P(ImportTest, RowsMayReferToEarlierOnesOfTheirChunk) {
  EXPECT_EQ(CountsOf(Import({kAccount, kProduct, kSubscription})), "3 0 0 0 0");
  const auto subscription = Get<Subscription>("accounts/a/subscriptions/s");
  EXPECT_EQ(subscription.state(), Subscription::ACTIVE);
  EXPECT_EQ(FormatDate(subscription.term_start_date()), "2024-03-01");
  EXPECT_EQ(FormatDate(subscription.term_end_date()), "2025-03-01");
  EXPECT_THAT(Ledger(), ElementsAre("NEW 2023-03-01 1000"));
}

TEST_P(ImportTest, RowsMayNotReferToLaterOnesOfTheirChunk) {
  const ImportResponse response = Import({kSubscription, kAccount, kProduct});
  EXPECT_EQ(CountsOf(response), "0 0 0 1 2");
  EXPECT_EQ(response.rejected_rows(0).line(), 1);
  EXPECT_EQ(response.rejected_rows(0).error().reason(), "RESOURCE_NOT_FOUND");
}

TEST_P(ImportTest, OneBadRowKeepsOutItsChunk) {
  const ImportResponse response =
      Import({kAccount, R"(account { name: "accounts/b" })",
              R"(account { name: "accounts/b/c" display_name: "C" })", "",
              R"(account { name: "accounts/d" display_name: "D" parent_account: "accounts/x" })",
              R"(account { name: "accounts/a" display_name: "Again" })",
              R"(arr_movement { name: "accounts/a/arrMovements/m" })",
              R"(stage_transition { name: "accounts/a/opportunities/o/stageTransitions/t" })"});
  EXPECT_EQ(CountsOf(response), "0 0 0 7 1");
  std::map<int64_t, std::vector<std::string>> fields;
  for (const auto& row : response.rejected_rows()) fields[row.line()] = FieldsOf(row);
  EXPECT_THAT(fields[2], ElementsAre("account.display_name"));
  EXPECT_THAT(fields[3], ElementsAre("account.name"));
  EXPECT_THAT(fields[4], ElementsAre("resource"));
  EXPECT_THAT(fields[5], ElementsAre("accounts/x"));
  EXPECT_THAT(fields[6], ElementsAre("account.name"));
  EXPECT_THAT(fields[7], ElementsAre("arr_movement"));
  EXPECT_THAT(fields[8], ElementsAre("stage_transition"));
  EXPECT_THAT(All<v1::Account>(), IsEmpty());
}

TEST_P(ImportTest, WhatCannotBeReadOfOneRowIsToldOfItAndTheOthersGoOn) {
  const std::string b = R"(account { name: "accounts/b" display_name: "B" })";
  ASSERT_EQ(CountsOf(Import({kAccount, b})), "2 0 0 0 0");
  const auto execute = [&](absl::string_view sql) {
    const absl::Status status = store_->database().Write(
        absl::InfiniteFuture(),
        [&](sql::Connection& connection) { return connection.Execute(sql, {}).status(); });
    ASSERT_TRUE(status.ok()) << status;
  };
  const std::string c = R"(account { name: "accounts/c" display_name: "C" })";
  execute("UPDATE import_rows SET said = x'0a' WHERE name = 'accounts/b'");
  ImportResponse response = Import({With(kAccount, "note: 'new'"), With(b, "note: 'new'"), c});
  EXPECT_EQ(CountsOf(response), "0 0 0 1 2");
  EXPECT_EQ(response.rejected_rows(0).resource_name(), "accounts/b");
  EXPECT_EQ(response.rejected_rows(0).error().reason(), "DATA_DAMAGED");
  EXPECT_EQ(CountsOf(Import({With(kAccount, "note: 'new'"), c})), "1 1 0 0 0");
}

TEST_P(ImportTest, RunAgainItSkipsEverything) {
  const std::vector<std::string> rows = {
      kAccount,
      kProduct,
      kSubscription,
      With(kAccount, R"(name: "accounts/b" labels { key: "x" value: "1" }
                        labels { key: "y" value: "2" } labels { key: "z" value: "3" })"),
      R"(contact { name: "accounts/a/contacts/c" display_name: "C" roles: CHAMPION
                   verify_time { seconds: 1700000000 } })",
      R"(account_event { name: "accounts/a/events/e" type: BUDGET title: "Cut" })",
      R"(touch { name: "accounts/a/touches/t" channel: PHONE direction: OUTBOUND
                 disposition: CONNECTED intent: GIVE contacts: "accounts/a/contacts/c" })",
      R"(feedback { name: "accounts/a/feedback/f" type: IDEA text: "More" })",
      R"(feedback { name: "accounts/a/feedback/g" type: IDEA text: "Less"
                    receive_time { seconds: 1700000000 }
                    acknowledge_time { seconds: 1700000001 } })",
      R"(usage_sample { name: "accounts/a/subscriptions/s/usageSamples/u" uses: 3
                        capability: "products/p/capabilities/one"
                        sample_date { year: 2022 month: 1 day: 1 } })",
      R"(playbook { name: "playbooks/x" display_name: "X" account_filter: "segment = \"x\"" })",
      R"(adoption_review { name: "accounts/a/subscriptions/s/adoptionReviews/r"
                           contacts: "accounts/a/contacts/c"
                           outcomes { goal: "Faster" result: PARTIAL } })",
      R"(opportunity { name: "accounts/a/opportunities/o"
                       subscriptions: "accounts/a/subscriptions/s" stage: UPSELL
                       open_time { seconds: 1700000000 } })"};
  EXPECT_EQ(CountsOf(Import(rows)), "13 0 0 0 0");
  const std::vector<std::string> ledger = Ledger();
  // What the server fills in stays as it was, also on another day.
  clock_.Raise(clock_.Now() + absl::Hours(30));
  EXPECT_EQ(CountsOf(Import(rows)), "0 0 13 0 0");
  EXPECT_EQ(Ledger(), ledger);
}

TEST_P(ImportTest, DifferentRowsAreUpdated) {
  Import({kAccount, R"(contact { name: "accounts/a/contacts/c" display_name: "C" })"});
  EXPECT_EQ(CountsOf(Import({kAccount, R"(contact { name: "accounts/a/contacts/c"
                                                    display_name: "D" state: LEFT })"})),
            "0 1 1 0 0");
  const auto contact = Get<v1::Contact>("accounts/a/contacts/c");
  EXPECT_EQ(contact.display_name(), "D");
  EXPECT_EQ(contact.state(), v1::Contact::ACTIVE);
}

TEST_P(ImportTest, TimesOfContactsAndFeedbackAreTaken) {
  EXPECT_EQ(CountsOf(Import({kAccount,
                             R"(contact { name: "accounts/a/contacts/c" display_name: "C"
                                          verify_time { seconds: 1700000000 } })",
                             R"(feedback { name: "accounts/a/feedback/f" type: IDEA text: "T"
                                           receive_time { seconds: 1700000000 }
                                           acknowledge_time { seconds: 1700000009 } })"})),
            "3 0 0 0 0");
  EXPECT_EQ(Get<v1::Contact>("accounts/a/contacts/c").verify_time().seconds(), 1700000000);
  const auto feedback = Get<v1::Feedback>("accounts/a/feedback/f");
  EXPECT_EQ(feedback.state(), v1::Feedback::ACKNOWLEDGED);
  EXPECT_EQ(feedback.acknowledge_time().seconds(), 1700000009);

  const ImportResponse future =
      Import({R"(contact { name: "accounts/a/contacts/d" display_name: "D"
                           verify_time { seconds: 1900000000 } })",
              R"(feedback { name: "accounts/a/feedback/g" type: IDEA text: "T"
                            receive_time { seconds: 1900000000 } })",
              R"(touch { name: "accounts/a/touches/t" channel: PHONE direction: OUTBOUND
                         disposition: BUSY intent: ASK touch_time { seconds: 1900000000 } })",
              R"(contact { name: "accounts/a/contacts/e" display_name: "E"
                           verify_time { seconds: 999999999999 } })"});
  EXPECT_EQ(CountsOf(future), "0 0 0 4 0");
}

TEST_P(ImportTest, ContactsAreVerifiedWhereTheyWereSinceTheLastUpheaval) {
  // On 2023-11-14.
  const std::string contact = R"(contact {
      name: "accounts/a/contacts/c" display_name: "C" verify_time { seconds: 1700000000 } })";
  const std::string unknown = R"(contact { name: "accounts/a/contacts/u" display_name: "U" })";
  const auto event = [](const std::string& id, int day) {
    return absl::StrCat(
        R"(account_event { name: "accounts/a/events/)", id,
        R"(" type: OWNERSHIP title: "Sold" event_date { year: 2023 month: 11 day: )", day, " } }");
  };
  const auto is_verified = [&] { return Get<v1::Contact>("accounts/a/contacts/c").verified(); };
  Import({kAccount, event("e", 14)});
  EXPECT_EQ(CountsOf(Import({contact, unknown})), "2 0 0 0 0");
  EXPECT_TRUE(is_verified());
  EXPECT_FALSE(Get<v1::Contact>("accounts/a/contacts/u").verified());

  // Whichever comes first, in chunks of their own or in one.
  EXPECT_EQ(CountsOf(Import({event("f", 15)})), "1 0 0 0 0");
  EXPECT_FALSE(is_verified());
  EXPECT_EQ(CountsOf(Import({contact, event("f", 13)})), "0 1 1 0 0");
  EXPECT_TRUE(is_verified());
  EXPECT_EQ(CountsOf(Import({event("f", 16), With(contact, R"(title: "CIO")")})), "0 2 0 0 0");
  EXPECT_FALSE(is_verified());
  EXPECT_EQ(CountsOf(Import({event("f", 16), With(contact, R"(title: "CIO")")})), "0 0 2 0 0");
  EXPECT_EQ(CountsOf(Import({With(contact, "verify_time { seconds: 1700700000 }")})), "0 1 0 0 0");
  EXPECT_TRUE(is_verified());
}

TEST_P(ImportTest, UsageIsOfCapabilitiesOfTheProduct) {
  Import({kAccount, kProduct, R"(product { name: "products/q" display_name: "Q"
                                           capabilities { id: "three" } })",
          kSubscription});
  const std::string sample = R"(usage_sample {
      name: "accounts/a/subscriptions/s/usageSamples/u" sample_date { year: 2024 month: 1 day: 1 } })";
  const ImportResponse response =
      Import({With(sample, R"(capability: "products/p/capabilities/two")"),
              With(sample, R"(name: "accounts/a/subscriptions/s/usageSamples/v"
                       capability: "products/p/capabilities/three")"),
              With(sample, R"(name: "accounts/a/subscriptions/s/usageSamples/w"
                       capability: "products/q/capabilities/three")"),
              With(sample, R"(name: "accounts/a/subscriptions/x/usageSamples/w"
                       capability: "products/p/capabilities/two")"),
              With(sample, R"(name: "accounts/a/subscriptions/s/usageSamples/x"
                       sample_date { year: 2026 }
                       capability: "products/p/capabilities/two")")});
  EXPECT_EQ(CountsOf(response), "0 0 0 4 1");
  EXPECT_THAT(FieldsOf(response.rejected_rows(0)), ElementsAre("usage_sample.capability"));
  EXPECT_THAT(FieldsOf(response.rejected_rows(1)), ElementsAre("usage_sample.capability"));
  EXPECT_THAT(FieldsOf(response.rejected_rows(2)), ElementsAre("accounts/a/subscriptions/x"));
  EXPECT_THAT(FieldsOf(response.rejected_rows(3)), ElementsAre("usage_sample.sample_date"));
}

// --- subscriptions and their ledger ---

TEST_P(ImportTest, EndedSubscriptionsAreCancelled) {
  const std::string ended = With(kSubscription, R"(
      end_date { year: 2024 month: 3 day: 1 } cancel_reason: PRICE cancel_note: "Too dear")");
  EXPECT_EQ(CountsOf(Import({kAccount, kProduct, ended})), "3 0 0 0 0");
  const auto subscription = Get<Subscription>("accounts/a/subscriptions/s");
  EXPECT_EQ(subscription.state(), Subscription::CANCELLED);
  EXPECT_EQ(subscription.cancel_reason(), v1::PRICE);
  EXPECT_EQ(FormatDate(subscription.term_start_date()), "2023-03-01");
  EXPECT_EQ(FormatDate(subscription.term_end_date()), "2024-03-01");
  EXPECT_THAT(Ledger(), ElementsAre("NEW 2023-03-01 1000", "CHURN 2024-03-01 -1000"));
  EXPECT_EQ(CountsOf(Import({ended})), "0 0 1 0 0");
}

TEST_P(ImportTest, BadEndsAreRejected) {
  const std::string from = With(kSubscription, R"(name: "accounts/a/subscriptions/t")");
  const ImportResponse response = Import(
      {kAccount, kProduct,
       With(kSubscription, R"(end_date { year: 2023 month: 2 day: 1 } cancel_reason: PRICE)"),
       With(from, R"(end_date { year: 2024 month: 2 day: 1 })"),
       With(from, R"(name: "accounts/a/subscriptions/u" cancel_reason: OTHER
                     end_date { year: 2024 month: 2 day: 1 })"),
       With(from, R"(name: "accounts/a/subscriptions/v" cancel_reason: PRICE
                     end_date { year: 2024 month: 2 day: 30 })"),
       With(from, R"(name: "accounts/a/subscriptions/w" trial: true)")});
  EXPECT_EQ(CountsOf(response), "0 0 0 4 3");
  EXPECT_THAT(FieldsOf(response.rejected_rows(0)), ElementsAre("subscription.end_date"));
  EXPECT_EQ(response.rejected_rows(0).line(), 3);
  EXPECT_THAT(FieldsOf(response.rejected_rows(1)), ElementsAre("subscription.cancel_note"));
  EXPECT_THAT(FieldsOf(response.rejected_rows(2)), ElementsAre("subscription.end_date"));
  EXPECT_THAT(FieldsOf(response.rejected_rows(3)), ElementsAre("subscription.arr"));
}

TEST_P(ImportTest, AnotherArrIsAMovementOfToday) {
  Import({kAccount, kProduct, kSubscription});
  const std::string larger = With(kSubscription, "arr { micros: 15000000 } seats: 8");
  EXPECT_EQ(CountsOf(Import({larger})), "0 1 0 0 0");
  EXPECT_THAT(Ledger(), ElementsAre("NEW 2023-03-01 1000", "EXPANSION 2025-01-15 500"));
  const auto subscription = Get<Subscription>("accounts/a/subscriptions/s");
  EXPECT_EQ(subscription.amendments_size(), 1);
  EXPECT_EQ(subscription.amendments(0).seats_before(), 5);
  EXPECT_EQ(subscription.seats(), 8);
  EXPECT_EQ(CountsOf(Import({larger})), "0 0 1 0 0");
}

TEST_P(ImportTest, AnotherEndMovesTheChurn) {
  Import({kAccount, kProduct, kSubscription});
  const std::string ended =
      With(kSubscription, R"(cancel_reason: PRICE end_date { year: 2024 month: 3 day: 1 })");
  EXPECT_EQ(CountsOf(Import({ended})), "0 1 0 0 0");
  EXPECT_EQ(CountsOf(Import({With(ended, "end_date { day: 20 }")})), "0 1 0 0 0");
  const std::vector<std::string> ledger = {"NEW 2023-03-01 1000", "CHURN 2024-03-01 -1000",
                                           "REVERSAL 2024-03-01 1000", "CHURN 2024-03-20 -1000"};
  EXPECT_EQ(Ledger(), ledger);
  const auto subscription = Get<Subscription>("accounts/a/subscriptions/s");
  EXPECT_EQ(FormatDate(subscription.end_date()), "2024-03-20");
  // From when on it would be worth less nobody says.
  const ImportResponse refused =
      Import({With(ended, "end_date { day: 20 } arr { micros: 9000000 }")});
  EXPECT_EQ(CountsOf(refused), "0 0 0 1 0");
  EXPECT_THAT(refused.rejected_rows(0).error().violations(0).description(),
              HasSubstr("as an amendment, with its day"));
  EXPECT_EQ(Ledger(), ledger);
  // What the ledger adds up to is nothing: it ended.
  int64_t total = 0;
  for (const ArrMovement& movement : All<ArrMovement>()) total += movement.delta().micros();
  EXPECT_EQ(total, 0);
}

TEST_P(ImportTest, ARowWithoutEndTakesNoCancellationBack) {
  Import({kAccount, kProduct,
          With(kSubscription, R"(cancel_reason: PRICE end_date { year: 2024 month: 3 day: 1 })")});
  EXPECT_EQ(CountsOf(Import({kSubscription})), "0 0 1 0 0");
  EXPECT_EQ(Get<Subscription>("accounts/a/subscriptions/s").state(), Subscription::CANCELLED);
}

TEST_P(ImportTest, WhatTheLedgerCannotFollowIsRejected) {
  Import({kAccount, kProduct, kSubscription});
  for (const char* change :
       {"start_date { day: 2 }", "term_months: 24", "arr { currency_code: \"EUR\" }"}) {
    EXPECT_EQ(CountsOf(Import({With(kSubscription, change)})), "0 0 0 1 0") << change;
  }
  EXPECT_THAT(Ledger(), ElementsAre("NEW 2023-03-01 1000"));
}

// --- opportunities ---

constexpr char kOpen[] = R"(opportunity {
    name: "accounts/a/opportunities/o" subscriptions: "accounts/a/subscriptions/s"
    stage: ADOPTION_REVIEW open_time { seconds: 1730000000 }
    stage_enter_time { seconds: 1731000000 } })";

TEST_P(ImportTest, OpenOpportunitiesPutTheirSubscriptionsUpForRenewal) {
  EXPECT_EQ(CountsOf(Import({kAccount, kProduct, kSubscription, kOpen})), "4 0 0 0 0");
  const auto opportunity = Get<Opportunity>("accounts/a/opportunities/o");
  EXPECT_EQ(opportunity.outcome(), Opportunity::OPEN);
  EXPECT_EQ(opportunity.stage(), Opportunity::ADOPTION_REVIEW);
  EXPECT_EQ(opportunity.open_time().seconds(), 1730000000);
  EXPECT_EQ(opportunity.stage_times(0).enter_time().seconds(), 1731000000);
  EXPECT_EQ(opportunity.arr().micros(), 10000000);
  EXPECT_EQ(FormatDate(opportunity.renewal_date()), "2025-03-01");
  EXPECT_EQ(opportunity.playbook(), "playbooks/default");
  EXPECT_EQ(opportunity.probability_percent(), 60);
  EXPECT_EQ(opportunity.owner(), "o@us");
  EXPECT_EQ(Get<Subscription>("accounts/a/subscriptions/s").open_opportunity(), opportunity.name());

  // In one opportunity at a time; and not cancelled from under it.
  EXPECT_EQ(CountsOf(Import({With(kOpen, R"(name: "accounts/a/opportunities/p")")})), "0 0 0 1 0");
  EXPECT_EQ(CountsOf(Import({With(kSubscription, R"(cancel_reason: PRICE
                                                    end_date { year: 2024 month: 3 day: 1 })")})),
            "0 0 0 1 0");
  // Its ARR follows.
  EXPECT_EQ(CountsOf(Import({With(kSubscription, "arr { micros: 17000000 }")})), "0 1 0 0 0");
  EXPECT_EQ(Get<Opportunity>("accounts/a/opportunities/o").arr().micros(), 17000000);
}

TEST_P(ImportTest, AStageThatWasEarnedHereStays) {
  Import({kAccount, kProduct, kSubscription, kOpen});
  const ImportResponse response = Import({With(kOpen, R"(stage: RENEWAL next_step: "Call")")});
  EXPECT_EQ(CountsOf(response), "0 1 0 0 0");
  EXPECT_THAT(ConflictsOf(response), ElementsAre("stage: ADOPTION_REVIEW -> RENEWAL"));
  const auto opportunity = Get<Opportunity>("accounts/a/opportunities/o");
  EXPECT_EQ(opportunity.stage(), Opportunity::ADOPTION_REVIEW);
  EXPECT_EQ(opportunity.next_step(), "Call");
}

constexpr char kClosed[] = R"(opportunity {
    name: "accounts/a/opportunities/o" subscriptions: "accounts/a/subscriptions/s"
    stage: RENEWAL outcome: RENEWED open_time { seconds: 1700000000 }
    close_time { seconds: 1705000000 } renewal_date { year: 2024 month: 3 day: 1 }
    arr { currency_code: "USD" micros: 9000000 } closed_arr { currency_code: "USD" micros: 10000000 } })";

TEST_P(ImportTest, ClosedOpportunitiesAreTakenAsTheyAre) {
  EXPECT_EQ(CountsOf(Import({kAccount, kProduct, kSubscription, kClosed})), "4 0 0 0 0");
  const auto opportunity = Get<Opportunity>("accounts/a/opportunities/o");
  EXPECT_EQ(opportunity.outcome(), Opportunity::RENEWED);
  EXPECT_EQ(opportunity.close_time().seconds(), 1705000000);
  EXPECT_EQ(opportunity.closed_arr().micros(), 10000000);
  EXPECT_EQ(opportunity.weighted_arr().micros(), 9000000);
  EXPECT_EQ(Get<Subscription>("accounts/a/subscriptions/s").open_opportunity(), "");

  // Nobody recorded why: nothing is made up.
  EXPECT_EQ(CountsOf(Import({With(kClosed, R"(
      name: "accounts/a/opportunities/p" outcome: CHURNED closed_arr { micros: 0 })")})),
            "1 0 0 0 0");
  EXPECT_EQ(Get<Opportunity>("accounts/a/opportunities/p").churn_reason(), v1::UNKNOWN);
}

// Nothing says of one that does not renew by itself that it went on, but a closed renewal.
TEST_P(ImportTest, SubscriptionsThatEndedGoOnWhereTheyWereRenewed) {
  const std::string by_hand = With(kSubscription, "auto_renew: false");
  Import({kAccount, kProduct, by_hand});
  const auto ended = Get<Subscription>("accounts/a/subscriptions/s");
  EXPECT_EQ(ended.state(), Subscription::PAST_DUE);
  EXPECT_EQ(FormatDate(ended.term_end_date()), "2024-03-01");
  EXPECT_EQ(CountsOf(Import({kClosed})), "1 0 0 0 0");
  const auto renewed = Get<Subscription>("accounts/a/subscriptions/s");
  EXPECT_EQ(renewed.state(), Subscription::ACTIVE);
  EXPECT_EQ(FormatDate(renewed.term_end_date()), "2025-03-01");
  EXPECT_EQ(CountsOf(Import({by_hand, kClosed})), "0 0 2 0 0");
}

constexpr char kChampion[] =
    R"(contact { name: "accounts/a/contacts/c" display_name: "C" roles: CHAMPION })";

std::string TouchAt(const std::string& id, int64_t seconds) {
  return absl::StrCat("touch { name: 'accounts/a/touches/", id,
                      "' channel: PHONE direction: OUTBOUND disposition: CONNECTED intent: GIVE "
                      "contacts: 'accounts/a/contacts/c' touch_time { seconds: ",
                      seconds, " } }");
}

TEST_P(ImportTest, TouchesReachClosedOpportunities) {
  Import({kAccount, kProduct, kSubscription, kChampion, TouchAt("before", 1699999999),
          TouchAt("after", 1705000001), TouchAt("within", 1704000000), kClosed});
  const auto opportunity = Get<Opportunity>("accounts/a/opportunities/o");
  EXPECT_EQ(opportunity.reach_time().seconds(), 1704000000);
}

TEST_P(ImportTest, TouchesReachClosedOpportunitiesThatWereThereBefore) {
  Import({kAccount, kProduct, kSubscription, kChampion, kClosed});
  Import({TouchAt("before", 1699999999), TouchAt("after", 1705000001)});
  EXPECT_FALSE(Get<Opportunity>("accounts/a/opportunities/o").reached());
  Import({TouchAt("later", 1704000000), TouchAt("first", 1703000000)});
  const auto opportunity = Get<Opportunity>("accounts/a/opportunities/o");
  EXPECT_TRUE(opportunity.reached());
  EXPECT_EQ(opportunity.reach_time().seconds(), 1703000000);
}

// Until a touch shows it.
TEST_P(ImportTest, SaysWhereReachIsTakenOverFromTheImport) {
  const auto reach = [this] {
    const auto opportunity = Get<Opportunity>("accounts/a/opportunities/o");
    return absl::StrCat(opportunity.reached(), " ", opportunity.reach_imported(), " ",
                        opportunity.reach_time().seconds());
  };
  const auto reached = [](const char* text) {
    return With(text, "reached: true reach_time { seconds: 1703500000 }");
  };
  Import({kAccount, kProduct, kSubscription, kChampion, reached(kClosed)});
  EXPECT_EQ(reach(), "1 1 1703500000");
  Import({TouchAt("later", 1704000000)});
  EXPECT_EQ(reach(), "1 1 1703500000");
  Import({reached(kClosed)});
  EXPECT_EQ(reach(), "1 1 1703500000");
  Import({TouchAt("then", 1703500000)});
  EXPECT_EQ(reach(), "1 0 1703500000");
}

TEST_P(ImportTest, SaysOfOpenOnesWhereReachIsTakenOverFromTheImport) {
  const auto reach = [this] {
    const auto opportunity = Get<Opportunity>("accounts/a/opportunities/o");
    return absl::StrCat(opportunity.reached(), " ", opportunity.reach_imported(), " ",
                        opportunity.reach_time().seconds());
  };
  const std::string open = With(kOpen, "reached: true reach_time { seconds: 1733000000 }");
  Import({kAccount, kProduct, kSubscription, kChampion, open});
  EXPECT_EQ(reach(), "1 1 1733000000");
  Import({TouchAt("later", 1734000000)});
  EXPECT_EQ(reach(), "1 1 1733000000");
  Import({TouchAt("earlier", 1732000000)});
  EXPECT_EQ(reach(), "1 0 1732000000");
}

TEST_P(ImportTest, TouchesReachOpenOpportunities) {
  Import({kAccount, kProduct, kSubscription, kOpen,
          R"(contact { name: "accounts/a/contacts/c" display_name: "C" roles: CHAMPION })"});
  EXPECT_FALSE(Get<Opportunity>("accounts/a/opportunities/o").reached());
  EXPECT_EQ(CountsOf(Import({R"(touch {
      name: "accounts/a/touches/t" channel: PHONE direction: OUTBOUND disposition: CONNECTED
      intent: GIVE contacts: "accounts/a/contacts/c" touch_time { seconds: 1732000000 } })"})),
            "1 0 0 0 0");
  const auto opportunity = Get<Opportunity>("accounts/a/opportunities/o");
  EXPECT_TRUE(opportunity.reached());
  EXPECT_EQ(opportunity.reach_time().seconds(), 1732000000);
}

// --- the chunk ---

TEST_P(ImportTest, ValidateOnlyWritesNothing) {
  EXPECT_EQ(CountsOf(Import({kAccount, kProduct, kSubscription}, true)), "3 0 0 0 0");
  EXPECT_THAT(All<v1::Account>(), IsEmpty());
  const ImportResponse response = Import({kAccount, R"(account { name: "accounts/b" })"}, true);
  EXPECT_EQ(CountsOf(response), "0 0 0 1 1");
}

TEST_P(ImportTest, ChunksAreBounded) {
  ImportRequest request;
  for (int i = 0; i < 1001; ++i) {
    v1::Account& account = *request.add_rows()->mutable_resource()->mutable_account();
    account.set_name(absl::StrCat("accounts/a", i));
    account.set_display_name("A");
  }
  const auto answer = registry_->methods()
                          .find("perennial.v1.ImportService.Import")
                          ->second.run(request.SerializeAsString(), Call());
  EXPECT_TRUE(absl::IsInvalidArgument(answer.status())) << answer.status();
  request.mutable_rows()->RemoveLast();
  EXPECT_EQ(CountsOf(Run(request)), "1000 0 0 0 0");
}

}  // namespace
}  // namespace perennial
