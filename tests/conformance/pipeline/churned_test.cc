// Closing as churned, and opening again what was closed.

#include <optional>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {
namespace {

using testing::IsEmpty;
using v1::ArrMovement;
using v1::Opportunity;
using v1::Subscription;

constexpr absl::CivilDay kRenewal(2025, 3, 1);
constexpr absl::CivilDay kLongAfter(2099, 1, 1);

class ClosedTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    customer_.emplace(api());
    subscription_ = customer().Subscribe("start_date {year: 2024 month: 3 day: 1}");
    opportunity_ = customer().Open({subscription_.name()});
  }

  Customer& customer() { return *customer_; }
  const Subscription& subscription() const { return subscription_; }
  const Opportunity& opportunity() const { return opportunity_; }

  v1::CloseOpportunityRequest Churn(v1::ChurnReason reason) {
    v1::CloseOpportunityRequest request;
    request.set_name(opportunity_.name());
    request.set_outcome(Opportunity::CHURNED);
    request.set_churn_reason(reason);
    return request;
  }
  absl::StatusOr<Opportunity> Close(const v1::CloseOpportunityRequest& request) {
    return api().pipeline.CloseOpportunity(request);
  }
  v1::ReopenOpportunityRequest Reopening() {
    v1::ReopenOpportunityRequest request;
    request.set_name(opportunity_.name());
    request.set_reason("They called back");
    return request;
  }

 private:
  std::optional<Customer> customer_;
  Subscription subscription_;
  Opportunity opportunity_;
};

using ChurnedTest = ClosedTest;
INSTANTIATE_ON_EVERY_ENGINE(ChurnedTest);

TEST_P(ChurnedTest, EndsTheSubscriptionsOnTheRenewalDate) {
  v1::CloseOpportunityRequest request = Churn(v1::COMPETITOR);
  request.set_note("Half the price");
  request.set_competitor("Them");
  const Opportunity closed = Must(Close(request));
  EXPECT_EQ(closed.outcome(), Opportunity::CHURNED);
  EXPECT_EQ(closed.stage(), Opportunity::OUTREACH) << "where it was";
  EXPECT_EQ(closed.churn_reason(), v1::COMPETITOR);
  EXPECT_EQ(closed.close_note(), "Half the price");
  EXPECT_EQ(closed.competitor(), "Them");
  EXPECT_EQ(UnitsOf(closed.closed_arr()), 0);
  EXPECT_EQ(closed.probability_percent(), 0);
  EXPECT_EQ(UnitsOf(closed.weighted_arr()), 0);
  EXPECT_EQ(ToTime(closed.close_time()), Now());
  EXPECT_FALSE(closed.reached());

  const Subscription ended = customer().Get(subscription());
  EXPECT_EQ(ended.state(), Subscription::CANCELLED);
  EXPECT_EQ(ToCivilDay(ended.end_date()), kRenewal);
  EXPECT_EQ(ended.cancel_reason(), v1::COMPETITOR);
  EXPECT_EQ(ended.cancel_note(), "Half the price");
  EXPECT_EQ(ended.open_opportunity(), "");
  EXPECT_EQ(customer().Arr(kRenewal - 1), 12000);
  EXPECT_EQ(customer().Arr(kRenewal), 0);
  const ArrMovement movement = customer().Movements().back();
  EXPECT_EQ(movement.cause(), ArrMovement::CHURN);
  EXPECT_EQ(movement.opportunity(), opportunity().name());
  const v1::StageTransition transition = customer().Transitions(opportunity().name()).back();
  EXPECT_EQ(transition.to_outcome(), Opportunity::CHURNED);
  EXPECT_EQ(transition.to_stage(), Opportunity::OUTREACH);
  EXPECT_EQ(transition.reason(), "Half the price");
}

TEST_P(ChurnedTest, InAnyStage) {
  customer().BringTo(Opportunity::RENEWAL, opportunity().name());
  const Opportunity closed = Must(Close(Churn(v1::PRICE)));
  EXPECT_EQ(closed.stage(), Opportunity::RENEWAL);
  EXPECT_TRUE(closed.reached()) << "whatever reason was picked";
}

TEST_P(ChurnedTest, NeedsAReason) {
  EXPECT_THAT(Close(Churn(v1::CHURN_REASON_UNSPECIFIED)), IsInvalid("churn_reason"));
  EXPECT_THAT(Close(Churn(v1::OTHER)), IsInvalid("note"));
  v1::CloseOpportunityRequest request = Churn(v1::PRICE);
  request.set_override_reason("Because");
  EXPECT_THAT(Close(request), IsInvalid("override_reason"));
  request = Churn(v1::OTHER);
  request.set_note("They sold the shop");
  EXPECT_THAT(Close(request), IsOk());
}

