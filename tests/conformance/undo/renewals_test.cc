// Taking back what was done to renewals and subscriptions, and what the ledger says then.

#include "lib/base/date.h"
#include "tests/conformance/undo/undoing.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using v1::Change;
using v1::Opportunity;
using v1::Subscription;
using v1::Task;

constexpr absl::CivilDay kLongAfter(2099, 1, 1);

class UndoRenewalTest : public UndoTest {
 protected:
  // Ends on a day ahead, a cadence of two steps.
  Opportunity OpenAhead() {
    customer().Follow(
        "cadence_steps {days_before_renewal: 60 title: 'Call'} "
        "cadence_steps {days_before_renewal: 5 title: 'Write'}");
    subscription_ = customer().Subscribe("start_date " +
                                         DateText(absl::CivilDay(absl::CivilMonth(Today()) - 10)));
    return customer().Open({subscription_.name()});
  }
  Subscription Current() { return customer().Get(subscription_); }

  std::vector<Task> Tasks(const Opportunity& opportunity) {
    v1::ListTasksRequest list;
    list.set_parent(customer().account());
    list.set_filter("opportunity = \"" + opportunity.name() + "\"");
    list.set_order_by("name");
    return MustList(api().engagement.ListTasks(list));
  }

  // Each reversal takes back what it names, and none is taken back twice; nothing goes.
  void ExpectLedgerOnlyGrows(const std::vector<v1::ArrMovement>& before) {
    const auto now = customer().Movements();
    ASSERT_GE(now.size(), before.size());
    for (size_t i = 0; i < before.size(); ++i) EXPECT_THAT(now[i], EqualsProto(before[i]));
  }

  Subscription subscription_;
};
INSTANTIATE_ON_EVERY_ENGINE(UndoRenewalTest);

TEST_P(UndoRenewalTest, EntersTheStageBeforeWithATransitionOfItsOwn) {
  const Opportunity before = OpenAhead();
  customer().Earn(before);
  v1::BatchAdvanceOpportunitiesRequest advance;
  advance.add_requests()->set_name(before.name());
  Must(api().pipeline.BatchAdvanceOpportunities(Named(advance)));
  ASSERT_EQ(customer().Get(before).stage(), Opportunity::ADOPTION_REVIEW);
  v1::RevertChangesRequest request = Undoing(advance.request_id());
  request.set_reason("Of the wrong customer");
  EXPECT_EQ(Must(api().history.RevertChanges(request)).reverted_count(), 1);
  const Opportunity after = customer().Get(before);
  EXPECT_EQ(after.stage(), Opportunity::OUTREACH);
  EXPECT_EQ(after.probability_percent(), before.probability_percent());
  EXPECT_EQ(after.forecast_category(), before.forecast_category());
  const auto transitions = customer().Transitions(before.name());
  ASSERT_EQ(transitions.size(), 3u) << "none is taken back";
  EXPECT_EQ(transitions.back().from_stage(), Opportunity::ADOPTION_REVIEW);
  EXPECT_EQ(transitions.back().to_stage(), Opportunity::OUTREACH);
  EXPECT_EQ(transitions.back().reason(), "Of the wrong customer");

  EXPECT_EQ(Undo(request.request_id()).reverted_count(), 1);
  EXPECT_EQ(customer().Get(before).stage(), Opportunity::ADOPTION_REVIEW);
}

TEST_P(UndoRenewalTest, DoesNotMoveOneThatSomebodyHasMovedOnOrClosed) {
  const Opportunity one = OpenAhead(), two = customer().Open({customer().Subscribe().name()});
  customer().Earn(one);
  v1::BatchAdvanceOpportunitiesRequest advance;
  for (const Opportunity* each : {&one, &two}) {
    advance.add_requests()->set_name(each->name());
    advance.mutable_requests(advance.requests_size() - 1)->set_override_reason("Known");
  }
  Must(api().pipeline.BatchAdvanceOpportunities(Named(advance)));
  v1::ReturnOpportunityRequest back;
  back.set_name(one.name());
  back.set_to_stage(Opportunity::OUTREACH);
  back.set_reason("Somebody new");
  customer().CloseAsChurned(two.name(), v1::PRICE);
  Must(As("ann@example.com").pipeline.ReturnOpportunity(back));
  const auto undone = Undo(advance.request_id());
  EXPECT_EQ(undone.reverted_count(), 0) << "the one is where it was, the other is closed";
  ASSERT_NE(Find(undone, two.name()), nullptr);
  EXPECT_NE(Find(undone, two.name())->error().reason(), "");
  EXPECT_EQ(customer().Get(two).stage(), Opportunity::ADOPTION_REVIEW);
}

