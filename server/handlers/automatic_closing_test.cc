// What renews by itself, what people decide about it, and on which days either counts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "lib/api/errors.h"
#include "tests/support/parse_text.h"
#include "tests/support/terms_fixture.h"

namespace perennial {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using v1::Opportunity;
using v1::Subscription;

constexpr char kO[] = "accounts/a/opportunities/o";
constexpr char kT[] = "accounts/a/subscriptions/t";
const absl::CivilDay kEnd(2026, 1, 1);

class AutomaticClosingTest : public TermsFixture {
 protected:
  // Up for renewal, with people who may decide and who may not.
  void Open(const std::vector<std::string>& subscriptions) {
    std::string opportunity =
        absl::StrCat("opportunity { name: '", kO, "' stage: RENEWAL owner: 'ann@x' ");
    for (const std::string& name : subscriptions) {
      absl::StrAppend(&opportunity, "subscriptions: '", name, "' ");
    }
    Put({opportunity + "}",
         "contact { name: 'accounts/a/contacts/joe' display_name: 'Joe' roles: DECISION_MAKER }",
         "contact { name: 'accounts/a/contacts/bu' display_name: 'Bu' roles: BUSINESS_USER }"});
  }

  void Send(const std::string& fields) {
    Do<v1::CreateOfferRequest>("PipelineService.CreateOffer",
                               absl::StrCat("parent: '", kO,
                                            "' offer_id: 'x' offer { term_months: 12 arr { "
                                            "currency_code: 'USD' micros: 330000000 } ",
                                            fields, "}"));
    Do<v1::SendOfferRequest>("PipelineService.SendOffer",
                             absl::StrCat("name: '", kO, "/offers/x'"));
  }
  void Accept(const std::string& who) {
    Do<v1::AcceptOfferRequest>("PipelineService.AcceptOffer", absl::StrCat("name: '", kO,
                                                                           "/offers/x' decided_by: "
                                                                           "'accounts/a/contacts/",
                                                                           who, "'"));
  }
  void AcceptUpsell(const std::string& subscription) {
    Do<v1::CreateProposalRequest>(
        "ExpansionService.CreateProposal",
        absl::StrCat("parent: '", kO, "' proposal_id: 'u' proposal { type: UPSELL subscription: '",
                     subscription, "' seats: 1 arr { currency_code: 'USD' micros: 10000000 } }"));
    Do<v1::AcceptProposalRequest>("ExpansionService.AcceptProposal",
                                  absl::StrCat("name: '", kO, "/proposals/u'"));
  }

  v1::SettleEndedTermsResponse Settle() {
    v1::SettleEndedTermsRequest request;
    request.set_parent("accounts/a");
    const auto counts = HandlersFixture::Run<v1::SettleEndedTermsResponse>(
        "PipelineService.SettleEndedTerms", request);
    EXPECT_TRUE(counts.ok()) << counts.status();
    return counts.value_or(v1::SettleEndedTermsResponse());
  }
  absl::StatusOr<Opportunity> Close(const std::string& more = "") {
    v1::CloseOpportunityRequest request =
        ParseText<v1::CloseOpportunityRequest>("outcome: RENEWED " + more);
    request.set_name(kO);
    return HandlersFixture::Run<Opportunity>("PipelineService.CloseOpportunity", request);
  }
  template <class Request>
  absl::Status Try(const std::string& method, const std::string& text) {
    return HandlersFixture::Run<Subscription>(method, ParseText<Request>(text)).status();
  }

  // The step stopped, and asks.
  void ExpectUndecided(const std::string& why) {
    EXPECT_EQ(Settle().undecided_count(), 1);
    EXPECT_EQ(Get<Opportunity>(kO).outcome(), Opportunity::OPEN);
    EXPECT_EQ(Get<Subscription>(kS).state(), Subscription::PAST_DUE);
    std::vector<std::string> notes;
    for (const v1::Task& task : All<v1::Task>()) {
      if (absl::StartsWith(task.title(), "Decide on the renewal")) notes.push_back(task.note());
    }
    EXPECT_THAT(notes, ElementsAre(HasSubstr(why)));
  }

