#include "lib/domain/closing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/subscriptions.h"
#include "tests/support/parse_text.h"

namespace perennial {
namespace {

using absl::CivilDay;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using v1::ArrMovement;
using v1::Offer;
using v1::Opportunity;
using v1::Playbook;
using v1::Proposal;
using v1::Subscription;
using v1::Touch;

const CivilDay kRenewal(2025, 6, 1);

Subscription MakeSubscription(const std::string& id, int64_t arr_micros) {
  Subscription subscription = ParseText<Subscription>(R"(
    product: "products/p" seats: 10 start_date { year: 2024 month: 6 day: 1 } term_months: 12
    auto_renew: true notice_days: 30 state: ACTIVE labels { key: "tier" value: "gold" }
    open_opportunity: "accounts/acme/opportunities/o")");
  subscription.set_name("accounts/acme/subscriptions/" + id);
  *subscription.mutable_arr() = MakeMoney("USD", arr_micros);
  SetTermHolding(CivilDay(2025, 1, 1), subscription);
  return subscription;
}

Opportunity MakeOpportunity(const std::vector<Subscription>& subscriptions) {
  Opportunity opportunity;
  opportunity.set_name("accounts/acme/opportunities/o");
  for (const Subscription& subscription : subscriptions) {
    opportunity.add_subscriptions(subscription.name());
  }
  EXPECT_TRUE(SetRenewal(subscriptions, opportunity).ok());
  return opportunity;
}

Offer MakeOffer(const std::string& text) {
  Offer offer = ParseText<Offer>(text);
  offer.set_name("accounts/acme/opportunities/o/offers/x");
  return offer;
}

Proposal MakeProposal(Proposal::Type type, int64_t micros, const std::string& text) {
  Proposal proposal = ParseText<Proposal>(text);
  proposal.set_name("accounts/acme/opportunities/o/proposals/p");
  proposal.set_type(type);
  *proposal.mutable_arr() = MakeMoney("USD", micros);
  return proposal;
}

absl::StatusOr<Closing> Renew(const std::vector<Subscription>& subscriptions, const Offer& offer,
                              const std::vector<Proposal>& proposals = {},
                              CivilDay today = kRenewal - 10) {
  int ids = 0;
  return PlanRenewal(MakeOpportunity(subscriptions), subscriptions, offer, proposals,
                     {today, today}, [&] { return absl::StrCat("new", ++ids); });
}

std::string AccountOf(const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  return parts[1];
}

std::map<std::string, int64_t> ByAccount(const std::vector<ArrMovement>& movements) {
  std::map<std::string, int64_t> sums;
  for (const ArrMovement& movement : movements) {
    sums[AccountOf(movement.subscription())] += movement.delta().micros();
  }
  return sums;
}

// --- Offers ---

TEST(CompleteOfferTest, SharesOutInProportionToTheMicro) {
  Offer offer = MakeOffer("arr { currency_code: 'USD' micros: 100 }");
  ASSERT_TRUE(
      CompleteOffer({MakeSubscription("a", 1), MakeSubscription("b", 1), MakeSubscription("c", 1)},
                    offer)
          .ok());
  ASSERT_EQ(offer.lines_size(), 3);
  EXPECT_EQ(offer.lines(0).arr(), MakeMoney("USD", 34));
  EXPECT_EQ(offer.lines(1).arr(), MakeMoney("USD", 33));
  EXPECT_EQ(offer.lines(2).arr(), MakeMoney("USD", 33));
}

TEST(CompleteOfferTest, SumsTheLines) {
  Offer offer = MakeOffer(R"(
    lines { subscription: "accounts/acme/subscriptions/b" arr { currency_code: "USD" micros: 7 } }
    lines { subscription: "accounts/acme/subscriptions/a" arr { currency_code: "USD" micros: 5 } })");
  ASSERT_TRUE(CompleteOffer({MakeSubscription("a", 1), MakeSubscription("b", 1)}, offer).ok());
  EXPECT_EQ(offer.arr(), MakeMoney("USD", 12));
}

TEST(CompleteOfferTest, RefusesWhatDoesNotFitTheSubscriptions) {
  const std::string a = "lines { subscription: 'accounts/acme/subscriptions/a' arr {";
  const std::string b = "lines { subscription: 'accounts/acme/subscriptions/b' arr {";
  const std::string usd = " currency_code: 'USD' micros: 5 } } ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "offer.arr"},
      {"arr { currency_code: 'USD' micros: -1 }", "offer.arr"},
      {"arr { currency_code: 'EUR' micros: 1 }", "offer.arr.currency_code"},
      {a + usd, "offer.lines"},
      {a + usd + a + usd, "offer.lines[1].subscription"},
      {a + usd + b + usd + "lines { subscription: 'accounts/acme/subscriptions/c' }",
       "offer.lines[2].subscription"},
      {a + usd + b + "currency_code: 'USD' micros: -5 } }", "offer.lines[1].arr"},
      {a + usd + b + "currency_code: 'EUR' micros: 5 } }", "offer.lines[1].arr.currency_code"},
      {a + usd + b + "currency_code: 'EUR' } }", "offer.lines[1].arr.currency_code"},
      {a + usd + b + usd + "arr { currency_code: 'USD' micros: 11 }", "offer.arr"},
      {a + usd + b + usd + "arr { currency_code: 'EUR' micros: 10 }", "offer.arr.currency_code"},
  };
  for (const auto& [text, field] : cases) {
    Offer offer = MakeOffer(text);
    const absl::Status status =
        CompleteOffer({MakeSubscription("a", 1), MakeSubscription("b", 1)}, offer);
    EXPECT_EQ(ReasonOf(status), v1::INVALID_FIELD) << text;
    const std::vector<FieldViolation> violations = ViolationsOf(status);
    ASSERT_THAT(violations, SizeIs(1)) << text;
    EXPECT_EQ(violations[0].field, field) << text;
  }
}

TEST(CompleteOfferTest, MayBeFreeOfCharge) {
  for (const char* text : {"arr {}", "lines { subscription: 'accounts/acme/subscriptions/a' }"}) {
    Offer offer = MakeOffer(text);
    ASSERT_TRUE(CompleteOffer({MakeSubscription("a", 1)}, offer).ok());
    EXPECT_EQ(offer.arr(), MakeMoney("USD", 0));
    EXPECT_EQ(offer.lines(0).arr(), MakeMoney("USD", 0));
  }
}

TEST(CompleteOfferTest, SharesAddUpAndKeepTheOrderOfSizes) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<Subscription> subscriptions;
    const uint64_t count = 1 + random() % 20;
    for (uint64_t i = 0; i < count; ++i) {
      const int64_t arr =
          random() % 4 == 0 ? 0 : static_cast<int64_t>(random() % 1'000'000'000'000);
      subscriptions.push_back(MakeSubscription(absl::StrCat("s", i), arr));
    }
    const int64_t total = static_cast<int64_t>(random() % 1'000'000'000'000'000);
    Offer offer;
    *offer.mutable_arr() = MakeMoney("USD", total);
    ASSERT_TRUE(CompleteOffer(subscriptions, offer).ok());
    int64_t sum = 0;
    for (int i = 0; i < offer.lines_size(); ++i) {
      const int64_t share = offer.lines(i).arr().micros();
      EXPECT_GE(share, 0);
      sum += share;
      for (int j = 0; j < i; ++j) {
        if (subscriptions[i].arr().micros() > subscriptions[j].arr().micros()) {
          EXPECT_GE(share, offer.lines(j).arr().micros());
        }
      }
    }
    EXPECT_EQ(sum, total);
  }
}

