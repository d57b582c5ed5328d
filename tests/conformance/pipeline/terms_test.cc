// Terms: the day of the month that they keep, those that are aligned, and what is taken back or put
// right.

#include <optional>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;
using v1::ArrMovement;
using v1::Opportunity;
using v1::Subscription;

constexpr absl::CivilDay kLongAfter(2099, 1, 1);

std::string Arr(int64_t units) {
  return absl::StrCat("arr {", Usd(units).ShortDebugString(), "} ");
}

class TermsTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) customer_.emplace(api());
  }

  Customer& customer() { return *customer_; }

  absl::StatusOr<Subscription> Amend(const Subscription& subscription, const std::string& text) {
    v1::AmendSubscriptionRequest request = ParseText<v1::AmendSubscriptionRequest>(text);
    request.set_name(subscription.name());
    request.set_reason("They asked");
    return api().subscriptions.AmendSubscription(request);
  }
  Subscription Cancel(const Subscription& subscription, const std::string& text) {
    v1::CancelSubscriptionRequest request =
        ParseText<v1::CancelSubscriptionRequest>("reason: BUDGET " + text);
    request.set_name(subscription.name());
    return Must(api().subscriptions.CancelSubscription(request));
  }
  absl::StatusOr<Subscription> Undo(const Subscription& subscription) {
    v1::UndoCancellationRequest request;
    request.set_name(subscription.name());
    request.set_reason("They stay");
    return api().subscriptions.UndoCancellation(request);
  }
  absl::StatusOr<Subscription> Correct(const Subscription& subscription, const std::string& text) {
    v1::CorrectSubscriptionRequest request = ParseText<v1::CorrectSubscriptionRequest>(text);
    request.set_name(subscription.name());
    request.set_reason("A typing error");
    return api().subscriptions.CorrectSubscription(request);
  }
  absl::StatusOr<Subscription> Align(const Subscription& subscription, const std::string& text) {
    v1::AlignTermRequest request = ParseText<v1::AlignTermRequest>(text);
    request.set_name(subscription.name());
    request.set_reason("One renewal a year");
    return api().subscriptions.AlignTerm(request);
  }

  Opportunity Renew(const Subscription& subscription) {
    const std::string name = customer().Open({subscription.name()}).name();
    customer().BringTo(Opportunity::RENEWAL, name);
    customer().Agree(name, Arr(12000) + "term_months: 6");
    return customer().CloseAsRenewed(name);
  }

 private:
  std::optional<Customer> customer_;
};
INSTANTIATE_ON_EVERY_ENGINE(TermsTest);

int64_t EndOfFebruary(int64_t year) { return (absl::CivilDay(year, 3, 1) - 1).day(); }

TEST_P(TermsTest, KeepTheirDayOfTheMonth) {
  // Of a 31 August, until the end of the next February to come.
  const int64_t year = Today().year() + (Today().month() > 2 ? 1 : 0);
  const Subscription august = customer().Subscribe(
      absl::StrCat("term_months: 6 start_date {year: ", year - 1, " month: 8 day: 31}"));
  EXPECT_EQ(ToCivilDay(august.term_end_date()), absl::CivilDay(year, 2, EndOfFebruary(year)));
  EXPECT_EQ(august.anchor_day(), 31);
  Subscription february;
  february.set_name(Renew(august).created_subscriptions(0));
  february = customer().Get(february);
  EXPECT_EQ(ToCivilDay(february.term_start_date()), absl::CivilDay(year, 2, EndOfFebruary(year)));
  EXPECT_EQ(ToCivilDay(february.term_end_date()), absl::CivilDay(year, 8, 31));
  Subscription again;
  again.set_name(Renew(february).created_subscriptions(0));
  again = customer().Get(again);
  EXPECT_EQ(ToCivilDay(again.term_end_date()),
            absl::CivilDay(year + 1, 2, EndOfFebruary(year + 1)));
}

