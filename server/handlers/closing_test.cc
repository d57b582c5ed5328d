// What closing an opportunity ends, and what reopening takes up again: rows and ledger agree.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/api/errors.h"
#include "tests/support/parse_text.h"
#include "tests/support/terms_fixture.h"

namespace perennial {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using v1::Opportunity;
using v1::Subscription;

constexpr char kO[] = "accounts/a/opportunities/o";

std::string InRenewal(const std::string& fields = "", const std::string& id = "o") {
  return absl::StrCat("opportunity { name: 'accounts/a/opportunities/", id, "' subscriptions: '",
                      kS, "' stage: RENEWAL ", fields, "}");
}

constexpr char kFromJune2026[] =
    "amendments { effective_date { year: 2026 month: 6 day: 1 } "
    "arr_after { currency_code: 'USD' micros: 120000000 } } ";

class ClosingTest : public TermsFixture {
 protected:
  absl::StatusOr<Opportunity> Close(const std::string& how) {
    v1::CloseOpportunityRequest request = ParseText<v1::CloseOpportunityRequest>(how);
    request.set_name(kO);
    return HandlersFixture::Run<Opportunity>("PipelineService.CloseOpportunity", request);
  }
  absl::StatusOr<Opportunity> Renew() {
    return Close("outcome: RENEWED override_reason: 'Agreed'");
  }
  absl::StatusOr<Opportunity> Reopen() {
    v1::ReopenOpportunityRequest request;
    request.set_name(kO);
    request.set_reason("They called back");
    return HandlersFixture::Run<Opportunity>("PipelineService.ReopenOpportunity", request);
  }

