#include "lib/domain/subscriptions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/playbooks.h"
#include "tests/support/parse_text.h"

namespace perennial {
namespace {

using absl::CivilDay;
using testing::ElementsAre;
using v1::ArrMovement;
using v1::Opportunity;
using v1::Subscription;

Subscription Starting(CivilDay start, int term_months) {
  Subscription subscription;
  *subscription.mutable_start_date() = ToDate(start);
  subscription.set_term_months(term_months);
  SetTermHolding(start, subscription);
  return subscription;
}

CivilDay Start(const Subscription& subscription) {
  return ToCivilDay(subscription.term_start_date());
}
CivilDay End(const Subscription& subscription) { return ToCivilDay(subscription.term_end_date()); }

TEST(TermTest, EndsOnTheDayTheNextBegins) {
  const Subscription subscription = Starting(CivilDay(2025, 3, 15), 12);
  EXPECT_EQ(Start(subscription), CivilDay(2025, 3, 15));
  EXPECT_EQ(End(subscription), CivilDay(2026, 3, 15));
}

TEST(TermTest, ThirtyFirstComesBackAfterAShortMonth) {
  Subscription subscription = Starting(CivilDay(2025, 1, 31), 1);
  std::vector<CivilDay> ends;
  for (int i = 0; i < 4; ++i) {
    ends.push_back(End(subscription));
    RollTerm(subscription);
    EXPECT_EQ(Start(subscription), ends.back());
  }
  EXPECT_THAT(ends, ElementsAre(CivilDay(2025, 2, 28), CivilDay(2025, 3, 31), CivilDay(2025, 4, 30),
                                CivilDay(2025, 5, 31)));
}

TEST(TermTest, LeapDayComesBackInTheNextLeapYear) {
  Subscription subscription = Starting(CivilDay(2024, 2, 29), 12);
  EXPECT_EQ(End(subscription), CivilDay(2025, 2, 28));
  for (int i = 0; i < 3; ++i) RollTerm(subscription);
  EXPECT_EQ(Start(subscription), CivilDay(2027, 2, 28));
  EXPECT_EQ(End(subscription), CivilDay(2028, 2, 29));
}

TEST(TermTest, TheDayItEndsIsInTheNextOne) {
  Subscription subscription = Starting(CivilDay(2025, 1, 31), 1);
  SetTermHolding(CivilDay(2025, 2, 27), subscription);
  EXPECT_EQ(Start(subscription), CivilDay(2025, 1, 31));
  SetTermHolding(CivilDay(2025, 2, 28), subscription);
  EXPECT_EQ(Start(subscription), CivilDay(2025, 2, 28));
}

TEST(TermTest, BeforeTheStartItIsTheFirst) {
  Subscription subscription = Starting(CivilDay(2025, 6, 1), 12);
  SetTermHolding(CivilDay(1999, 1, 1), subscription);
  EXPECT_EQ(Start(subscription), CivilDay(2025, 6, 1));
}

// Terms of any length from any day cover time without gap or overlap, and the one that is set holds
// the day that was asked for.
TEST(TermTest, CoversEveryDayOnce) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    const CivilDay start = CivilDay(2000, 1, 1) + static_cast<int>(random() % 20000);
    Subscription subscription = Starting(start, 1 + static_cast<int>(random() % 120));
    const CivilDay day = start + static_cast<int>(random() % 20000);
    SetTermHolding(day, subscription);
    EXPECT_LE(Start(subscription), day);
    EXPECT_LT(day, End(subscription));

    const CivilDay end = End(subscription);
    Subscription rolled = subscription;
    RollTerm(rolled);
    EXPECT_EQ(Start(rolled), end);
    Subscription held = subscription;
    SetTermHolding(end, held);
    EXPECT_EQ(held.SerializeAsString(), rolled.SerializeAsString());
  }
}