TEST_P(UndoRenewalTest, OpensWhatWasClosedAsChurnedAgain) {
  const Opportunity before = OpenAhead();
  const Subscription subscription = Current();
  const auto tasks = Tasks(before);
  ASSERT_FALSE(tasks.empty());
  const auto ledger = customer().Movements();
  v1::BatchCloseOpportunitiesRequest close;
  auto& row = *close.add_requests();
  row.set_name(before.name());
  row.set_outcome(Opportunity::CHURNED);
  row.set_churn_reason(v1::PRICE);
  Must(api().pipeline.BatchCloseOpportunities(Named(close)));
  const auto closed_ledger = customer().Movements();

  std::string own;
  const auto undone = Undo(close.request_id(), &own);
  EXPECT_EQ(undone.refused_count(), 0);
  EXPECT_NE(Find(undone, before.name()), nullptr);
  EXPECT_NE(Find(undone, subscription.name()), nullptr);
  EXPECT_EQ(Difference(before, customer().Get(before)), "");
  EXPECT_EQ(Difference(subscription, Current()), "");
  const auto tasks_now = Tasks(before);
  ASSERT_EQ(tasks_now.size(), tasks.size());
  for (size_t i = 0; i < tasks.size(); ++i) EXPECT_EQ(Difference(tasks[i], tasks_now[i]), "");
  ExpectLedgerOnlyGrows(closed_ledger);
  EXPECT_EQ(customer().Arr(kLongAfter), 12000);

  // Redone: closed as it was.
  std::string redo;
  EXPECT_EQ(Undo(own, &redo).refused_count(), 0);
  const Opportunity closed = customer().Get(before);
  EXPECT_EQ(closed.outcome(), Opportunity::CHURNED);
  EXPECT_EQ(closed.churn_reason(), v1::PRICE);
  EXPECT_EQ(Current().state(), Subscription::CANCELLED);
  EXPECT_EQ(customer().Arr(kLongAfter), 0);
  EXPECT_EQ(Undo(redo).refused_count(), 0);
  EXPECT_EQ(customer().Get(before).outcome(), Opportunity::OPEN);
  EXPECT_EQ(customer().Arr(kLongAfter), 12000);
}

TEST_P(UndoRenewalTest, OpensWhatWasClosedAsRenewedAgain) {
  const Opportunity opened = OpenAhead();
  customer().BringTo(Opportunity::RENEWAL, opened.name());
  customer().Agree(opened.name(), "arr {currency_code: 'USD' micros: 15000000000}");
  const Opportunity before = customer().Get(opened);
  const Subscription subscription = Current();
  v1::CloseOpportunityRequest close;
  close.set_name(before.name());
  close.set_outcome(Opportunity::RENEWED);
  const Opportunity closed = Must(api().pipeline.CloseOpportunity(Named(close)));
  EXPECT_EQ(customer().Arr(kLongAfter), 15000);
  const auto closed_ledger = customer().Movements();

  std::string own;
  EXPECT_EQ(Undo(close.request_id(), &own).refused_count(), 0);
  EXPECT_EQ(Difference(before, customer().Get(before)), "");
  EXPECT_EQ(Difference(subscription, Current()), "");
  EXPECT_EQ(customer().Arr(kLongAfter), 12000);
  v1::GetSubscriptionRequest get;
  get.set_name(closed.created_subscriptions(0));
  EXPECT_EQ(Must(api().subscriptions.GetSubscription(get)).state(), Subscription::VOID);
  ExpectLedgerOnlyGrows(closed_ledger);

  EXPECT_EQ(Undo(own).refused_count(), 0);
  EXPECT_EQ(customer().Get(before).outcome(), Opportunity::RENEWED);
  EXPECT_EQ(customer().Arr(kLongAfter), 15000);
}

TEST_P(UndoRenewalTest, RefusesAClosingOfWhichTheTermsMovedOnWithAllThatBelongsToIt) {
  const Opportunity opened = OpenAhead();
  customer().BringTo(Opportunity::RENEWAL, opened.name());
  customer().Agree(opened.name(), "arr {currency_code: 'USD' micros: 15000000000}");
  v1::CloseOpportunityRequest close;
  close.set_name(opened.name());
  close.set_outcome(Opportunity::RENEWED);
  const Opportunity closed = Must(api().pipeline.CloseOpportunity(Named(close)));
  v1::AmendSubscriptionRequest amend;
  amend.set_name(closed.created_subscriptions(0));
  *amend.mutable_effective_date() = closed.renewal_date();
  *amend.mutable_arr() = Usd(20000);
  amend.set_reason("More seats");
  Must(As("ann@example.com").subscriptions.AmendSubscription(amend));
  const int64_t revision = LatestRevision();
  const auto undone = Undo(close.request_id());
  EXPECT_EQ(undone.reverted_count(), 0);
  EXPECT_NE(Find(undone, opened.name()), nullptr);
  EXPECT_EQ(Find(undone, closed.created_subscriptions(0))->error().reason(), "CHANGED_SINCE");
  EXPECT_EQ(LatestRevision(), revision);
}