  // What the ledger says of the subscription, in dollars, on a day.
  int64_t Arr(const std::string& subscription, absl::CivilDay day) {
    int64_t micros = 0;
    for (const v1::ArrMovement& movement : All<v1::ArrMovement>()) {
      if (movement.subscription() == subscription && ToCivilDay(movement.effective_date()) <= day) {
        micros += movement.delta().micros();
      }
    }
    return micros / 1'000'000;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, ClosingTest, EveryEngine(), EngineName);

const absl::CivilDay kBeforeTheEnd(2025, 12, 20);
const absl::CivilDay kMay2026(2026, 5, 31);
const absl::CivilDay kJune2026(2026, 6, 1);

TEST_P(ClosingTest, AmendmentsForDaysToComeGoOverToTheRenewal) {
  Put({Sold(kFromJune2026), InRenewal()});
  MoveTo(kBeforeTheEnd);
  const auto closed = Renew();
  ASSERT_TRUE(closed.ok()) << closed.status();
  const std::string next = closed->created_subscriptions(0);
  EXPECT_EQ(Arr(kS, kJune2026), 0);
  EXPECT_EQ(Arr(next, kMay2026), 100);
  EXPECT_EQ(Arr(next, kJune2026), 120);
}

TEST_P(ClosingTest, AmendmentsForDaysToComeEndWithAChurn) {
  Put({Sold(kFromJune2026), InRenewal()});
  MoveTo(kBeforeTheEnd);
  ASSERT_TRUE(Close("outcome: CHURNED churn_reason: PRICE").ok());
  EXPECT_EQ(Arr(kS, kBeforeTheEnd), 100);
  EXPECT_EQ(Arr(kS, kJune2026), 0);
  EXPECT_FALSE(Get<Subscription>(kS).has_next_amendment_date());
}

TEST_P(ClosingTest, WhatIsAmendedOnTheDayItEndsIsTakenOutOnce) {
  Put({Sold(), InRenewal()});
  const absl::CivilDay late(2026, 1, 10);
  MoveTo(late);
  Do<v1::AmendSubscriptionRequest>(
      "SubscriptionService.AmendSubscription",
      absl::StrCat("name: '", kS,
                   "' reason: 'More' arr { currency_code: 'USD' micros: 130000000 }"));
  const auto closed = Renew();
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(Arr(kS, late), 0);
  EXPECT_EQ(Arr(closed->created_subscriptions(0), late), 130);
  ASSERT_TRUE(Reopen().ok());
  EXPECT_EQ(Arr(kS, late), 130);
  ASSERT_TRUE(Close("outcome: CHURNED churn_reason: PRICE").ok());
  EXPECT_EQ(Arr(kS, late), 0);
  ASSERT_TRUE(Reopen().ok());
  EXPECT_EQ(Arr(kS, late), 130);
}

TEST_P(ClosingTest, WhatGoesOverComesBackByReopening) {
  Put({Sold(kFromJune2026), InRenewal()});
  MoveTo(kBeforeTheEnd);
  const auto closed = Renew();
  ASSERT_TRUE(closed.ok()) << closed.status();
  const auto reopened = Reopen();
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  const std::string next = closed->created_subscriptions(0);
  EXPECT_EQ(Get<Subscription>(next).state(), Subscription::VOID);
  for (const absl::CivilDay day : {kBeforeTheEnd, kMay2026, kJune2026})
    EXPECT_EQ(Arr(next, day), 0);
  EXPECT_EQ(Arr(kS, kMay2026), 100);
  EXPECT_EQ(Arr(kS, kJune2026), 120);
}

TEST_P(ClosingTest, WhatWasCarriedOutByHandIsNotAddedAgain) {
  Put({Sold("auto_renew: true "), InRenewal()});
  v1::CreateProposalRequest propose;
  propose.set_parent(kO);
  propose.set_proposal_id("more");
  *propose.mutable_proposal() = ParseText<v1::Proposal>(
      absl::StrCat("type: UPSELL subscription: '", kS,
                   "' seats: 10 arr { currency_code: 'USD' micros: 50000000 }"));
  ASSERT_TRUE(HandlersFixture::Run<v1::Proposal>("ExpansionService.CreateProposal", propose).ok());
  v1::AcceptProposalRequest accept;
  accept.set_name(absl::StrCat(kO, "/proposals/more"));
  const auto accepted =
      HandlersFixture::Run<v1::Proposal>("ExpansionService.AcceptProposal", accept);
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->accepted_for().seats(), 10);
  Do<v1::AmendSubscriptionRequest>("SubscriptionService.AmendSubscription",
                                   absl::StrCat("name: '", kS,
                                                "' reason: 'The upsell' seats: 20 "
                                                "arr { currency_code: 'USD' micros: 150000000 }"));
  MoveTo(absl::CivilDay(2026, 1, 1));
  v1::SettleEndedTermsRequest settle;
  settle.set_parent("accounts/a");
  const auto counts = HandlersFixture::Run<v1::SettleEndedTermsResponse>(
      "PipelineService.SettleEndedTerms", settle);
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->undecided_count(), 1);
  EXPECT_EQ(Get<Subscription>(kS).seats(), 20);
  EXPECT_EQ(Get<Subscription>(kS).state(), Subscription::PAST_DUE);
}

// --- What a closing did not end ---

class ClosedElsewhereTest : public ClosingTest {
 protected:
  void SetUp() override {
    ClosingTest::SetUp();
    if (!IsSkipped()) Put({Sold(), Closed()});
  }

  // As CHURNED, with the subscription nevertheless in force.
  static std::string Closed(const std::string& fields = "") {
    return InRenewal(
        "outcome: CHURNED churn_reason: PRICE "
        "arr { currency_code: 'USD' micros: 100000000 } "
        "renewal_date { year: 2025 month: 1 day: 1 } "
        "open_time { seconds: 1700000000 } close_time { seconds: 1710000000 } " +
        fields);
  }

  // Nothing is written.
  void ExpectRefused(const std::string& why) {
    const std::string before = Get<Subscription>(kS).SerializeAsString();
    const std::vector<std::string> ledger = Ledger();
    const absl::Status refused = Reopen().status();
    EXPECT_EQ(ReasonOf(refused), v1::WRONG_STATE) << refused;
    EXPECT_THAT(std::string(refused.message()), HasSubstr(why));
    EXPECT_EQ(Get<Subscription>(kS).SerializeAsString(), before);
    EXPECT_EQ(Ledger(), ledger);
  }