TEST_P(ChurnedTest, UnreachableAfterEnoughAttemptsOnly) {
  const auto refused = FailsWith(v1::ATTEMPTS_MISSING);
  EXPECT_THAT(Close(Churn(v1::UNREACHABLE)), refused);
  // Those before it opened, and those of the customer, are no attempts.
  customer().Record(absl::StrCat("disposition: NO_ANSWER touch_time ", TimeText(Today() - 1)));
  customer().Record("direction: INBOUND channel: CHAT");
  for (int i = 0; i < 5; ++i) customer().Record("disposition: NO_ANSWER");
  EXPECT_THAT(Close(Churn(v1::UNREACHABLE)), refused) << "one channel";
  customer().Record("channel: EMAIL disposition: NO_REPLY");
  const Opportunity closed = Must(Close(Churn(v1::UNREACHABLE)));
  EXPECT_EQ(closed.churn_reason(), v1::UNREACHABLE);
}

TEST_P(ChurnedTest, UnreachableAsThePlaybookHasIt) {
  customer().Follow("unreachable_attempts: 2 unreachable_channels: 1");
  v1::CloseOpportunityRequest request = Churn(v1::UNREACHABLE);
  request.set_name(customer().Open({customer().Subscribe().name()}).name());
  customer().Record("disposition: NO_ANSWER");
  EXPECT_THAT(Close(request), FailsWith(v1::ATTEMPTS_MISSING));
  customer().Record("disposition: NO_ANSWER");
  EXPECT_THAT(Close(request), IsOk());
}

using ReopenedTest = ClosedTest;
INSTANTIATE_ON_EVERY_ENGINE(ReopenedTest);

TEST_P(ReopenedTest, FromChurnedEverythingIsAsItWas) {
  Must(Close(Churn(v1::PRICE)));
  EXPECT_THAT(As(v1::EDITOR).pipeline.ReopenOpportunity(Reopening()), FailsWith(v1::ROLE_TOO_LOW));
  const Opportunity reopened = Must(api().pipeline.ReopenOpportunity(Reopening()));
  Opportunity expected = opportunity();
  expected.set_etag(reopened.etag());
  expected.set_reopened(true);
  EXPECT_THAT(reopened, EqualsProto(expected));
  Subscription taken_up = subscription();
  taken_up.set_open_opportunity(opportunity().name());
  taken_up.set_etag(customer().Get(subscription()).etag());
  EXPECT_THAT(customer().Get(subscription()), EqualsProto(taken_up));
  for (const absl::CivilDay day : {kRenewal - 1, kRenewal, kLongAfter}) {
    EXPECT_EQ(customer().Arr(day), 12000);
  }
  // By another entry, not by taking one away.
  const std::vector<ArrMovement> movements = customer().Movements();
  ASSERT_EQ(movements.size(), 3u);
  EXPECT_EQ(movements[2].cause(), ArrMovement::REVERSAL);
  EXPECT_EQ(movements[2].reverses(), movements[1].name());
  EXPECT_THAT(movements[2].effective_date(), EqualsProto(movements[1].effective_date()));
  const v1::StageTransition transition = customer().Transitions(opportunity().name()).back();
  EXPECT_EQ(transition.from_outcome(), Opportunity::CHURNED);
  EXPECT_EQ(transition.to_outcome(), Opportunity::OPEN);
  EXPECT_EQ(transition.reason(), "They called back");
}