// --- Renewals ---

TEST(PlanRenewalTest, WritesTheNewTermsAndPointsBothWays) {
  const Subscription old = MakeSubscription("s", 1'000);
  Offer offer = MakeOffer("term_months: 24 arr { currency_code: 'USD' micros: 1200 }");
  ASSERT_TRUE(CompleteOffer({old}, offer).ok());
  offer.mutable_lines(0)->set_seats(12);
  const absl::StatusOr<Closing> closing = Renew({old}, offer);
  ASSERT_TRUE(closing.ok()) << closing.status();

  ASSERT_THAT(closing->created, SizeIs(1));
  const Subscription& next = closing->created[0];
  EXPECT_EQ(next.name(), "accounts/acme/subscriptions/new1");
  EXPECT_EQ(next.renews(), old.name());
  EXPECT_EQ(next.state(), Subscription::ACTIVE);
  EXPECT_EQ(next.product(), old.product());
  EXPECT_EQ(next.seats(), 12);
  EXPECT_EQ(next.arr(), MakeMoney("USD", 1'200));
  EXPECT_EQ(ToCivilDay(next.start_date()), kRenewal);
  EXPECT_EQ(ToCivilDay(next.term_start_date()), kRenewal);
  EXPECT_EQ(ToCivilDay(next.term_end_date()), CivilDay(2027, 6, 1));
  EXPECT_TRUE(next.auto_renew());
  EXPECT_EQ(next.notice_days(), 30);
  EXPECT_EQ(next.labels().at("tier"), "gold");
  EXPECT_TRUE(next.open_opportunity().empty());

  ASSERT_THAT(closing->ended, SizeIs(1));
  EXPECT_EQ(closing->ended[0].state(), Subscription::RENEWED);
  EXPECT_EQ(closing->ended[0].renewed_by(), next.name());
  EXPECT_EQ(ToCivilDay(closing->ended[0].end_date()), kRenewal);
  EXPECT_TRUE(closing->ended[0].open_opportunity().empty());

  EXPECT_EQ(closing->closed_arr, MakeMoney("USD", 1'200));
  ASSERT_THAT(closing->movements, SizeIs(2));
  for (const ArrMovement& movement : closing->movements) {
    EXPECT_EQ(movement.cause(), ArrMovement::RENEWAL);
    EXPECT_EQ(movement.opportunity(), "accounts/acme/opportunities/o");
    EXPECT_EQ(ToCivilDay(movement.effective_date()), kRenewal);
  }
  EXPECT_EQ(closing->movements[0].delta(), MakeMoney("USD", -1'000));
  EXPECT_EQ(closing->movements[1].delta(), MakeMoney("USD", 1'200));
}

TEST(PlanRenewalTest, UnchangedTermsKeepTermSeatsAndArr) {
  Subscription yearly = MakeSubscription("y", 1'000);
  yearly.set_auto_renew(false);
  Subscription longer = MakeSubscription("l", 2'000);
  longer.set_term_months(36);
  const std::vector<Subscription> subscriptions = {yearly, longer};
  const absl::StatusOr<Closing> closing =
      Renew(subscriptions, UnchangedTerms(subscriptions, kRenewal - 10));
  ASSERT_TRUE(closing.ok());
  ASSERT_THAT(closing->created, SizeIs(2));
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(closing->created[i].term_months(), subscriptions[i].term_months());
    EXPECT_EQ(closing->created[i].seats(), subscriptions[i].seats());
    EXPECT_EQ(closing->created[i].arr(), subscriptions[i].arr());
    EXPECT_EQ(closing->created[i].auto_renew(), subscriptions[i].auto_renew());
  }
  EXPECT_EQ(closing->closed_arr, MakeMoney("USD", 3'000));
  EXPECT_EQ(ByAccount(closing->movements)["acme"], 0);
}

TEST(PlanRenewalTest, OfALateDecisionTheTermStaysAndTheLedgerMovesToday) {
  const Subscription old = MakeSubscription("s", 1'000);
  const absl::StatusOr<Closing> closing =
      Renew({old}, UnchangedTerms({old}, kRenewal - 10), {}, kRenewal + 9);
  ASSERT_TRUE(closing.ok());
  EXPECT_EQ(ToCivilDay(closing->created[0].start_date()), kRenewal);
  EXPECT_EQ(ToCivilDay(closing->ended[0].end_date()), kRenewal + 9);
  for (const ArrMovement& movement : closing->movements) {
    EXPECT_EQ(ToCivilDay(movement.effective_date()), kRenewal + 9);
  }
}

TEST(PlanRenewalTest, AnUpsellEnlargesWhatRenewsItsSubscription) {
  const std::vector<Subscription> both = {MakeSubscription("a", 1'000), MakeSubscription("b", 500)};
  const absl::StatusOr<Closing> closing =
      Renew(both, UnchangedTerms(both, kRenewal - 10),
            {MakeProposal(Proposal::UPSELL, 70,
                          "subscription: 'accounts/acme/subscriptions/b' seats: 5")});
  ASSERT_TRUE(closing.ok());
  ASSERT_THAT(closing->created, SizeIs(2));
  EXPECT_EQ(closing->created[0].arr(), MakeMoney("USD", 1'000));
  EXPECT_EQ(closing->created[1].arr(), MakeMoney("USD", 570));
  EXPECT_EQ(closing->created[1].seats(), 15);
  EXPECT_EQ(closing->closed_arr, MakeMoney("USD", 1'570));
  const ArrMovement& expansion = closing->movements.back();
  EXPECT_EQ(expansion.cause(), ArrMovement::EXPANSION);
  EXPECT_EQ(expansion.subscription(), closing->created[1].name());
  EXPECT_EQ(expansion.delta(), MakeMoney("USD", 70));
}

TEST(PlanRenewalTest, CrossSalesBecomeNewSubscriptionsWhereTheyWereSold) {
  const Subscription old = MakeSubscription("a", 1'000);
  const absl::StatusOr<Closing> closing = Renew(
      {old}, UnchangedTerms({old}, kRenewal - 10),
      {MakeProposal(Proposal::CROSS_SELL, 70, "product: 'products/q' seats: 5 term_months: 6"),
       MakeProposal(Proposal::CROSS_DIVISION, 30,
                    "product: 'products/q' target_account: 'accounts/division'")});
  ASSERT_TRUE(closing.ok());
  ASSERT_THAT(closing->created, SizeIs(3));
  const Subscription& sold = closing->created[1];
  EXPECT_EQ(sold.name(), "accounts/acme/subscriptions/new2");
  EXPECT_EQ(sold.product(), "products/q");
  EXPECT_EQ(sold.seats(), 5);
  EXPECT_EQ(ToCivilDay(sold.start_date()), kRenewal);
  EXPECT_EQ(ToCivilDay(sold.term_end_date()), CivilDay(2025, 12, 1));
  EXPECT_TRUE(sold.renews().empty());
  const Subscription& division = closing->created[2];
  EXPECT_EQ(division.name(), "accounts/division/subscriptions/new3");
  EXPECT_EQ(division.term_months(), 12);  // as long as the renewal's

  EXPECT_EQ(closing->closed_arr, MakeMoney("USD", 1'100));
  const auto sums = ByAccount(closing->movements);
  EXPECT_EQ(sums.at("acme"), 70);
  EXPECT_EQ(sums.at("division"), 30);
  EXPECT_EQ(closing->movements.back().cause(), ArrMovement::NEW);
}

TEST(PlanRenewalTest, RefusesAnOfferThatMissesASubscription) {
  const std::vector<Subscription> both = {MakeSubscription("a", 1), MakeSubscription("late", 1)};
  const absl::Status status = Renew(both, UnchangedTerms({both[0]}, kRenewal - 10)).status();
  EXPECT_EQ(ReasonOf(status), v1::WRONG_STATE);
  EXPECT_THAT(std::string(status.message()), HasSubstr("subscriptions/late"));
}

TEST(PlanRenewalTest, RefusesAnUpsellOfWhatIsNotUpForRenewal) {
  const Subscription old = MakeSubscription("a", 1);
  const absl::Status status =
      Renew({old}, UnchangedTerms({old}, kRenewal - 10),
            {MakeProposal(Proposal::UPSELL, 70, "subscription: 'accounts/acme/subscriptions/z'")})
          .status();
  EXPECT_EQ(ReasonOf(status), v1::WRONG_STATE);
  EXPECT_THAT(std::string(status.message()), HasSubstr("subscriptions/z"));
}

TEST(PlanRenewalTest, RefusesMoreSeatsThanASubscriptionMayHave) {
  const Subscription old = MakeSubscription("a", 1);  // 10 seats
  const auto more = [&](int seats) {
    const std::string text = absl::StrCat("seats: ", seats, " subscription: '", old.name(), "'");
    return Renew({old}, UnchangedTerms({old}, kRenewal - 10),
                 {MakeProposal(Proposal::UPSELL, 1, text)})
        .status();
  };
  EXPECT_TRUE(more(99'999'990).ok());
  EXPECT_EQ(ReasonOf(more(99'999'991)), v1::WRONG_STATE);
  EXPECT_THAT(std::string(more(99'999'991).message()), HasSubstr("100000000"));
}

TEST(PlanRenewalTest, RefusesSumsBeyondMoneysBounds) {
  const Subscription old = MakeSubscription("a", 1'000'000'000'000'000'000);
  EXPECT_FALSE(Renew({old}, UnchangedTerms({old}, kRenewal - 10),
                     {MakeProposal(Proposal::UPSELL, 1, "subscription: '" + old.name() + "'")})
                   .ok());
}

// Whatever is renewed and sold: the movements of each account add up to the difference of its ARR
// before and after, each subscription's to its own ARR, and the closed ARR is what is in force.
TEST(PlanRenewalTest, LedgerAddsUpToTheMicro) {
  std::mt19937_64 random(5);
  const auto micros = [&] {
    return random() % 5 == 0 ? 0 : static_cast<int64_t>(random() % 1'000'000'000'000);
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<Subscription> subscriptions;
    std::map<std::string, int64_t> expected_account;  // change of the account's ARR
    std::map<std::string, int64_t> expected;          // change of the subscription's
    const uint64_t count = 1 + random() % 6;
    for (uint64_t i = 0; i < count; ++i) {
      Subscription subscription = MakeSubscription(absl::StrCat("s", i), micros());
      *subscription.mutable_start_date() = ToDate(CivilDay(2024, 6, 1) + random() % 30);
      SetTermHolding(CivilDay(2025, 5, 1), subscription);
      subscriptions.push_back(subscription);
    }
    Offer offer;
    *offer.mutable_arr() = MakeMoney("USD", micros());
    offer.set_term_months(static_cast<int>(random() % 37));
    ASSERT_TRUE(CompleteOffer(subscriptions, offer).ok());
    std::vector<Proposal> proposals;
    const uint64_t proposal_count = random() % 4;
    for (uint64_t i = 0; i < proposal_count; ++i) {
      proposals.push_back(MakeProposal(
          static_cast<Proposal::Type>(1 + random() % 3), 1 + micros(),
          absl::StrCat("product: 'products/q' target_account: 'accounts/division' subscription: '",
                       subscriptions[random() % subscriptions.size()].name(), "'")));
    }
    const CivilDay today = CivilDay(2025, 5, 1) + random() % 90;
    const absl::StatusOr<Closing> closing = Renew(subscriptions, offer, proposals, today);
    ASSERT_TRUE(closing.ok()) << closing.status();

    int64_t closed = 0;
    for (const Subscription& ended : closing->ended) {
      expected[ended.name()] -= ended.arr().micros();
      expected_account[AccountOf(ended.name())] -= ended.arr().micros();
    }
    for (const Subscription& created : closing->created) {
      expected[created.name()] += created.arr().micros();
      expected_account[AccountOf(created.name())] += created.arr().micros();
      closed += created.arr().micros();
    }
    for (const ArrMovement& movement : closing->movements) {
      EXPECT_NE(movement.delta().micros(), 0);
      EXPECT_GE(ToCivilDay(movement.effective_date()), today);
      expected[movement.subscription()] -= movement.delta().micros();
      expected_account[AccountOf(movement.subscription())] -= movement.delta().micros();
    }
    for (const auto& [name, difference] : expected) EXPECT_EQ(difference, 0) << name;
    for (const auto& [name, difference] : expected_account) EXPECT_EQ(difference, 0) << name;
    EXPECT_EQ(closing->closed_arr.micros(), closed);
    EXPECT_EQ(closing->ended.size(), subscriptions.size());
  }
}

// --- Churn ---

TEST(PlanChurnTest, EndsEverySubscriptionAndItsArr) {
  const std::vector<Subscription> subscriptions = {MakeSubscription("a", 1'000),
                                                   MakeSubscription("free", 0)};
  const Closing closing = PlanChurn(MakeOpportunity(subscriptions), subscriptions, v1::PRICE,
                                    "too dear", kRenewal - 10);
  EXPECT_THAT(closing.created, IsEmpty());
  EXPECT_EQ(closing.closed_arr, MakeMoney("USD", 0));
  ASSERT_THAT(closing.ended, SizeIs(2));
  for (const Subscription& ended : closing.ended) {
    EXPECT_EQ(ended.state(), Subscription::CANCELLED);
    EXPECT_EQ(ended.cancel_reason(), v1::PRICE);
    EXPECT_EQ(ended.cancel_note(), "too dear");
    EXPECT_EQ(ToCivilDay(ended.end_date()), kRenewal);
    EXPECT_TRUE(ended.open_opportunity().empty());
  }
  ASSERT_THAT(closing.movements, SizeIs(1));  // a movement of nothing is none
  EXPECT_EQ(closing.movements[0].delta(), MakeMoney("USD", -1'000));
  EXPECT_EQ(closing.movements[0].cause(), ArrMovement::CHURN);
  EXPECT_EQ(closing.movements[0].opportunity(), "accounts/acme/opportunities/o");
  EXPECT_EQ(ToCivilDay(closing.movements[0].effective_date()), kRenewal);
}

TEST(PlanChurnTest, OfALateDecisionItEndsToday) {
  const std::vector<Subscription> subscriptions = {MakeSubscription("a", 1'000)};
  const Closing closing =
      PlanChurn(MakeOpportunity(subscriptions), subscriptions, v1::PRICE, "", kRenewal + 3);
  EXPECT_EQ(ToCivilDay(closing.ended[0].end_date()), kRenewal + 3);
  EXPECT_EQ(ToCivilDay(closing.movements[0].effective_date()), kRenewal + 3);
}

TEST(PlanChurnTest, MovementsTakeOutAllThatWasThere) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 100; ++round) {
    std::vector<Subscription> subscriptions;
    int64_t before = 0;
    const uint64_t count = 1 + random() % 10;
    for (uint64_t i = 0; i < count; ++i) {
      subscriptions.push_back(MakeSubscription(absl::StrCat("s", i), random() % 1'000'000'000));
      before += subscriptions.back().arr().micros();
    }
    const Closing closing =
        PlanChurn(MakeOpportunity(subscriptions), subscriptions, v1::BUDGET, "", kRenewal);
    EXPECT_EQ(ByAccount(closing.movements)["acme"], -before);
  }
}

// --- Unreachable ---

absl::Status Unreachable(const std::vector<std::string>& touches,
                         const std::string& playbook = "") {
  std::vector<Touch> parsed;
  for (const std::string& touch : touches) parsed.push_back(ParseText<Touch>(touch));
  return CheckUnreachable(MakeOpportunity({MakeSubscription("a", 1)}),
                          ParseText<Playbook>(playbook), parsed);
}

TEST(CheckUnreachableTest, NeedsTheAttemptsOverTheChannels) {
  const std::string call = "direction: OUTBOUND channel: PHONE";
  const std::string mail = "direction: OUTBOUND channel: EMAIL";
  EXPECT_TRUE(Unreachable({call, call, call, call, mail}).ok());

  absl::Status status = Unreachable({call, call, call, mail});
  EXPECT_EQ(ReasonOf(status), v1::ATTEMPTS_MISSING);
  EXPECT_THAT(std::string(status.message()), HasSubstr("there were 4 over 2"));
  status = Unreachable({call, call, call, call, call, call});
  EXPECT_EQ(ReasonOf(status), v1::ATTEMPTS_MISSING);
  EXPECT_THAT(std::string(status.message()), HasSubstr("there were 6 over 1"));

  EXPECT_TRUE(Unreachable({call}, "unreachable_attempts: 1 unreachable_channels: 1").ok());
}

TEST(CheckUnreachableTest, WhatTheySentIsNoAttemptOfOurs) {
  const std::string mail = "direction: INBOUND channel: EMAIL";
  const std::string call = "direction: OUTBOUND channel: PHONE";
  EXPECT_EQ(ReasonOf(Unreachable({call, call, call, call, call, mail, mail})),
            v1::ATTEMPTS_MISSING);
}

}  // namespace
}  // namespace perennial
