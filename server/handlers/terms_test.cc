// What becomes of subscriptions as their terms pass and are put right, and as imports change them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/api/errors.h"
#include "tests/support/parse_text.h"
#include "tests/support/terms_fixture.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using v1::Opportunity;
using v1::Subscription;

class TermsTest : public TermsFixture {
 protected:
  v1::OpenDueOpportunitiesResponse OpenDue() {
    v1::OpenDueOpportunitiesRequest request;
    request.set_parent("accounts/-");
    return HandlersFixture::Run<v1::OpenDueOpportunitiesResponse>(
               "PipelineService.OpenDueOpportunities", request)
        .value();
  }
  v1::SettleEndedTermsResponse Settle() {
    v1::SettleEndedTermsRequest request;
    request.set_parent("accounts/-");
    return HandlersFixture::Run<v1::SettleEndedTermsResponse>("PipelineService.SettleEndedTerms",
                                                              request)
        .value();
  }

  template <class Request>
  absl::StatusOr<Subscription> Change(const std::string& method, const std::string& text,
                                      const std::string& name = kS) {
    Request request = ParseText<Request>("reason: 'As they asked' " + text);
    request.set_name(name);
    return HandlersFixture::Run<Subscription>("SubscriptionService." + method, request);
  }
  absl::StatusOr<Subscription> Correct(const std::string& text) {
    return Change<v1::CorrectSubscriptionRequest>("CorrectSubscription", text);
  }
  absl::StatusOr<Subscription> Amend(const std::string& text, const std::string& name = kS) {
    return Change<v1::AmendSubscriptionRequest>("AmendSubscription", text, name);
  }

  template <class T>
  void Overwrite(const T& resource) {
    const absl::Status status = store_->Apply(call_, [&](WriteTx& tx) -> absl::Status {
      RETURN_IF_ERROR(tx.Get<T>(resource.name()).status());
      return tx.Update(resource).status();
    });
    EXPECT_TRUE(status.ok()) << status;
  }

  Subscription S() { return Get<Subscription>(kS); }
};
INSTANTIATE_TEST_SUITE_P(Engines, TermsTest, EveryEngine(), EngineName);

// --- exclusions ---

TEST_P(TermsTest, AShortTermIsJudgedAnewOnceItIsPutRight) {
  Put({Sold("term_months: 1 auto_renew: true")});
  EXPECT_EQ(OpenDue().excluded_count(), 1);
  const auto corrected = Correct("term_months: 12");
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  EXPECT_EQ(corrected->exclusion_reason(), Subscription::EXCLUSION_REASON_UNSPECIFIED);
  EXPECT_EQ(corrected->exclusion_note(), "");
}

TEST_P(TermsTest, AShortTermThatIsOverIsDecided) {
  Put({Sold("term_months: 1")});
  EXPECT_EQ(OpenDue().excluded_count(), 1);
  MoveTo(absl::CivilDay(2025, 2, 1));
  EXPECT_EQ(Settle().past_due_count(), 1);
  EXPECT_EQ(OpenDue().opened_count(), 1);
  EXPECT_NE(S().open_opportunity(), "");
}

TEST_P(TermsTest, ATermThatWasAlignedIsStillAYearlyOne) {
  Put({Sold()});
  ASSERT_TRUE(
      Change<v1::AlignTermRequest>("AlignTerm", "end_date { year: 2025 month: 4 day: 1 }").ok());
  const auto counts = OpenDue();
  EXPECT_EQ(counts.excluded_count(), 0);
  EXPECT_EQ(counts.opened_count(), 1);
}

// --- corrections ---

TEST_P(TermsTest, ACorrectionLeavesADecisionOpen) {
  Put({Sold("auto_renew: true start_date { year: 2024 month: 2 day: 1 }")});
  EXPECT_EQ(OpenDue().opened_count(), 1);
  const std::string opportunity = S().open_opportunity();
  v1::Opportunity reopened = Get<Opportunity>(opportunity);
  reopened.set_reopened(true);
  Overwrite(reopened);
  MoveTo(absl::CivilDay(2025, 2, 10));
  EXPECT_EQ(Settle().undecided_count(), 1);
  ASSERT_EQ(S().state(), Subscription::PAST_DUE);

  const std::string before = S().SerializeAsString();
  ASSERT_TRUE(Correct("start_date { year: 2024 month: 2 day: 1 } term_months: 12").ok());
  EXPECT_EQ(S().SerializeAsString(), before) << "nothing differs";
  ASSERT_TRUE(Correct("term_months: 11").ok());
  EXPECT_EQ(S().state(), Subscription::PAST_DUE);
  EXPECT_EQ(FormatDate(S().term_end_date()), "2025-01-01");
  ASSERT_TRUE(Correct("term_months: 24").ok());
  EXPECT_EQ(S().state(), Subscription::ACTIVE) << "it is not over";
  EXPECT_EQ(FormatDate(S().term_end_date()), "2026-02-01");
  EXPECT_EQ(S().open_opportunity(), opportunity);
}

// --- currencies ---

constexpr char kEurosAhead[] =
    "arr { currency_code: 'EUR' micros: 100000000 } "
    "effective_date { year: 2025 month: 6 day: 1 }";
constexpr char kDollars[] = "arr { currency_code: 'USD' micros: 50000000 }";