TEST(TermTest, KeepsItsDayBeyondARenewalOnAShorterOne) {
  Subscription renewed = Starting(CivilDay(2025, 2, 28), 6);
  renewed.set_anchor_day(31);
  SetTerm(0, renewed);
  EXPECT_EQ(Start(renewed), CivilDay(2025, 2, 28));
  EXPECT_EQ(End(renewed), CivilDay(2025, 8, 31));
  RollTerm(renewed);
  EXPECT_EQ(End(renewed), CivilDay(2026, 2, 28));
  SetTermHolding(CivilDay(2028, 3, 1), renewed);
  EXPECT_EQ(Start(renewed), CivilDay(2028, 2, 29));
}

TEST(TermTest, OfOneThatWasEnteredLaterFollowsFromFacts) {
  const CivilDay today(2025, 6, 2);
  Subscription subscription = Starting(CivilDay(2023, 6, 1), 12);
  SetTermAndState(today, subscription);
  EXPECT_EQ(End(subscription), CivilDay(2024, 6, 1)) << "nothing says that it went on";
  EXPECT_EQ(subscription.state(), Subscription::PAST_DUE);
  subscription.set_auto_renew(true);
  SetTermAndState(today, subscription);
  EXPECT_EQ(End(subscription), CivilDay(2026, 6, 1));
  EXPECT_EQ(subscription.state(), Subscription::ACTIVE);
  *subscription.mutable_end_date() = ToDate(CivilDay(2025, 6, 1));
  SetTermAndState(today, subscription);
  EXPECT_EQ(End(subscription), CivilDay(2025, 6, 1)) << "its last";
  EXPECT_EQ(subscription.state(), Subscription::CANCELLED);

  Subscription current = Starting(CivilDay(2024, 6, 3), 12);
  SetTermAndState(today, current);
  EXPECT_EQ(current.state(), Subscription::ACTIVE);
  SetTermAndState(today + 1, current);
  EXPECT_EQ(current.state(), Subscription::PAST_DUE) << "the day after its last";
}

TEST(TermTest, GoesOnWhereItWasRenewedElsewhere) {
  Subscription subscription = Starting(CivilDay(2023, 6, 1), 12);
  RollBeyond(CivilDay(2024, 5, 1), subscription);  // with others of its bundle
  EXPECT_EQ(Start(subscription), CivilDay(2024, 6, 1));
  RollBeyond(CivilDay(2024, 6, 1), subscription);
  EXPECT_EQ(Start(subscription), CivilDay(2024, 6, 1)) << "told twice";
  RollBeyond(CivilDay(2023, 6, 1), subscription);
  EXPECT_EQ(Start(subscription), CivilDay(2024, 6, 1)) << "told of an earlier one";
}

TEST(TermTest, IsAlignedWithProration) {
  Subscription subscription = Starting(CivilDay(2025, 3, 15), 12);
  *subscription.mutable_arr() = MakeMoney("USD", 1000'000'000);
  Subscription with = Starting(CivilDay(2024, 8, 31), 6);
  with.set_auto_renew(true);
  SetTermAndState(CivilDay(2025, 3, 1), with);  // until 31 August
  Subscription shorter = subscription;
  EXPECT_EQ(*EndTermOn(End(with), &with, shorter), MakeMoney("USD", -536'990'000)) << "196 days";
  EXPECT_EQ(End(shorter), CivilDay(2025, 8, 31));
  shorter.set_term_months(6);
  RollTerm(shorter);
  EXPECT_EQ(End(shorter), CivilDay(2026, 2, 28));
  RollTerm(shorter);
  EXPECT_EQ(End(shorter), CivilDay(2026, 8, 31));

  Subscription longer = subscription;
  EXPECT_EQ(*EndTermOn(CivilDay(2026, 12, 1), nullptr, longer), MakeMoney("USD", 715'070'000));
  RollTerm(longer);
  EXPECT_EQ(End(longer), CivilDay(2027, 12, 1));
}

TEST(IsInForceTest, WhileActiveOrPastDue) {
  for (int state = 0; state < Subscription::State_ARRAYSIZE; ++state) {
    Subscription subscription;
    subscription.set_state(static_cast<Subscription::State>(state));
    EXPECT_EQ(IsInForce(subscription),
              state == Subscription::ACTIVE || state == Subscription::PAST_DUE);
  }
}