  // The subscription that renews another.
  Subscription RenewalOf(const std::string& name) {
    return Get<Subscription>(Get<Subscription>(name).renewed_by());
  }
  std::vector<std::string> Days(const std::string& subscription) {
    std::vector<std::string> days;
    for (const v1::ArrMovement& movement : All<v1::ArrMovement>()) {
      if (movement.subscription() == subscription) {
        days.push_back(FormatDate(movement.effective_date()));
      }
    }
    return days;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, AutomaticClosingTest, EveryEngine(), EngineName);

// --- what people decided ---

TEST_P(AutomaticClosingTest, WhatNobodyWhoDecidesHasAcceptedIsNotWritten) {
  Put({Sold("auto_renew: true ")});
  Open({kS});
  Send("");
  Accept("bu");
  MoveTo(kEnd);
  EXPECT_EQ(ReasonOf(Close().status()), v1::GATE_UNMET);
  ExpectUndecided("decision role");
}

TEST_P(AutomaticClosingTest, AnOfferThatIsOutIsWaitedFor) {
  Put({Sold("auto_renew: true ")});
  Open({kS});
  Send("expire_date { year: 2026 month: 1 day: 1 } ");
  MoveTo(kEnd);
  ExpectUndecided("It was sent to the customer, who has not decided on it.");
  Accept("joe");
  const auto closed = Close();
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(RenewalOf(kS).arr().micros(), 330000000);
}

TEST_P(AutomaticClosingTest, AnOfferThatHasExpiredIsNot) {
  Put({Sold("auto_renew: true ")});
  Open({kS});
  Send("expire_date { year: 2025 month: 12 day: 31 } ");
  MoveTo(kEnd);
  EXPECT_EQ(Settle().auto_renewed_count(), 1);
  EXPECT_EQ(RenewalOf(kS).arr().micros(), 100000000);
}

TEST_P(AutomaticClosingTest, WhatPeopleWorkOnStaysWhereTheyWorkOnIt) {
  Put({Sold("auto_renew: true "), Sold("", "t")});
  Open({kS, kT});
  Do<v1::UpdateOpportunityRequest>(
      "PipelineService.UpdateOpportunity",
      absl::StrCat("opportunity { name: '", kO,
                   "' next_step: 'Call' forecast_arr { currency_code: "
                   "'USD' micros: 150000000 } } update_mask { paths: 'next_step' paths: "
                   "'forecast_arr' }"));
  MoveTo(kEnd);
  EXPECT_EQ(Settle().auto_renewed_count(), 1);
  const Opportunity open = Get<Opportunity>(kO);
  EXPECT_EQ(open.outcome(), Opportunity::OPEN);
  EXPECT_EQ(open.stage(), Opportunity::RENEWAL);
  EXPECT_EQ(open.next_step(), "Call");
  EXPECT_EQ(open.forecast_arr().micros(), 150000000);
  EXPECT_THAT(open.subscriptions(), ElementsAre(kT));
  EXPECT_EQ(Get<Subscription>(kT).open_opportunity(), kO);
  for (const Opportunity& other : All<Opportunity>()) {
    if (other.name() == kO) continue;
    EXPECT_EQ(other.outcome(), Opportunity::RENEWED);
    EXPECT_THAT(other.subscriptions(), ElementsAre(kS));
    EXPECT_EQ(other.owner(), "ann@x");
    EXPECT_EQ(other.forecast_arr().micros(), 100000000);
    EXPECT_EQ(other.closed_arr().micros(), 100000000);
  }
  EXPECT_THAT(All<Opportunity>(), SizeIs(2));
}

TEST_P(AutomaticClosingTest, WhatWasAcceptedForTheWholeIsNotTakenApart) {
  Put({Sold("auto_renew: true "), Sold("", "t")});
  Open({kS, kT});
  AcceptUpsell(kT);
  MoveTo(kEnd);
  // The other one ends on that day, too.
  EXPECT_EQ(Settle().past_due_count(), 2);
  EXPECT_EQ(Get<Opportunity>(kO).outcome(), Opportunity::OPEN);
  EXPECT_THAT(Get<Opportunity>(kO).subscriptions(), SizeIs(2));
}

TEST_P(AutomaticClosingTest, WhatWasAcceptedIsForTheProductAndTheTerm) {
  Put({Sold("auto_renew: true "), Sold("", "t")});
  Open({kS, kT});
  AcceptUpsell(kS);
  const std::string correct = "' reason: 'A typing error' term_months: 10";
  const absl::Status refused = Try<v1::CorrectSubscriptionRequest>(
      "SubscriptionService.CorrectSubscription", absl::StrCat("name: '", kS, correct));
  EXPECT_EQ(ReasonOf(refused), v1::WRONG_STATE);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("proposals/u was accepted"));
  EXPECT_EQ(
      ReasonOf(Try<v1::AlignTermRequest>(
          "SubscriptionService.AlignTerm",
          absl::StrCat("name: '", kS, "' reason: 'r' end_date { year: 2026 month: 2 day: 1 }"))),
      v1::WRONG_STATE);
  EXPECT_TRUE(Try<v1::CorrectSubscriptionRequest>("SubscriptionService.CorrectSubscription",
                                                  absl::StrCat("name: '", kT, correct))
                  .ok());
}

TEST_P(AutomaticClosingTest, AnUpsellOfWhatIsCancelledIsToBeDeclined) {
  Put({Sold(), Sold("", "t")});
  Open({kS, kT});
  Send("");
  AcceptUpsell(kS);
  Do<v1::CancelSubscriptionRequest>("SubscriptionService.CancelSubscription",
                                    absl::StrCat("name: '", kS, "' reason: BUDGET"));
  const absl::Status refused = Close("override_reason: 'Agreed'").status();
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("ecline the proposal"), Not(HasSubstr("withdraw"))))
      << refused;
  Do<v1::DeclineProposalRequest>("ExpansionService.DeclineProposal",
                                 absl::StrCat("name: '", kO, "/proposals/u' reason: 'Cancelled'"));
  EXPECT_TRUE(Close("override_reason: 'Agreed'").ok());
}