  void Cancel() {
    Do<v1::CancelSubscriptionRequest>("SubscriptionService.CancelSubscription",
                                      absl::StrCat("name: '", kS, "' reason: BUDGET"));
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, ClosedElsewhereTest, EveryEngine(), EngineName);

TEST_P(ClosedElsewhereTest, WhatIsInForceIsNotTakenUp) {
  ExpectRefused("open another opportunity");
  Put({InRenewal("", "o2")});
  ExpectRefused("accounts/a/opportunities/o2");
}

TEST_P(ClosedElsewhereTest, WhatWasRenewedHereIsNotTakenUp) {
  Put({InRenewal("", "o2")});
  v1::CloseOpportunityRequest close;
  close.set_name("accounts/a/opportunities/o2");
  close.set_outcome(Opportunity::RENEWED);
  close.set_override_reason("Agreed");
  const auto closed = HandlersFixture::Run<Opportunity>("PipelineService.CloseOpportunity", close);
  ASSERT_TRUE(closed.ok()) << closed.status();
  ExpectRefused(closed->created_subscriptions(0));
}

TEST_P(ClosedElsewhereTest, WhatSomebodyCancelledIsNotTakenUp) {
  Cancel();
  ExpectRefused("take its cancellation back");
  Do<v1::UndoCancellationRequest>("SubscriptionService.UndoCancellation",
                                  absl::StrCat("name: '", kS, "' reason: 'They stay'"));
  EXPECT_EQ(Get<Subscription>(kS).state(), Subscription::ACTIVE);
  EXPECT_EQ(Arr(kS, kJune2026), 100);
}

TEST_P(ClosedElsewhereTest, WhatItIsSaidToHaveCreatedStays) {
  Put({Sold("", "s2"), With(Closed("created_subscriptions: 'accounts/a/subscriptions/s2' "),
                            "name: 'accounts/a/opportunities/o3'")});
  v1::ReopenOpportunityRequest request;
  request.set_name("accounts/a/opportunities/o3");
  request.set_reason("They called back");
  EXPECT_FALSE(
      HandlersFixture::Run<Opportunity>("PipelineService.ReopenOpportunity", request).ok());
  EXPECT_EQ(Get<Subscription>("accounts/a/subscriptions/s2").state(), Subscription::ACTIVE);
}

TEST_P(ClosingTest, WhatWasWorthNothingIsTakenUpAgain) {
  Put({Sold("arr { micros: 0 } "), InRenewal()});
  ASSERT_TRUE(Close("outcome: CHURNED churn_reason: PRICE note: 'Unused'").ok());
  const auto reopened = Reopen();
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  EXPECT_EQ(Get<Subscription>(kS).open_opportunity(), kO);
}

TEST_P(ClosingTest, ACorrectedTermHoldsWhatIsToCome) {
  Put({Sold()});
  Do<v1::AmendSubscriptionRequest>("SubscriptionService.AmendSubscription",
                                   absl::StrCat("name: '", kS,
                                                "' reason: 'More' seats: 12 "
                                                "effective_date { year: 2025 month: 10 day: 1 }"));
  v1::CorrectSubscriptionRequest correct;
  correct.set_name(kS);
  correct.set_reason("A typing error");
  correct.set_term_months(6);
  const absl::Status refused =
      HandlersFixture::Run<Subscription>("SubscriptionService.CorrectSubscription", correct)
          .status();
  ASSERT_THAT(ViolationsOf(refused), SizeIs(1)) << refused;
  EXPECT_EQ(ViolationsOf(refused)[0].field, "term_months");
  correct.set_term_months(10);
  EXPECT_TRUE(
      HandlersFixture::Run<Subscription>("SubscriptionService.CorrectSubscription", correct).ok());
}

}  // namespace
}  // namespace perennial