TEST(ReverseTest, TakesAMovementBackOnItsDay) {
  ArrMovement movement =
      MakeMovement(ParseText<Subscription>("name: 'accounts/a/subscriptions/s'"),
                   CivilDay(2025, 5, 1), MakeMoney("USD", 5), ArrMovement::EXPANSION);
  movement.set_name("accounts/a/arrMovements/m");
  movement.set_opportunity("accounts/a/opportunities/o");
  const ArrMovement reversal = Reverse(movement);
  EXPECT_EQ(Add(movement.delta(), reversal.delta())->micros(), 0);
  EXPECT_EQ(reversal.cause(), ArrMovement::REVERSAL);
  EXPECT_EQ(reversal.reverses(), movement.name());
  EXPECT_EQ(reversal.subscription(), movement.subscription());
  EXPECT_EQ(reversal.opportunity(), movement.opportunity());
  EXPECT_EQ(ToCivilDay(reversal.effective_date()), CivilDay(2025, 5, 1));
  EXPECT_TRUE(reversal.name().empty());
}

TEST(EffectiveDayTest, IsTheRenewalDateOrTodayIfLater) {
  const CivilDay renewal(2025, 6, 1);
  EXPECT_EQ(EffectiveDay(renewal, renewal - 1), renewal);
  EXPECT_EQ(EffectiveDay(renewal, renewal), renewal);
  EXPECT_EQ(EffectiveDay(renewal, renewal + 1), renewal + 1);
}

TEST(ExclusionTest, LeavesOutTrialsAndTermsShorterThanTheLeadTime) {
  const v1::Playbook playbook = DefaultPlaybook();  // 120 days
  EXPECT_EQ(ExclusionFor(Starting(CivilDay(2025, 1, 1), 12), playbook),
            Subscription::EXCLUSION_REASON_UNSPECIFIED);
  EXPECT_EQ(ExclusionFor(Starting(CivilDay(2025, 1, 1), 3), playbook),
            Subscription::TERM_SHORTER_THAN_LEAD_TIME);
  // Four months from 1 February are 120 days, and 121 in a leap year.
  EXPECT_EQ(ExclusionFor(Starting(CivilDay(2025, 2, 1), 4), playbook),
            Subscription::EXCLUSION_REASON_UNSPECIFIED);
  v1::Playbook longer = playbook;
  longer.set_lead_days(121);
  EXPECT_EQ(ExclusionFor(Starting(CivilDay(2025, 2, 1), 4), longer),
            Subscription::TERM_SHORTER_THAN_LEAD_TIME);
  EXPECT_EQ(ExclusionFor(Starting(CivilDay(2024, 2, 1), 4), longer),
            Subscription::EXCLUSION_REASON_UNSPECIFIED);

  Subscription trial = Starting(CivilDay(2025, 1, 1), 1);
  trial.set_trial(true);
  EXPECT_EQ(ExclusionFor(trial, playbook), Subscription::TRIAL);
}

TEST(ExclusionTest, JudgesTheTermAndNotWhatAnAlignmentLeftOfIt) {
  Subscription aligned = Starting(CivilDay(2025, 1, 1), 12);
  ASSERT_TRUE(EndTermOn(CivilDay(2025, 4, 1), nullptr, aligned).ok());
  EXPECT_EQ(ExclusionFor(aligned, DefaultPlaybook()), Subscription::EXCLUSION_REASON_UNSPECIFIED);
  Subscription monthly = Starting(CivilDay(2025, 1, 1), 1);
  ASSERT_TRUE(EndTermOn(CivilDay(2025, 12, 1), nullptr, monthly).ok());
  EXPECT_EQ(ExclusionFor(monthly, DefaultPlaybook()), Subscription::TERM_SHORTER_THAN_LEAD_TIME);
}

TEST(ExclusionTest, LeavesOutNothingThatIsOverOrThatSomebodyIncluded) {
  Subscription monthly = Starting(CivilDay(2025, 1, 1), 1);
  monthly.set_state(Subscription::PAST_DUE);
  EXPECT_EQ(ExclusionFor(monthly, DefaultPlaybook()), Subscription::EXCLUSION_REASON_UNSPECIFIED);
  Subscription included = Starting(CivilDay(2025, 1, 1), 1);
  included.set_included(true);
  EXPECT_EQ(ExclusionFor(included, DefaultPlaybook()), Subscription::EXCLUSION_REASON_UNSPECIFIED);
}