TEST_P(UndoRenewalTest, ClosesAgainWhatWasReopened) {
  const Opportunity before = OpenAhead();
  const Opportunity closed = customer().CloseAsChurned(before.name(), v1::BUDGET);
  v1::ReopenOpportunityRequest reopen;
  reopen.set_name(before.name());
  reopen.set_reason("They called back");
  Must(api().pipeline.ReopenOpportunity(Named(reopen)));
  EXPECT_EQ(Undo(reopen.request_id()).refused_count(), 0);
  const Opportunity after = customer().Get(before);
  EXPECT_EQ(after.outcome(), Opportunity::CHURNED);
  EXPECT_EQ(after.churn_reason(), v1::BUDGET);
  EXPECT_FALSE(after.reopened());
  EXPECT_EQ(customer().Arr(kLongAfter), 0);
}

TEST_P(UndoRenewalTest, TakesAmendmentsAndCancellationsBack) {
  const Opportunity opportunity = OpenAhead();
  const Subscription before = Current();
  v1::AmendSubscriptionRequest amend;
  amend.set_name(before.name());
  *amend.mutable_arr() = Usd(18000);
  amend.set_reason("More seats");
  Must(api().subscriptions.AmendSubscription(Named(amend)));
  EXPECT_EQ(UnitsOf(customer().Get(opportunity).arr()), 18000);
  const auto amended = customer().Movements();
  std::string own;
  EXPECT_EQ(Undo(amend.request_id(), &own).refused_count(), 0);
  EXPECT_EQ(Difference(before, Current()), "");
  EXPECT_EQ(UnitsOf(customer().Get(opportunity).arr()), 12000);
  EXPECT_EQ(customer().Arr(kLongAfter), 12000);
  ExpectLedgerOnlyGrows(amended);
  EXPECT_EQ(Undo(own).refused_count(), 0);
  EXPECT_EQ(customer().Arr(kLongAfter), 18000);
}

TEST_P(UndoRenewalTest, BringsACancelledOneBackIntoItsRenewal) {
  const Subscription one = customer().Subscribe(), two = customer().Subscribe();
  const Opportunity opportunity = customer().Open({one.name(), two.name()});
  const Subscription before = customer().Get(two);
  v1::CancelSubscriptionRequest cancel;
  cancel.set_name(two.name());
  cancel.set_reason(v1::BUDGET);
  Must(api().subscriptions.CancelSubscription(Named(cancel)));
  EXPECT_EQ(UnitsOf(customer().Get(opportunity).arr()), 12000);
  std::string own;
  EXPECT_EQ(Undo(cancel.request_id(), &own).refused_count(), 0);
  EXPECT_EQ(Difference(before, customer().Get(two)), "");
  EXPECT_EQ(Difference(opportunity, customer().Get(opportunity)), "");
  EXPECT_EQ(customer().Arr(kLongAfter), 24000);
  EXPECT_EQ(Undo(own).refused_count(), 0);
  EXPECT_EQ(customer().Get(two).state(), Subscription::CANCELLED);
  EXPECT_EQ(UnitsOf(customer().Get(opportunity).arr()), 12000);
}

TEST_P(UndoRenewalTest, VoidsASubscriptionThatWasEnteredByMistake) {
  v1::CreateSubscriptionRequest create;
  create.set_parent(customer().account());
  *create.mutable_subscription() = ParseText<Subscription>("seats: 10 term_months: 12");
  create.mutable_subscription()->set_product(customer().product());
  *create.mutable_subscription()->mutable_start_date() = ToDate(Today());
  *create.mutable_subscription()->mutable_arr() = Usd(5000);
  const Subscription created = Must(api().subscriptions.CreateSubscription(Named(create)));
  const auto ledger = customer().Movements();
  std::string own;
  const auto undone = Undo(create.request_id(), &own);
  EXPECT_EQ(undone.refused_count(), 0);
  EXPECT_EQ(undone.results(0).operation(), Change::UPDATED);
  EXPECT_EQ(customer().Get(created).state(), Subscription::VOID);
  EXPECT_EQ(customer().Arr(kLongAfter), 0);
  ExpectLedgerOnlyGrows(ledger);
  EXPECT_EQ(Undo(own).refused_count(), 0);
  EXPECT_EQ(Difference(created, customer().Get(created)), "");
  EXPECT_EQ(customer().Arr(kLongAfter), 5000);
}

TEST_P(UndoRenewalTest, TakesAnAcceptedOfferBack) {
  const Opportunity opened = OpenAhead();
  customer().BringTo(Opportunity::RENEWAL, opened.name());
  const v1::Offer offer =
      customer().MakeOffer(opened.name(), "arr {currency_code: 'USD' micros: 15000000000}");
  v1::SendOfferRequest send;
  send.set_name(offer.name());
  const v1::Offer sent = Must(api().pipeline.SendOffer(send));
  v1::AcceptOfferRequest accept;
  accept.set_name(offer.name());
  accept.set_decided_by(customer().champion());
  Must(api().pipeline.AcceptOffer(Named(accept)));
  EXPECT_EQ(Undo(accept.request_id()).refused_count(), 0);
  EXPECT_EQ(customer().Get(opened).accepted_offer(), "");
  v1::GetOfferRequest get;
  get.set_name(offer.name());
  EXPECT_EQ(Difference(sent, Must(api().pipeline.GetOffer(get))), "");
}

}  // namespace
}  // namespace perennial::conformance