TEST_P(ReopenedTest, FromRenewedItVoidsWhatClosingWrote) {
  Customer division(api(), customer().account());
  v1::AcceptProposalRequest accept;
  accept.set_name(
      customer()
          .Propose(opportunity().name(),
                   absl::StrCat("type: CROSS_DIVISION arr {", Usd(500).ShortDebugString(),
                                "} product: '", customer().product(), "' target_account: '",
                                division.account(), "'"))
          .name());
  Must(api().expansion.AcceptProposal(accept));
  customer().BringTo(Opportunity::RENEWAL, opportunity().name());
  customer().Agree(opportunity().name(), "arr {currency_code: 'USD' micros: 15000000000}");
  customer().CloseAsRenewed(opportunity().name());
  EXPECT_EQ(division.Arr(kLongAfter), 500);

  const Opportunity reopened = customer().Reopen(opportunity().name());
  EXPECT_EQ(reopened.outcome(), Opportunity::OPEN);
  EXPECT_EQ(reopened.stage(), Opportunity::RENEWAL);
  EXPECT_EQ(reopened.probability_percent(), 90);
  EXPECT_THAT(reopened.created_subscriptions(), IsEmpty());
  EXPECT_FALSE(reopened.has_close_time());
  EXPECT_FALSE(reopened.has_closed_arr());
  EXPECT_NE(reopened.accepted_offer(), "") << "the customer still accepts it";
  for (const absl::CivilDay day : {kRenewal - 1, kRenewal, kLongAfter}) {
    EXPECT_EQ(customer().Arr(day), 12000);
    EXPECT_EQ(division.Arr(day), 0);
  }
  EXPECT_EQ(customer().Get(subscription()).state(), Subscription::ACTIVE);
  EXPECT_EQ(customer().Get(subscription()).renewed_by(), "");
  EXPECT_FALSE(customer().Get(subscription()).has_end_date());
  for (Customer* each : {&customer(), &division}) {
    EXPECT_EQ(each->Subscriptions("state = VOID").size(), 1u);
  }

  // And closed again.
  const Opportunity closed = customer().CloseAsRenewed(opportunity().name());
  EXPECT_EQ(UnitsOf(closed.closed_arr()), 15500);
  EXPECT_EQ(customer().Arr(kRenewal - 1), 12000);
  EXPECT_EQ(customer().Arr(kRenewal), 15000);
  EXPECT_EQ(division.Arr(kRenewal), 500);
  customer().Reopen(opportunity().name());
  EXPECT_EQ(customer().Arr(kLongAfter), 12000) << "what was reversed once is not reversed again";
  EXPECT_EQ(division.Arr(kLongAfter), 0);
}

TEST_P(ReopenedTest, RefusedOnceTheNewTermsWereChanged) {
  customer().BringTo(Opportunity::RENEWAL, opportunity().name());
  customer().Earn(customer().Get(opportunity()));
  const std::string created =
      customer().CloseAsRenewed(opportunity().name()).created_subscriptions(0);
  v1::AmendSubscriptionRequest amend;
  amend.set_name(created);
  amend.set_seats(11);
  *amend.mutable_effective_date() = ToDate(kRenewal);
  amend.set_reason("One more");
  Must(api().subscriptions.AmendSubscription(amend));
  EXPECT_THAT(api().pipeline.ReopenOpportunity(Reopening()), FailsWith(v1::WRONG_STATE));
  EXPECT_EQ(customer().Get(opportunity()).outcome(), Opportunity::RENEWED);
}

TEST_P(ReopenedTest, RefusedOnceTheNewTermsWereCancelled) {
  customer().BringTo(Opportunity::RENEWAL, opportunity().name());
  customer().Earn(customer().Get(opportunity()));
  v1::CancelSubscriptionRequest cancel;
  cancel.set_name(customer().CloseAsRenewed(opportunity().name()).created_subscriptions(0));
  cancel.set_reason(v1::BUDGET);
  Must(api().subscriptions.CancelSubscription(cancel));
  EXPECT_THAT(api().pipeline.ReopenOpportunity(Reopening()), FailsWith(v1::WRONG_STATE));
}

TEST_P(ReopenedTest, RefusedOnceTheNewTermsAreUpForRenewal) {
  customer().BringTo(Opportunity::RENEWAL, opportunity().name());
  customer().Earn(customer().Get(opportunity()));
  const std::string created =
      customer().CloseAsRenewed(opportunity().name()).created_subscriptions(0);
  const Opportunity next = customer().Open({created});
  EXPECT_THAT(api().pipeline.ReopenOpportunity(Reopening()), FailsWith(v1::WRONG_STATE));
  v1::DeleteOpportunityRequest erase;
  erase.set_name(next.name());
  Must(api().pipeline.DeleteOpportunity(erase));
  EXPECT_THAT(api().pipeline.ReopenOpportunity(Reopening()), IsOk());
}

TEST_P(ReopenedTest, NeedsAClosedOne) {
  EXPECT_THAT(api().pipeline.ReopenOpportunity(Reopening()), FailsWith(v1::WRONG_STATE));
  v1::ReopenOpportunityRequest request = Reopening();
  request.clear_reason();
  EXPECT_THAT(api().pipeline.ReopenOpportunity(request), IsInvalid("reason"));
}

}  // namespace
}  // namespace perennial::conformance
