// Subscriptions and their ledger: amended, cancelled, excluded, used.

#include <optional>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using testing::IsEmpty;
using v1::ArrMovement;
using v1::Opportunity;
using v1::Subscription;

constexpr absl::CivilDay kLongAfter(2099, 1, 1);

class SubscriptionsTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) customer_.emplace(api());
  }

  Customer& customer() { return *customer_; }

  absl::StatusOr<Subscription> Subscribe(const std::string& text) {
    v1::CreateSubscriptionRequest request;
    request.set_parent(customer().account());
    *request.mutable_subscription() =
        ParseText<Subscription>(absl::StrCat("product: '", customer().product(), "' ", text));
    return api().subscriptions.CreateSubscription(request);
  }
  absl::StatusOr<Subscription> Amend(const Subscription& subscription, const std::string& text) {
    v1::AmendSubscriptionRequest request = ParseText<v1::AmendSubscriptionRequest>(text);
    request.set_name(subscription.name());
    request.set_reason("They asked");
    return api().subscriptions.AmendSubscription(request);
  }
  absl::StatusOr<Subscription> Cancel(const Subscription& subscription,
                                      const std::string& text = "reason: BUDGET") {
    v1::CancelSubscriptionRequest request = ParseText<v1::CancelSubscriptionRequest>(text);
    request.set_name(subscription.name());
    return api().subscriptions.CancelSubscription(request);
  }
  absl::StatusOr<Subscription> Exclude(const Subscription& subscription,
                                       const std::string& text = "reason: PRODUCT_RETIRED") {
    v1::ExcludeSubscriptionRequest request = ParseText<v1::ExcludeSubscriptionRequest>(text);
    request.set_name(subscription.name());
    return api().subscriptions.ExcludeSubscription(request);
  }
  absl::StatusOr<Subscription> Include(const Subscription& subscription) {
    v1::IncludeSubscriptionRequest request;
    request.set_name(subscription.name());
    return api().subscriptions.IncludeSubscription(request);
  }

 private:
  std::optional<Customer> customer_;
};
INSTANTIATE_ON_EVERY_ENGINE(SubscriptionsTest);

std::string Arr(int64_t units) {
  return absl::StrCat("arr {", Usd(units).ShortDebugString(), "} ");
}

TEST_P(SubscriptionsTest, BeginWithAMovement) {
  const Subscription subscription = customer().Subscribe();
  EXPECT_EQ(subscription.state(), Subscription::ACTIVE);
  const auto movements = customer().Movements();
  ASSERT_EQ(movements.size(), 1u);
  EXPECT_EQ(movements[0].cause(), ArrMovement::NEW);
  EXPECT_EQ(movements[0].subscription(), subscription.name());
  EXPECT_THAT(movements[0].effective_date(), EqualsProto(subscription.start_date()));
  EXPECT_EQ(customer().Arr(Today() - 1), 0);
  EXPECT_EQ(customer().Arr(Today()), 12000);
  customer().Subscribe("trial: true arr {currency_code: 'USD' micros: 0}");
  EXPECT_EQ(customer().Movements().size(), 1u) << "nothing moved";
}

TEST_P(SubscriptionsTest, AreInTheTermThatHoldsToday) {
  const auto term = [&](const std::string& start, int months) {
    const Subscription s = customer().Subscribe(
        absl::StrCat("auto_renew: true start_date {", start, "} term_months: ", months));
    return std::make_pair(ToCivilDay(s.term_start_date()), ToCivilDay(s.term_end_date()));
  };
  using Day = absl::CivilDay;
  EXPECT_EQ(term("year: 2025 month: 1 day: 1", 12),
            std::make_pair(Day(2025, 1, 1), Day(2026, 1, 1)));
  EXPECT_EQ(term("year: 2020 month: 1 day: 1", 12),
            std::make_pair(Day(2025, 1, 1), Day(2026, 1, 1)));
  EXPECT_EQ(term("year: 2020 month: 1 day: 2", 12),
            std::make_pair(Day(2024, 1, 2), Day(2025, 1, 2)));
  EXPECT_EQ(term("year: 2026 month: 6 day: 1", 12),
            std::make_pair(Day(2026, 6, 1), Day(2027, 6, 1)));
  // A day that the month does not have becomes its last day, and comes back after it.
  EXPECT_EQ(term("year: 2024 month: 8 day: 31", 1),
            std::make_pair(Day(2024, 12, 31), Day(2025, 1, 31)));
  EXPECT_EQ(term("year: 2024 month: 8 day: 31", 6),
            std::make_pair(Day(2024, 8, 31), Day(2025, 2, 28)));
  EXPECT_EQ(term("year: 2024 month: 2 day: 29", 12),
            std::make_pair(Day(2024, 2, 29), Day(2025, 2, 28)));
}