// What is recorded for a day to come is not in force before, and stands in nobody's way.
TEST_P(TermsTest, AreAmendedFromADayOn) {
  const Subscription subscription = customer().Subscribe();
  const Opportunity opportunity = customer().Open({subscription.name()});
  const Subscription later =
      Must(Amend(subscription, Arr(50000) + "seats: 90 effective_date " + DateText(Today() + 1)));
  EXPECT_EQ(UnitsOf(later.arr()), 12000);
  EXPECT_EQ(later.seats(), 10);
  EXPECT_EQ(ToCivilDay(later.next_amendment_date()), Today() + 1);
  EXPECT_EQ(UnitsOf(customer().Get(opportunity).arr()), 12000);
  const Subscription now = Must(Amend(subscription, "seats: 11"));
  EXPECT_EQ(now.seats(), 11);
  EXPECT_EQ(UnitsOf(now.arr()), 12000);

  MoveDays(1);
  const Subscription come = customer().Get(subscription);
  EXPECT_EQ(UnitsOf(come.arr()), 50000);
  EXPECT_EQ(come.seats(), 90);
  EXPECT_FALSE(come.has_next_amendment_date());
  EXPECT_EQ(UnitsOf(customer().Get(opportunity).arr()), 50000);
  EXPECT_EQ(customer().Arr(Today() - 1), 12000);
  EXPECT_EQ(customer().Arr(Today()), 50000);
}

TEST_P(TermsTest, ACancellationIsTakenBackUntilItsDay) {
  const Subscription subscription = customer().Subscribe();
  EXPECT_THAT(Undo(subscription), FailsWith(v1::WRONG_STATE)) << "not cancelled";
  Must(Amend(subscription, Arr(15000) + "effective_date " + DateText(Today() + 30)));
  Cancel(subscription, "end_date " + DateText(Today() + 20));
  EXPECT_EQ(customer().Arr(Today() + 30), 0);
  const Subscription back = Must(Undo(subscription));
  EXPECT_EQ(back.state(), Subscription::ACTIVE);
  EXPECT_FALSE(back.has_end_date());
  EXPECT_EQ(back.cancel_reason(), v1::CHURN_REASON_UNSPECIFIED);
  EXPECT_EQ(ToCivilDay(back.next_amendment_date()), Today() + 30);
  EXPECT_EQ(customer().Arr(Today() + 20), 12000);
  EXPECT_EQ(customer().Arr(Today() + 30), 15000) << "what was to come comes again";

  Cancel(subscription, "end_date " + DateText(Today() + 1));
  MoveDays(1);
  EXPECT_THAT(Undo(subscription), FailsWith(v1::WRONG_STATE)) << "its day has come";
}

TEST_P(TermsTest, AChurnIsTakenBackByReopening) {
  const Subscription subscription = customer().Subscribe();
  const Opportunity opportunity = customer().Open({subscription.name()});
  customer().CloseAsChurned(opportunity.name(), v1::PRICE);
  EXPECT_THAT(Undo(subscription), FailsWith(v1::WRONG_STATE));
  customer().Reopen(opportunity.name());
  EXPECT_EQ(customer().Arr(kLongAfter), 12000);
}

TEST_P(TermsTest, AMistakenStartIsCorrectedWithoutChurn) {
  const Subscription subscription = customer().Subscribe();
  const absl::CivilDay start = Today() - 40;
  const Subscription corrected =
      Must(Correct(subscription, "term_months: 24 start_date " + DateText(start)));
  EXPECT_EQ(ToCivilDay(corrected.start_date()), start);
  EXPECT_EQ(ToCivilDay(corrected.term_start_date()), start);
  EXPECT_EQ(ToCivilDay(corrected.term_end_date()),
            absl::CivilDay(start.year() + 2, start.month(), start.day()));
  EXPECT_EQ(corrected.anchor_day(), start.day());
  EXPECT_EQ(customer().Arr(start - 1), 0);
  EXPECT_EQ(customer().Arr(start), 12000);
  std::vector<ArrMovement::Cause> causes;
  for (const ArrMovement& movement : customer().Movements()) causes.push_back(movement.cause());
  EXPECT_THAT(causes, ElementsAre(ArrMovement::NEW, ArrMovement::REVERSAL, ArrMovement::NEW));
}

TEST_P(TermsTest, AMistakenProductIsCorrectedInPlace) {
  const Subscription subscription = customer().Subscribe();
  const std::string product = Customer(api()).product();
  const Subscription corrected = Must(Correct(subscription, "product: '" + product + "'"));
  EXPECT_EQ(corrected.product(), product);
  EXPECT_THAT(corrected.term_end_date(), EqualsProto(subscription.term_end_date()));
  EXPECT_EQ(customer().Movements().size(), 1u) << "nothing moved";
}