TEST_P(TermsTest, AllThatASubscriptionIsWorthIsInOneCurrency) {
  for (const std::string free : {"arr { micros: 0 }", "arr { currency_code: '' micros: 0 }"}) {
    const std::string id = absl::StrCat("s", free.size());
    const std::string name = absl::StrCat("accounts/a/subscriptions/", id);
    Put({Sold(free, id)});
    ASSERT_TRUE(Amend("seats: 11", name).ok());
    const auto amended = Amend(kEurosAhead, name);
    ASSERT_TRUE(amended.ok()) << amended.status();
    EXPECT_EQ(amended->arr().currency_code(), "EUR");
    EXPECT_EQ(amended->arr().micros(), 0);
    EXPECT_EQ(ReasonOf(Amend(kDollars, name).status()), v1::CURRENCY_MISMATCH);
  }
}

TEST_P(TermsTest, AnAmendmentFitsTheOpportunityWhenItIsRecorded) {
  Put({Sold("arr { micros: 0 }"), Sold("", "t")});
  Put({"opportunity { name: 'accounts/a/opportunities/o' subscriptions: '" + std::string(kS) +
       "' subscriptions: 'accounts/a/subscriptions/t' }"});
  EXPECT_EQ(ReasonOf(Amend(kEurosAhead).status()), v1::CURRENCY_MISMATCH);
  EXPECT_THAT(S().amendments(), IsEmpty());
}

TEST_P(TermsTest, WhatCannotBeSettledDoesNotStopTheOthers) {
  Put({Sold("arr { micros: 0 }"), Sold("", "t"), Sold("", "u")});
  Put({"opportunity { name: 'accounts/a/opportunities/o' subscriptions: '" + std::string(kS) +
       "' subscriptions: 'accounts/a/subscriptions/t' }"});
  const char ahead[] = "effective_date { year: 2025 month: 6 day: 1 } seats: 20";
  ASSERT_TRUE(Amend(ahead).ok());
  ASSERT_TRUE(Amend(ahead, "accounts/a/subscriptions/u").ok());
  // As it may have been recorded once.
  Subscription s = S();
  s.mutable_arr()->set_currency_code("EUR");
  for (v1::Money* arr : {s.mutable_amendments(0)->mutable_arr_before(),
                         s.mutable_amendments(0)->mutable_arr_after()}) {
    arr->set_currency_code("EUR");
  }
  Overwrite(s);
  MoveTo(absl::CivilDay(2025, 6, 1));
  const auto counts = Settle();
  EXPECT_EQ(counts.amended_count(), 1);
  ASSERT_THAT(counts.passed_over(), SizeIs(1));
  EXPECT_THAT(counts.passed_over(0).error().message(), HasSubstr("one currency"));
  EXPECT_EQ(Get<Subscription>("accounts/a/subscriptions/u").seats(), 20);
}

// --- what imports bring ---

TEST_P(TermsTest, WhatWasRenewedWasNotCancelled) {
  Put({Sold("auto_renew: true")});
  OpenDue();
  MoveTo(absl::CivilDay(2026, 1, 1));
  OpenDue();
  EXPECT_EQ(Settle().auto_renewed_count(), 1);
  const v1::ImportResponse response = Import({Sold("auto_renew: true notice_days: 30")});
  EXPECT_EQ(response.counts().updated(), 1) << response.ShortDebugString();
  EXPECT_EQ(S().state(), Subscription::RENEWED);
  EXPECT_EQ(S().notice_days(), 0) << "what the row says anew is of the term after";
  EXPECT_EQ(S().cancel_reason(), v1::CHURN_REASON_UNSPECIFIED);
}

TEST_P(TermsTest, AChangeOfThePriceLeavesTheSeatsAlone) {
  Put({Sold()});
  Import({Sold("arr { micros: 110000000 }")});
  ASSERT_THAT(S().amendments(), SizeIs(1));
  EXPECT_FALSE(S().amendments(0).sets_seats());
  ASSERT_TRUE(Amend("seats: 12 effective_date { year: 2025 month: 1 day: 2 }").ok());
  EXPECT_EQ(S().seats(), 12) << "also behind the change of the price";
}

TEST_P(TermsTest, NoSeatsMayBeImported) {
  Put({Sold("amendments { effective_date { year: 2025 month: 1 day: 3 } sets_seats: true }")});
  EXPECT_EQ(S().seats(), 0);
  EXPECT_EQ(S().arr().micros(), 100000000);
}

TEST_P(TermsTest, WhatGoesOnForEverHasNoEndDate) {
  for (const std::string& row :
       {Sold("end_date { year: 9999 month: 12 day: 31 } cancel_reason: PRICE"),
        std::string("opportunity { name: 'accounts/a/opportunities/o' outcome: CHURNED "
                    "renewal_date { year: 9999 month: 12 day: 31 } }")}) {
    const v1::ImportResponse response = Import({row});
    ASSERT_THAT(response.rejected_rows(), SizeIs(1));
    ASSERT_THAT(response.rejected_rows(0).error().violations(), SizeIs(1));
    EXPECT_THAT(response.rejected_rows(0).error().violations(0).ShortDebugString(),
                HasSubstr("between the years 1900 and 2200"));
  }
}

}  // namespace
}  // namespace perennial
