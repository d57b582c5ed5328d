// The end of an auto-renewing term: what was signed is what is written, and what people decided is
// not undone.

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using v1::Opportunity;
using v1::Subscription;
using v1::Task;

std::string Arr(int64_t units) {
  return absl::StrCat("arr {", Usd(units).ShortDebugString(), "} ");
}

class AgreedTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    customer_.emplace(api());
    subscription_ = EndingTomorrow("auto_renew: true");
    opportunity_ = customer().Open({subscription_.name()});
  }

  Customer& customer() { return *customer_; }
  const Subscription& subscription() const { return subscription_; }
  const std::string& opportunity() const { return opportunity_.name(); }

  Subscription EndingTomorrow(const std::string& text) {
    const absl::CivilDay end = Today() + 1;
    return customer().Subscribe(
        absl::StrCat("start_date ",
                     DateText(absl::CivilDay(end.year() - 1, end.month(), end.day())), " ", text));
  }

  Opportunity Renewal() { return customer().Get(opportunity_); }

  void Accept(const v1::Proposal& proposal) {
    v1::AcceptProposalRequest accept;
    accept.set_name(proposal.name());
    Must(api().expansion.AcceptProposal(accept));
  }

  void Amend(int64_t units) {
    v1::AmendSubscriptionRequest amend;
    amend.set_name(subscription().name());
    *amend.mutable_arr() = Usd(units);
    amend.set_reason("They asked");
    Must(api().subscriptions.AmendSubscription(amend));
  }

  v1::CloseOpportunityRequest Closing() {
    v1::CloseOpportunityRequest close;
    close.set_name(opportunity());
    close.set_outcome(Opportunity::RENEWED);
    return close;
  }

  std::vector<Subscription> InForce() {
    return customer().Subscriptions("state = ACTIVE OR state = PAST_DUE");
  }

  // It stayed open, and somebody is asked once, for this reason.
  void ExpectThatSomebodyIsAsked(const std::string& why) {
    EXPECT_EQ(Renewal().outcome(), Opportunity::OPEN);
    EXPECT_EQ(customer().Get(subscription()).state(), Subscription::PAST_DUE);
    v1::ListTasksRequest list;
    list.set_parent(customer().account());
    list.set_filter("kind = OTHER AND opportunity = \"" + opportunity() + "\"");
    const std::vector<Task> tasks = MustList(api().engagement.ListTasks(list));
    ASSERT_EQ(tasks.size(), 1u);
    EXPECT_THAT(tasks[0].note(), HasSubstr(why));
    EXPECT_EQ(tasks[0].assignee(), customer().owner());
  }

 private:
  std::optional<Customer> customer_;
  Subscription subscription_;
  Opportunity opportunity_;
};
INSTANTIATE_ON_EVERY_ENGINE(AgreedTest);

TEST_P(AgreedTest, WithoutAnythingAgreedItRenewsAtUnchangedArr) {
  const Subscription other = EndingTomorrow("");  // not by itself
  v1::OpenDueOpportunitiesRequest due;
  due.set_parent(customer().account());
  EXPECT_EQ(Must(api().pipeline.OpenDueOpportunities(due)).joined_count(), 1);
  MoveDays(1);
  // What people work on goes on for the other; the one that renews by itself was taken out of it.
  EXPECT_EQ(Renewal().outcome(), Opportunity::OPEN);
  EXPECT_THAT(Renewal().subscriptions(), ElementsAre(other.name()));
  EXPECT_EQ(customer().Get(other).state(), Subscription::PAST_DUE);
  EXPECT_EQ(customer().Get(other).open_opportunity(), opportunity());
  const std::vector<Opportunity> all = customer().Opportunities();
  ASSERT_EQ(all.size(), 2u);
  const Opportunity& renewed = all[all[0].name() == opportunity() ? 1 : 0];
  EXPECT_EQ(renewed.outcome(), Opportunity::RENEWED);
  EXPECT_TRUE(renewed.auto_closed());
  EXPECT_EQ(UnitsOf(renewed.closed_arr()), 12000);
  EXPECT_EQ(customer().Get(subscription()).state(), Subscription::RENEWED);
}

TEST_P(AgreedTest, TheAcceptedOfferIsWritten) {
  Accept(customer().Propose(opportunity(), Arr(500) + "type: UPSELL seats: 2 subscription: '" +
                                               subscription().name() + "'"));
  customer().Agree(opportunity(), Arr(3000) + "term_months: 24");
  MoveDays(1);
  EXPECT_EQ(Renewal().outcome(), Opportunity::RENEWED);
  EXPECT_TRUE(Renewal().auto_closed());
  EXPECT_EQ(UnitsOf(Renewal().closed_arr()), 3500);
  const auto in_force = InForce();
  ASSERT_EQ(in_force.size(), 1u);
  EXPECT_EQ(UnitsOf(in_force[0].arr()), 3500);
  EXPECT_EQ(in_force[0].seats(), 12);
  EXPECT_EQ(in_force[0].term_months(), 24);
  EXPECT_EQ(customer().Arr(Today()), 3500);
}

TEST_P(AgreedTest, AcceptedProposalsAreWrittenThoughNoOfferWasMade) {
  Accept(customer().Propose(opportunity(),
                            Arr(700) + "type: CROSS_SELL product: '" + customer().product() + "'"));
  MoveDays(1);
  EXPECT_EQ(Renewal().outcome(), Opportunity::RENEWED);
  EXPECT_EQ(InForce().size(), 2u);
  EXPECT_EQ(customer().Arr(Today()), 12700);
}