TEST_P(AutomaticClosingTest, WhatPeopleSaidInOneCurrencyKeepsItThere) {
  Put({Sold("arr { micros: 0 } ")});
  Open({kS});
  const std::string update = absl::StrCat("opportunity { name: '", kO,
                                          "' forecast_arr { "
                                          "currency_code: 'USD' micros: 5000000 } } ");
  Do<v1::UpdateOpportunityRequest>("PipelineService.UpdateOpportunity",
                                   update + "update_mask { paths: 'forecast_arr' }");
  const std::string amend =
      absl::StrCat("name: '", kS, "' reason: 'r' arr { currency_code: 'EUR' micros: 1000000 }");
  const absl::Status refused =
      Try<v1::AmendSubscriptionRequest>("SubscriptionService.AmendSubscription", amend);
  EXPECT_EQ(ReasonOf(refused), v1::CURRENCY_MISMATCH);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("Its forecast is in USD"));
  Do<v1::UpdateOpportunityRequest>(
      "PipelineService.UpdateOpportunity",
      absl::StrCat("opportunity { name: '", kO, "' } update_mask { paths: 'forecast_arr' }"));
  Do<v1::AmendSubscriptionRequest>("SubscriptionService.AmendSubscription", amend);
  EXPECT_EQ(Get<Opportunity>(kO).forecast_arr().currency_code(), "EUR");
}

TEST_P(AutomaticClosingTest, AnOfferInAnotherCurrencyNeedsARateStill) {
  Put({Sold("arr { micros: 0 } ")});
  Open({kS});
  Send("");
  Accept("joe");
  Do<v1::AmendSubscriptionRequest>(
      "SubscriptionService.AmendSubscription",
      absl::StrCat("name: '", kS, "' reason: 'r' arr { currency_code: 'EUR' micros: 1000000 }"));
  EXPECT_EQ(ReasonOf(Close("override_reason: 'Agreed'").status()), v1::CURRENCY_MISMATCH);
}

// --- days ---