TEST_P(SubscriptionsTest, HaveArrThatMakesSense) {
  const std::string start = "start_date " + DateText(Today()) + " term_months: 12 ";
  EXPECT_THAT(Subscribe(start + Arr(-1)), IsInvalid("subscription.arr"));
  EXPECT_THAT(Subscribe(start + Arr(1) + "trial: true"), IsInvalid("subscription.arr"));
  EXPECT_THAT(Subscribe(start), IsInvalid("subscription.arr"));
}

// One that ended before it was entered is over, unless something says that it went on.
TEST_P(SubscriptionsTest, AreInTheStateThatFactsTell) {
  const Subscription ended =
      customer().Subscribe("start_date {year: 2023 month: 1 day: 1} term_months: 12");
  EXPECT_EQ(ended.state(), Subscription::PAST_DUE);
  EXPECT_EQ(ToCivilDay(ended.term_end_date()), absl::CivilDay(2024, 1, 1));
  EXPECT_EQ(ended.anchor_day(), 1);
  EXPECT_EQ(customer().Arr(Today()), 12000) << "nobody said that it is not used";
  const Subscription monthly =
      customer().Subscribe("start_date {year: 2024 month: 11 day: 1} term_months: 1");
  EXPECT_EQ(monthly.state(), Subscription::PAST_DUE);
  v1::OpenDueOpportunitiesRequest due;
  due.set_parent(customer().account());
  const auto counts = Must(api().pipeline.OpenDueOpportunities(due));
  EXPECT_EQ(counts.opened_count(), 2);
  EXPECT_EQ(counts.excluded_count(), 0);
  EXPECT_NE(customer().Get(ended).open_opportunity(), "");
  EXPECT_EQ(customer().Get(ended).state(), Subscription::PAST_DUE);
}

TEST_P(SubscriptionsTest, AreAmendedWithinTheirTerm) {
  const Subscription subscription = customer().Subscribe();
  const Subscription grown =
      Must(Amend(subscription, Arr(15000) + "seats: 13 effective_date " + DateText(Today())));
  EXPECT_EQ(UnitsOf(grown.arr()), 15000);
  EXPECT_EQ(grown.seats(), 13);
  ASSERT_EQ(grown.amendments_size(), 1);
  EXPECT_THAT(
      grown.amendments(0),
      EqualsProto(ParseText<Subscription::Amendment>(absl::StrCat(
          "effective_date ", DateText(Today()), " seats_before: 10 seats_after: 13 arr_before {",
          Usd(12000).ShortDebugString(), "} arr_after {", Usd(15000).ShortDebugString(),
          "} reason: 'They asked' record_time ", TimeText(Today()),
          " sets_seats: true sets_arr: true"))));
  const Subscription shrunk =
      Must(Amend(subscription, Arr(10000) + "effective_date " + DateText(Today())));
  EXPECT_EQ(shrunk.seats(), 13) << "unchanged where absent";
  EXPECT_EQ(UnitsOf(shrunk.arr()), 10000) << "of one day the one recorded later";
  EXPECT_EQ(shrunk.amendments_size(), 2);
  const Subscription seated = Must(Amend(subscription, "seats: 0"));
  EXPECT_EQ(seated.seats(), 0);
  EXPECT_EQ(UnitsOf(seated.arr()), 10000);

  EXPECT_EQ(customer().Arr(Today()), 10000);
  const auto movements = customer().Movements();
  ASSERT_EQ(movements.size(), 3u) << "seats alone move nothing";
  EXPECT_EQ(movements[1].cause(), ArrMovement::EXPANSION);
  EXPECT_EQ(movements[2].cause(), ArrMovement::CONTRACTION);
}