TEST_P(AgreedTest, WhatWasSignedForOtherFactsWaitsForAPerson) {
  const v1::Offer offer = customer().Agree(opportunity(), Arr(13000));
  ASSERT_EQ(offer.accepted_for_size(), 1);
  EXPECT_EQ(UnitsOf(offer.accepted_for(0).arr()), 12000);
  Amend(15000);
  customer().BringTo(Opportunity::RENEWAL, opportunity());
  v1::CloseOpportunityRequest close = Closing();
  EXPECT_THAT(api().pipeline.CloseOpportunity(close), FailsWith(v1::AGREEMENT_CHANGED));
  MoveDays(1);
  ExpectThatSomebodyIsAsked("USD 15000.00");
  MoveDays(1);
  ExpectThatSomebodyIsAsked("USD 15000.00");

  EXPECT_THAT(api().pipeline.CloseOpportunity(close), FailsWith(v1::AGREEMENT_CHANGED));
  close.set_override_reason("They meant the new seats, too");
  EXPECT_THAT(As(v1::EDITOR).pipeline.CloseOpportunity(close), FailsWith(v1::ROLE_TOO_LOW));
  const Opportunity closed = Must(As(v1::MANAGER).pipeline.CloseOpportunity(close));
  EXPECT_EQ(UnitsOf(closed.closed_arr()), 13000);
  EXPECT_EQ(customer().Transitions(opportunity()).back().reason(), close.override_reason());
}

TEST_P(AgreedTest, WhatWasRejectedWaitsForAPerson) {
  v1::RejectOfferRequest reject;
  reject.set_name(customer().Agree(opportunity(), Arr(13000)).name());
  reject.set_note("Too expensive");
  Must(api().pipeline.RejectOffer(reject));
  MoveDays(1);
  ExpectThatSomebodyIsAsked("rejected");
  customer().CloseAsChurned(opportunity(), v1::PRICE);
  EXPECT_THAT(InForce(), IsEmpty());
}

TEST_P(AgreedTest, WhatWasReopenedWaitsForAPerson) {
  MoveDays(1);
  EXPECT_TRUE(Renewal().auto_closed());
  customer().Reopen(opportunity());
  EXPECT_TRUE(Renewal().reopened());
  MoveDays(1);
  ExpectThatSomebodyIsAsked("opened it again");
  const Opportunity closed = customer().CloseAsChurned(opportunity(), v1::BUDGET);
  EXPECT_FALSE(closed.reopened());
  EXPECT_EQ(customer().Arr(Today()), 0);
}

TEST_P(AgreedTest, AfterReopeningANewAgreementIsWritten) {
  customer().CloseAsChurned(opportunity(), v1::BUDGET);
  customer().Reopen(opportunity());
  customer().Agree(opportunity(), Arr(11000));
  EXPECT_FALSE(Renewal().reopened());
  MoveDays(1);
  EXPECT_EQ(UnitsOf(Renewal().closed_arr()), 11000);
}

TEST_P(AgreedTest, ARenewalMayGoIntoAnotherCurrency) {
  customer().BringTo(Opportunity::RENEWAL, opportunity());
  customer().Agree(opportunity(),
                   "arr {currency_code: 'EUR' micros: 10800000000} exchange_rate_nanos: 900000000");
  const Opportunity closed = Must(api().pipeline.CloseOpportunity(Closing()));
  EXPECT_EQ(UnitsOf(closed.closed_arr()), 12000) << "by the rate";
  const auto renewing = customer().Subscriptions("renews = \"" + subscription().name() + "\"");
  ASSERT_EQ(renewing.size(), 1u);
  EXPECT_EQ(renewing[0].arr().currency_code(), "EUR");
  EXPECT_EQ(renewing[0].arr().micros(), 10800000000);
  const auto movements = customer().Movements("exchange_rate_nanos > 0");
  ASSERT_EQ(movements.size(), 1u);
  EXPECT_EQ(movements[0].delta().currency_code(), "EUR");
  MoveDays(1);
  EXPECT_EQ(customer().Open({renewing[0].name()}).arr().currency_code(), "EUR");
}

// What should have been closed by now is no forecast.
TEST_P(AgreedTest, OverdueOnTheBoardBeginsWithTheRiskThatItIsPastDue) {
  const Opportunity renewal = customer().Open({EndingTomorrow("").name()});
  const auto column = [&] {
    v1::GetBoardRequest request;
    request.set_parent(customer().account());
    request.set_filter(absl::StrCat("name = \"", renewal.name(), "\""));
    return Must(api().pipeline.GetBoard(request)).columns(0);
  };
  const auto is_past_due = [&] {
    const auto reasons = customer().Get(renewal).risk_reasons();
    return std::find(reasons.begin(), reasons.end(), "PAST_DUE") != reasons.end();
  };
  EXPECT_EQ(column().overdue_count(), 0);
  EXPECT_FALSE(is_past_due());
  EXPECT_EQ(column().amounts(0).weighted_arr(), renewal.weighted_arr());
  MoveDays(1);
  EXPECT_EQ(column().overdue_count(), 1);
  EXPECT_TRUE(is_past_due());
  EXPECT_EQ(column().amounts(0).weighted_arr().micros(), 0);
  EXPECT_EQ(column().amounts(0).overdue_weighted_arr(), renewal.weighted_arr());
}

}  // namespace
}  // namespace perennial::conformance