TEST_P(TermsTest, WhatCannotBeCorrectedIsSaid) {
  const Subscription subscription = customer().Subscribe();
  EXPECT_THAT(Correct(subscription, ""), IsInvalid("start_date"));
  Must(Amend(subscription, Arr(15000)));
  EXPECT_THAT(Correct(subscription, "start_date " + DateText(Today() + 1)),
              IsInvalid("start_date"));
  const Opportunity opportunity = customer().Open({subscription.name()});
  customer().Agree(opportunity.name(), Arr(15000));
  EXPECT_THAT(Correct(subscription, "term_months: 6"), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Align(subscription, "end_date " + DateText(Today() + 50)),
              FailsWith(v1::WRONG_STATE));
  customer().BringTo(Opportunity::RENEWAL, opportunity.name());
  Subscription renewing;
  renewing.set_name(customer().CloseAsRenewed(opportunity.name()).created_subscriptions(0));
  EXPECT_THAT(Correct(renewing, "start_date " + DateText(Today())), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Correct(renewing, "term_months: 6"), IsOk());
  EXPECT_THAT(Correct(subscription, "term_months: 6"), FailsWith(v1::WRONG_STATE)) << "renewed";
}

TEST_P(TermsTest, ACorrectedTermMovesTheRenewal) {
  const Subscription subscription = customer().Subscribe();
  const Opportunity opportunity = customer().Open({subscription.name()});
  const Subscription corrected = Must(Correct(subscription, "term_months: 6"));
  EXPECT_THAT(customer().Get(opportunity).renewal_date(), EqualsProto(corrected.term_end_date()));
}

TEST_P(TermsTest, AreAlignedWithProration) {
  const Subscription one = customer().Subscribe(Arr(1000));
  const Subscription other =
      customer().Subscribe("term_months: 6 start_date " + DateText(Today() + 10));
  const Opportunity opportunity = customer().Open({one.name()});
  const Subscription aligned = Must(Align(one, "with_subscription: '" + other.name() + "'"));
  EXPECT_THAT(aligned.term_end_date(), EqualsProto(other.term_end_date()));
  EXPECT_EQ(aligned.anchor_day(), other.anchor_day());
  ASSERT_EQ(aligned.alignments_size(), 1);
  const int64_t days = ToCivilDay(one.term_end_date()) - ToCivilDay(other.term_end_date());
  const int64_t cents = (1000 * 100 * days * 2 + 365) / (365 * 2);
  EXPECT_EQ(aligned.alignments(0).proration().micros(), -cents * 10'000);
  EXPECT_THAT(customer().Get(opportunity).renewal_date(), EqualsProto(other.term_end_date()));
  EXPECT_EQ(customer().Arr(kLongAfter), 13000) << "ARR is by year";
  EXPECT_THAT(Correct(one, "term_months: 6"), FailsWith(v1::WRONG_STATE));
}

TEST_P(TermsTest, AreAlignedWithinReason) {
  const Subscription one = customer().Subscribe();
  const Subscription other = customer().Subscribe();
  EXPECT_THAT(Align(one, ""), IsInvalid("end_date"));
  EXPECT_THAT(
      Align(one, "with_subscription: '" + other.name() + "' end_date " + DateText(Today() + 50)),
      IsInvalid("end_date"));
  EXPECT_THAT(Align(one, "with_subscription: '" + one.name() + "'"),
              IsInvalid("with_subscription"));
  const std::string elsewhere = Customer(api()).Subscribe().name();
  EXPECT_THAT(Align(one, "with_subscription: '" + elsewhere + "'"), IsInvalid("with_subscription"));
  EXPECT_THAT(Align(one, "with_subscription: '" + other.name() + "'"), IsInvalid("end_date"))
      << "it ends then";
  EXPECT_THAT(Align(one, "end_date " + DateText(Today())), IsInvalid("end_date"));
  EXPECT_THAT(Align(one, "end_date " + DateText(Today() + 4000)), IsInvalid("end_date"));
  Must(Amend(one, Arr(15000) + "effective_date " + DateText(Today() + 60)));
  EXPECT_THAT(Align(one, "end_date " + DateText(Today() + 60)), IsInvalid("end_date"));
  EXPECT_THAT(Align(one, "end_date " + DateText(Today() + 61)), IsOk());
}

}  // namespace
}  // namespace perennial::conformance