TEST_P(SubscriptionsTest, AreNotAmendedOtherwise) {
  const Subscription subscription = customer().Subscribe();
  EXPECT_THAT(Amend(subscription, ""), IsInvalid("arr"));
  EXPECT_THAT(Amend(subscription, Arr(-1)), IsInvalid("arr"));
  EXPECT_THAT(Amend(subscription, "arr {currency_code: 'EUR' micros: 10000}"),
              FailsWith(v1::CURRENCY_MISMATCH));
  const auto out_of_term = IsInvalid("effective_date");
  EXPECT_THAT(Amend(subscription, "seats: 1 effective_date " + DateText(Today() - 1)), out_of_term);
  EXPECT_THAT(Amend(subscription, "seats: 1 effective_date {year: 2026 month: 1 day: 1}"),
              out_of_term);
  EXPECT_THAT(Amend(subscription, "seats: 1 effective_date {year: 2025 month: 12 day: 31}"),
              IsOk());
  const Subscription trial =
      customer().Subscribe("trial: true arr {currency_code: 'USD' micros: 0}");
  EXPECT_THAT(Amend(trial, Arr(1)), IsInvalid("arr"));
  Must(Cancel(subscription));
  EXPECT_THAT(Amend(subscription, "seats: 1"), FailsWith(v1::WRONG_STATE));
}

// The books tell what was worth what on which day, in whatever order it was written down.
TEST_P(SubscriptionsTest, AreAmendedInAnyOrder) {
  const Subscription subscription = customer().Subscribe();
  Must(Amend(subscription, Arr(50000) + "effective_date " + DateText(Today() + 100)));
  Must(Amend(subscription, Arr(9000) + "effective_date " + DateText(Today() + 50)));
  const Subscription amended = customer().Get(subscription);
  ASSERT_EQ(amended.amendments_size(), 2);
  EXPECT_EQ(UnitsOf(amended.amendments(1).arr_before()), 9000);
  EXPECT_EQ(ToCivilDay(amended.next_amendment_date()), Today() + 50);
  EXPECT_EQ(customer().Arr(Today() + 49), 12000);
  EXPECT_EQ(customer().Arr(Today() + 50), 9000);
  EXPECT_EQ(customer().Arr(Today() + 99), 9000);
  EXPECT_EQ(customer().Arr(Today() + 100), 50000);
  const auto movements = customer().Movements();
  ASSERT_EQ(movements.size(), 5u) << "compensated, and nothing taken away";
  EXPECT_EQ(movements[2].cause(), ArrMovement::REVERSAL);
  EXPECT_EQ(movements[2].reverses(), movements[1].name());
  EXPECT_EQ(movements[3].cause(), ArrMovement::CONTRACTION);
  EXPECT_EQ(movements[4].cause(), ArrMovement::EXPANSION);

  // What would come after the end does not.
  EXPECT_THAT(Cancel(subscription, "reason: PRICE end_date " + DateText(Today() + 80)), IsOk());
  EXPECT_EQ(customer().Arr(Today() + 79), 9000);
  EXPECT_EQ(customer().Arr(Today() + 80), 0);
  EXPECT_EQ(customer().Arr(kLongAfter), 0);
}

TEST_P(SubscriptionsTest, TakeTheirOpportunityAlong) {
  const Subscription one = customer().Subscribe();
  const Subscription two = customer().Subscribe();
  const Opportunity opportunity = customer().Open({one.name(), two.name()});
  Must(Amend(one, Arr(15000)));
  EXPECT_EQ(UnitsOf(customer().Get(opportunity).arr()), 27000);
  EXPECT_EQ(UnitsOf(customer().Get(opportunity).forecast_arr()), 27000) << "nobody's own";
  EXPECT_EQ(UnitsOf(customer().Get(opportunity).weighted_arr()), 10800);
  v1::UpdateOpportunityRequest update;
  update.mutable_opportunity()->set_name(opportunity.name());
  *update.mutable_opportunity()->mutable_forecast_arr() = Usd(20000);
  Must(api().pipeline.UpdateOpportunity(update));
  Must(Amend(one, Arr(16000)));
  EXPECT_EQ(UnitsOf(customer().Get(opportunity).arr()), 28000);
  EXPECT_EQ(UnitsOf(customer().Get(opportunity).forecast_arr()), 20000) << "somebody's own";

  Must(Cancel(one));
  const Opportunity left = customer().Get(opportunity);
  EXPECT_THAT(left.subscriptions(), testing::ElementsAre(two.name()));
  EXPECT_EQ(UnitsOf(left.arr()), 12000);
  EXPECT_EQ(customer().Get(one).open_opportunity(), "");
  EXPECT_THAT(Cancel(two), FailsWith(v1::WRONG_STATE)) << "the only one: that is a churn";
}