TEST(IsUncoveredTest, FromTheFirstDayOfTheLeadTime) {
  const v1::Playbook playbook = DefaultPlaybook();
  Subscription subscription = Starting(CivilDay(2025, 1, 1), 12);
  subscription.set_state(Subscription::ACTIVE);
  const CivilDay first = End(subscription) - 120;
  EXPECT_FALSE(IsUncovered(subscription, playbook, first - 1));
  EXPECT_TRUE(IsUncovered(subscription, playbook, first));
  EXPECT_TRUE(IsUncovered(subscription, playbook, End(subscription) + 400));

  Subscription covered = subscription;
  covered.set_open_opportunity("accounts/a/opportunities/o");
  EXPECT_FALSE(IsUncovered(covered, playbook, first));
  Subscription excluded = subscription;
  excluded.set_exclusion_reason(Subscription::REPLACED);
  EXPECT_FALSE(IsUncovered(excluded, playbook, first));
  Subscription cancelled = subscription;
  cancelled.set_state(Subscription::CANCELLED);
  EXPECT_FALSE(IsUncovered(cancelled, playbook, first));
}

Subscription Ending(const std::string& id, CivilDay end, const std::string& currency = "USD") {
  Subscription subscription;
  subscription.set_name("accounts/a/subscriptions/" + id);
  *subscription.mutable_term_end_date() = ToDate(end);
  *subscription.mutable_arr() = MakeMoney(currency, 1'000'000);
  return subscription;
}

std::vector<std::string> Ids(const std::vector<std::vector<Subscription>>& bundles) {
  std::vector<std::string> ids;
  for (const auto& bundle : bundles) {
    std::string& line = ids.emplace_back();
    for (const Subscription& subscription : bundle) {
      line += subscription.name().substr(subscription.name().rfind('/') + 1);
    }
  }
  return ids;
}

TEST(BundleTest, JoinsWhatEndsWithinTheWindowOfTheEarliest) {
  const CivilDay day(2025, 6, 1);
  EXPECT_THAT(Ids(Bundle({Ending("d", day + 31), Ending("c", day + 30), Ending("a", day),
                          Ending("e", day + 61), Ending("b", day + 29)},
                         30)),
              // d is within 30 days of c, but the window counts from a; and e within d's.
              ElementsAre("abc", "de"));
}

TEST(BundleTest, HoldsNoMoreThanAnOpportunityCan) {
  const CivilDay day(2025, 1, 31);
  std::vector<Subscription> subscriptions;
  for (int i = 0; i < 401; ++i) subscriptions.push_back(Ending(absl::StrCat("s", i), day));
  const auto bundles = Bundle(subscriptions, 30);
  ASSERT_EQ(bundles.size(), 3u);
  EXPECT_EQ(bundles[0].size(), kMostInBundle);
  EXPECT_EQ(bundles[2].size(), 1u);
}

TEST(BundleTest, KeepsCurrenciesApart) {
  const CivilDay day(2025, 6, 1);
  EXPECT_THAT(Ids(Bundle({Ending("a", day), Ending("b", day, "EUR"), Ending("c", day + 1),
                          Ending("d", day + 2, "EUR")},
                         30)),
              ElementsAre("ac", "bd"));
}

TEST(BundleTest, WithNoWindowJoinsTheSameDayOnly) {
  const CivilDay day(2025, 6, 1);
  EXPECT_THAT(Ids(Bundle({Ending("b", day), Ending("a", day), Ending("c", day + 1)}, 0)),
              ElementsAre("ab", "c"));
  EXPECT_TRUE(Bundle({}, 30).empty());
}