TEST_P(AutomaticClosingTest, WhatIsWrittenLateCountsFromTheEndOfTheTerm) {
  Put({Sold("auto_renew: true ")});
  Open({kS});
  Send("");
  Accept("joe");
  MoveTo(kEnd + 100);
  EXPECT_EQ(Settle().auto_renewed_count(), 1);
  const Subscription old = Get<Subscription>(kS);
  EXPECT_EQ(FormatDate(old.end_date()), "2026-01-01");
  EXPECT_THAT(Days(kS), ElementsAre("2025-01-01", "2026-01-01"));
  EXPECT_THAT(Days(old.renewed_by()), ElementsAre("2026-01-01"));
}

TEST_P(AutomaticClosingTest, WhatHasChangedUntilItIsWrittenIsAskedAbout) {
  Put({Sold("auto_renew: true ")});
  Open({kS});
  Send("");
  Accept("joe");
  MoveTo(kEnd + 4);
  Do<v1::AmendSubscriptionRequest>(
      "SubscriptionService.AmendSubscription",
      absl::StrCat("name: '", kS, "' reason: 'r' arr { currency_code: 'USD' micros: 150000000 }"));
  MoveTo(kEnd + 9);
  ExpectUndecided("it has");
}

TEST_P(AutomaticClosingTest, WhatPeopleCloseLateChangesFromThenOn) {
  Put({Sold()});
  Open({kS});
  MoveTo(kEnd + 9);
  ASSERT_TRUE(Close("override_reason: 'Agreed'").ok());
  const Subscription next = RenewalOf(kS);
  EXPECT_EQ(FormatDate(next.start_date()), "2026-01-01");
  EXPECT_THAT(Days(next.name()), ElementsAre("2026-01-10"));
  const std::string before = "{ year: 2026 month: 1 day: 9 }";
  const std::string then = "{ year: 2026 month: 1 day: 10 }";
  const auto amend = [&](const std::string& day) {
    return Try<v1::AmendSubscriptionRequest>(
        "SubscriptionService.AmendSubscription",
        absl::StrCat("name: '", next.name(),
                     "' reason: 'r' arr { currency_code: 'USD' micros: "
                     "150000000 } effective_date ",
                     day));
  };
  const auto cancel = [&](const std::string& day) {
    return Try<v1::CancelSubscriptionRequest>(
        "SubscriptionService.CancelSubscription",
        absl::StrCat("name: '", next.name(), "' reason: PRICE end_date ", day));
  };
  for (const absl::Status& refused : {amend(before), cancel(before)}) {
    EXPECT_EQ(ReasonOf(refused), v1::WRONG_STATE) << refused;
    EXPECT_THAT(std::string(refused.message()),
                AllOf(HasSubstr("2026-01-09"), HasSubstr("2026-01-10")));
  }
  EXPECT_THAT(Days(next.name()), SizeIs(1));
  EXPECT_TRUE(amend(then).ok());
  EXPECT_TRUE(cancel(then).ok());
}

TEST_P(AutomaticClosingTest, WhatPeopleCloseYearsLateIsInTheTermOfToday) {
  Put({Sold("auto_renew: true "), Sold("", "t")});
  for (const char* name : {kS, kT}) {
    const absl::string_view id = absl::string_view(name).substr(strlen(kS) - 1);
    Put({absl::StrCat("opportunity { name: 'accounts/a/opportunities/o", id,
                      "' stage: RENEWAL subscriptions: '", name, "' }")});
  }
  MoveTo(absl::CivilDay(2028, 6, 1));
  for (const char* id : {"os", "ot"}) {
    Do<v1::CloseOpportunityRequest>("PipelineService.CloseOpportunity",
                                    absl::StrCat("name: 'accounts/a/opportunities/", id,
                                                 "' outcome: RENEWED override_reason: 'Agreed'"));
  }
  EXPECT_EQ(RenewalOf(kS).state(), Subscription::ACTIVE);
  EXPECT_EQ(FormatDate(RenewalOf(kS).term_end_date()), "2029-01-01");
  EXPECT_EQ(RenewalOf(kT).state(), Subscription::PAST_DUE);
  EXPECT_EQ(FormatDate(RenewalOf(kT).term_end_date()), "2027-01-01");
}

}  // namespace
}  // namespace perennial