TEST_P(SubscriptionsTest, AreCancelledOnADay) {
  const Subscription subscription = customer().Subscribe();
  EXPECT_THAT(Cancel(subscription, ""), IsInvalid("reason"));
  EXPECT_THAT(Cancel(subscription, "reason: OTHER"), IsInvalid("note"));
  EXPECT_THAT(Cancel(subscription, "reason: PRICE end_date " + DateText(Today() - 1)),
              IsInvalid("end_date"));
  const Subscription cancelled =
      Must(Cancel(subscription, "reason: OTHER note: 'Fire' end_date " + DateText(Today() + 10)));
  EXPECT_EQ(cancelled.state(), Subscription::CANCELLED);
  EXPECT_EQ(cancelled.cancel_reason(), v1::OTHER);
  EXPECT_EQ(cancelled.cancel_note(), "Fire");
  EXPECT_EQ(customer().Arr(Today() + 9), 12000);
  EXPECT_EQ(customer().Arr(Today() + 10), 0);
  EXPECT_EQ(customer().Movements().back().cause(), ArrMovement::CHURN);
  EXPECT_THAT(Cancel(subscription), FailsWith(v1::WRONG_STATE));

  const Subscription other = customer().Subscribe();
  EXPECT_THAT(Must(Cancel(other)).end_date(), EqualsProto(other.term_end_date()));
}

TEST_P(SubscriptionsTest, AreExcludedForAReason) {
  const Subscription subscription = customer().Subscribe();
  EXPECT_THAT(Include(subscription), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Exclude(subscription, "reason: OTHER"), IsInvalid("note"));
  const Subscription excluded = Must(Exclude(subscription, "reason: OTHER note: 'A favour'"));
  EXPECT_EQ(excluded.exclusion_reason(), Subscription::OTHER);
  EXPECT_EQ(excluded.exclusion_note(), "A favour");
  const Subscription included = Must(Include(subscription));
  EXPECT_EQ(included.exclusion_reason(), Subscription::EXCLUSION_REASON_UNSPECIFIED);
  EXPECT_EQ(included.exclusion_note(), "");

  customer().Open({subscription.name()});
  EXPECT_THAT(Exclude(subscription), FailsWith(v1::WRONG_STATE)) << "it is up for renewal";
  const Subscription cancelled = Must(Cancel(customer().Subscribe()));
  EXPECT_THAT(Exclude(cancelled), FailsWith(v1::WRONG_STATE));
}

// What a person took back the job does not do again.
TEST_P(SubscriptionsTest, AreNotExcludedAgainByThemselves) {
  const Subscription monthly = customer().Subscribe("term_months: 1");
  v1::OpenDueOpportunitiesRequest due;
  due.set_parent(customer().account());
  EXPECT_EQ(Must(api().pipeline.OpenDueOpportunities(due)).excluded_count(), 1);
  Must(Include(monthly));
  EXPECT_EQ(Must(api().pipeline.OpenDueOpportunities(due)).opened_count(), 1);
  EXPECT_NE(customer().Get(monthly).open_opportunity(), "");
}

TEST_P(SubscriptionsTest, UpdatesLeaveArrAndTermsAlone) {
  const Subscription subscription = customer().Subscribe();
  const auto refused = [&](const std::string& field, const std::string& text) {
    v1::UpdateSubscriptionRequest update;
    *update.mutable_subscription() = ParseText<Subscription>(text);
    update.mutable_subscription()->set_name(subscription.name());
    update.mutable_update_mask()->add_paths(field);
    const auto answer = api().subscriptions.UpdateSubscription(update);
    return !answer.ok() && HasReason(answer.status(), v1::INVALID_FIELD);
  };
  EXPECT_TRUE(refused("arr", Arr(1)));
  EXPECT_TRUE(refused("seats", "seats: 1"));
  EXPECT_TRUE(refused("term_months", "term_months: 1"));
  EXPECT_TRUE(refused("start_date", "start_date " + DateText(Today() + 1)));
  EXPECT_TRUE(refused("trial", "trial: true"));
  EXPECT_TRUE(refused("product", "product: '" + Customer(api()).product() + "'"));
  EXPECT_THAT(customer().Get(subscription), EqualsProto(subscription));
}