// Nothing is lost, nothing stands twice, each bundle keeps to its window, and the order in which
// the subscriptions come does not matter.
TEST(BundleTest, HoldsEverySubscriptionOnceInAnyOrder) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    std::vector<Subscription> subscriptions;
    const int count = static_cast<int>(random() % 12);
    for (int i = 0; i < count; ++i) {
      subscriptions.push_back(Ending(std::string(1, static_cast<char>('a' + i)),
                                     CivilDay(2025, 1, 1) + static_cast<int>(random() % 120),
                                     random() % 3 == 0 ? "EUR" : "USD"));
    }
    const int window = static_cast<int>(random() % 60);
    const auto bundles = Bundle(subscriptions, window);
    std::set<std::string> names;
    for (const auto& bundle : bundles) {
      for (const Subscription& subscription : bundle) {
        EXPECT_TRUE(names.insert(subscription.name()).second);
        EXPECT_LE(End(bundle.front()), End(subscription));
        EXPECT_LE(End(subscription) - End(bundle.front()), window);
        EXPECT_EQ(subscription.arr().currency_code(), bundle.front().arr().currency_code());
      }
    }
    EXPECT_EQ(names.size(), subscriptions.size());
    std::shuffle(subscriptions.begin(), subscriptions.end(), random);
    EXPECT_EQ(Ids(Bundle(subscriptions, window)), Ids(bundles));
  }
}

TEST(FitsBundleTest, GoesByAllThatAreInIt) {
  const CivilDay day(2025, 6, 1);
  const std::vector<Subscription> bundle = {Ending("b", day + 20), Ending("a", day)};
  EXPECT_TRUE(FitsBundle(bundle, Ending("c", day + 30), 30));
  EXPECT_FALSE(FitsBundle(bundle, Ending("c", day + 31), 30));
  EXPECT_TRUE(FitsBundle(bundle, Ending("c", day - 10), 30));
  EXPECT_FALSE(FitsBundle(bundle, Ending("c", day - 11), 30)) << "31 days before b";
  EXPECT_FALSE(FitsBundle(bundle, Ending("c", day, "EUR"), 30));
}

TEST(SetRenewalTest, SumsTheArrAndTakesTheEarliestDate) {
  Opportunity opportunity;
  opportunity.set_probability_percent(50);
  ASSERT_TRUE(SetRenewal({Ending("a", CivilDay(2025, 6, 2)), Ending("b", CivilDay(2025, 6, 1))},
                         opportunity)
                  .ok());
  EXPECT_EQ(opportunity.arr(), MakeMoney("USD", 2'000'000));
  EXPECT_EQ(opportunity.forecast_arr(), MakeMoney("USD", 2'000'000));
  EXPECT_EQ(opportunity.weighted_arr(), MakeMoney("USD", 1'000'000));
  EXPECT_EQ(ToCivilDay(opportunity.renewal_date()), CivilDay(2025, 6, 1));
}

TEST(SetRenewalTest, AForecastByHandStays) {
  Opportunity opportunity;
  const CivilDay day(2025, 6, 1);
  ASSERT_TRUE(SetRenewal({Ending("a", day)}, opportunity).ok());
  ASSERT_TRUE(SetRenewal({Ending("a", day), Ending("b", day)}, opportunity).ok());
  EXPECT_EQ(opportunity.forecast_arr(), MakeMoney("USD", 2'000'000));  // followed
  *opportunity.mutable_forecast_arr() = MakeMoney("USD", 7);
  ASSERT_TRUE(SetRenewal({Ending("a", day)}, opportunity).ok());
  EXPECT_EQ(opportunity.arr(), MakeMoney("USD", 1'000'000));
  EXPECT_EQ(opportunity.forecast_arr(), MakeMoney("USD", 7));
}

TEST(SetRenewalTest, RefusesWhatCannotBeAdded) {
  Opportunity opportunity;
  const CivilDay day(2025, 6, 1);
  EXPECT_FALSE(SetRenewal({Ending("a", day), Ending("b", day, "EUR")}, opportunity).ok());
  Subscription huge = Ending("a", day);
  huge.mutable_arr()->set_micros(1'000'000'000'000'000'000);
  EXPECT_FALSE(SetRenewal({huge, huge}, opportunity).ok());
}

}  // namespace
}  // namespace perennial