TEST_P(SubscriptionsTest, ThoseInTheBooksAreNotDeleted) {
  v1::DeleteSubscriptionRequest erase;
  erase.set_name(customer().Subscribe().name());
  EXPECT_THAT(api().subscriptions.DeleteSubscription(erase), FailsWith(v1::RESOURCE_IN_USE));
  const Subscription nothing = customer().Subscribe("arr {currency_code: 'USD' micros: 0}");
  erase.set_name(nothing.name());
  customer().Review(nothing.name());
  EXPECT_THAT(api().subscriptions.DeleteSubscription(erase), FailsWith(v1::RESOURCE_IN_USE));
}

class UsageTest : public SubscriptionsTest {
 protected:
  void SetUp() override {
    SubscriptionsTest::SetUp();
    if (!IsSkipped()) subscription_ = customer().Subscribe().name();
  }

  const std::string& subscription() const { return subscription_; }
  std::string Sample(absl::CivilDay day) {
    return absl::StrCat("usage_samples {capability: '", customer().Capability("reports"),
                        "' uses: 3 active_users: 2 sample_date ", DateText(day), "} ");
  }
  absl::StatusOr<v1::AppendUsageSamplesResponse> Append(const std::string& text) {
    auto request = ParseText<v1::AppendUsageSamplesRequest>(text);
    request.set_parent(subscription_);
    return api().subscriptions.AppendUsageSamples(request);
  }
  std::vector<v1::UsageSample> List() {
    v1::ListUsageSamplesRequest request;
    request.set_parent(subscription_);
    return MustList(api().subscriptions.ListUsageSamples(request));
  }

 private:
  std::string subscription_;
};
INSTANTIATE_ON_EVERY_ENGINE(UsageTest);

TEST_P(UsageTest, IsAppended) {
  const auto appended = Must(Append(Sample(Today()) + Sample(Today() - 1)));
  ASSERT_EQ(appended.usage_samples_size(), 2);
  const auto listed = List();
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_THAT(listed[0], EqualsProto(appended.usage_samples(0)));
  EXPECT_EQ(listed[0].uses(), 3);

  const std::string name = subscription() + "/usageSamples/mine";
  const std::string named = "usage_samples {name: '" + name + "' " +
                            Sample(Today()).substr(std::string("usage_samples {").size());
  EXPECT_EQ(Must(Append(named)).usage_samples(0).name(), name);
  EXPECT_THAT(Append(named), FailsWithResource(v1::RESOURCE_ALREADY_EXISTS, name));
}

TEST_P(UsageTest, IsAppendedWholeOrNotAtAll) {
  EXPECT_THAT(Append(Sample(Today()) + Sample(Today() + 1)),
              IsInvalid("usage_samples[1].sample_date"));
  EXPECT_THAT(
      Append(Sample(Today()) + "usage_samples {capability: '" +
             Customer(api()).Capability("reports") + "' sample_date " + DateText(Today()) + "}"),
      IsInvalid("usage_samples[1].capability"));
  EXPECT_THAT(Append("usage_samples {name: 'accounts/a' " +
                     Sample(Today()).substr(std::string("usage_samples {").size())),
              IsInvalid("usage_samples[0].name"));
  EXPECT_THAT(List(), IsEmpty());
}

TEST_P(UsageTest, TakesAThousandAtATime) {
  std::string samples;
  for (int i = 0; i < 1000; ++i) samples += Sample(Today());
  EXPECT_EQ(Must(Append(samples)).usage_samples_size(), 1000);
  EXPECT_THAT(Append(samples + Sample(Today())), IsInvalid("usage_samples"));
}

TEST_P(SubscriptionsTest, MoneyThatDoesNotFitIsRefused) {
  const std::string most = "arr {currency_code: 'USD' micros: 1000000000000000000}";
  const Subscription one = customer().Subscribe(most);
  const Subscription two = customer().Subscribe(most);
  v1::CreateOpportunityRequest request;
  request.set_parent(customer().account());
  request.mutable_opportunity()->add_subscriptions(one.name());
  request.mutable_opportunity()->add_subscriptions(two.name());
  EXPECT_THAT(api().pipeline.CreateOpportunity(request), FailsWith(v1::MONEY_OVERFLOW));
  EXPECT_THAT(customer().Opportunities(), IsEmpty());
  // Each alone fits.
  EXPECT_EQ(customer().Open({one.name()}).arr().micros(), 1000000000000000000);
}

}  // namespace
}  // namespace perennial::conformance
