// What a customer agreed to, and what closing makes of it in another currency and on short months.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/amendments.h"
#include "lib/domain/closing.h"
#include "lib/domain/subscriptions.h"
#include "tests/support/parse_text.h"

namespace perennial {
namespace {

using absl::CivilDay;
using testing::HasSubstr;
using testing::SizeIs;
using v1::ArrMovement;
using v1::Offer;
using v1::Opportunity;
using v1::Proposal;
using v1::Subscription;

constexpr int64_t kMicros = 1'000'000;
const CivilDay kToday(2025, 2, 1);

// Twelve hundred dollars a year, until 28 February 2025, of terms that began on a 31st.
Subscription MakeSubscription(const std::string& id) {
  Subscription subscription = ParseText<Subscription>(
      "product: 'products/p' seats: 10 start_date {year: 2024 month: 8 day: 31} term_months: 6 "
      "state: ACTIVE arr {currency_code: 'USD' micros: 1200000000}");
  subscription.set_name("accounts/acme/subscriptions/" + id);
  SetTerm(0, subscription);
  return subscription;
}

absl::StatusOr<Closing> Close(const std::vector<Subscription>& subscriptions,
                              const Agreement& agreement, CivilDay today = kToday) {
  Opportunity opportunity;
  opportunity.set_name("accounts/acme/opportunities/o");
  EXPECT_TRUE(SetRenewal(subscriptions, opportunity).ok());
  int ids = 0;
  return PlanAgreed(opportunity, subscriptions, agreement, {today, today},
                    [&] { return absl::StrCat("new", ++ids); });
}

// Accepted today.
Agreement Accepted(const std::string& text, const std::vector<Subscription>& subscriptions) {
  Agreement agreement;
  Offer& offer = agreement.offer.emplace(ParseText<Offer>(text));
  offer.set_name("accounts/acme/opportunities/o/offers/x");
  const absl::Status status = CompleteOffer(subscriptions, offer);
  EXPECT_TRUE(status.ok()) << status;
  for (const Offer::Line& line : TermsAtRenewal(subscriptions, kToday)) {
    *offer.add_accepted_for() = line;
  }
  return agreement;
}

Proposal MakeProposal(Proposal::Type type, const std::string& text) {
  Proposal proposal = ParseText<Proposal>(text);
  proposal.set_name("accounts/acme/opportunities/o/proposals/p");
  proposal.set_type(type);
  *proposal.mutable_arr() = MakeMoney("USD", 100 * kMicros);
  return proposal;
}

void Amend(CivilDay day, int64_t units, Subscription& subscription) {
  Subscription::Amendment amendment;
  *amendment.mutable_effective_date() = ToDate(day);
  amendment.set_sets_arr(true);
  *amendment.mutable_arr_after() = MakeMoney("USD", units * kMicros);
  AddAmendment(amendment, subscription);
  SetInForce(kToday, subscription);
}

constexpr char kEuros[] =
    "term_months: 12 arr {currency_code: 'EUR' micros: 1080000000} exchange_rate_nanos: 900000000";

TEST(AgreementTest, KeepsTheDayOfTheMonth) {
  const std::vector<Subscription> old = {MakeSubscription("a")};
  Agreement agreement = Accepted("term_months: 18 arr {currency_code: 'USD' micros: 5000000}", old);
  agreement.proposals = {
      MakeProposal(Proposal::CROSS_SELL, "product: 'products/q' term_months: 3")};
  const absl::StatusOr<Closing> closing = Close(old, agreement);
  ASSERT_TRUE(closing.ok()) << closing.status();
  ASSERT_THAT(closing->created, SizeIs(2));
  EXPECT_EQ(ToCivilDay(closing->created[0].start_date()), CivilDay(2025, 2, 28));
  EXPECT_EQ(ToCivilDay(closing->created[0].term_end_date()), CivilDay(2026, 8, 31));
  EXPECT_EQ(ToCivilDay(closing->created[1].term_end_date()), CivilDay(2025, 5, 31))
      << "with the one beside it";
}

TEST(AgreementTest, OfWhatIsOverAlreadyIsPastDue) {
  const std::vector<Subscription> old = {MakeSubscription("a")};
  const absl::StatusOr<Closing> closing = Close(old, Agreement(), CivilDay(2025, 8, 31));
  ASSERT_TRUE(closing.ok()) << closing.status();
  EXPECT_EQ(closing->created[0].state(), Subscription::PAST_DUE);
}

TEST(AgreementTest, RenewsWhatIsInForceAtTheEnd) {
  std::vector<Subscription> old = {MakeSubscription("a")};
  Amend(kToday + 10, 9000, old[0]);
  EXPECT_EQ(old[0].arr(), MakeMoney("USD", 1200 * kMicros));
  const absl::StatusOr<Closing> closing = Close(old, Agreement());
  ASSERT_TRUE(closing.ok()) << closing.status();
  EXPECT_EQ(closing->created[0].arr(), MakeMoney("USD", 9000 * kMicros));
  EXPECT_EQ(closing->movements[0].delta(), MakeMoney("USD", -9000 * kMicros));

  const Closing churn = PlanChurn(Opportunity(), old, v1::PRICE, "", kToday);
  EXPECT_EQ(churn.movements[0].delta(), MakeMoney("USD", -9000 * kMicros));
}

TEST(AgreementTest, WhatIsToComeGoesOverToTheRenewal) {
  std::vector<Subscription> old = {MakeSubscription("a")};
  const CivilDay june(2025, 6, 1);
  Amend(june, 1300, old[0]);
  const absl::StatusOr<Closing> closing = Close(old, Agreement());
  ASSERT_TRUE(closing.ok()) << closing.status();
  const Subscription& next = closing->created[0];
  EXPECT_EQ(next.arr(), MakeMoney("USD", 1200 * kMicros));
  EXPECT_EQ(InForceOn(next, june - 1).arr, MakeMoney("USD", 1200 * kMicros));
  EXPECT_EQ(InForceOn(next, june).arr, MakeMoney("USD", 1300 * kMicros));
  EXPECT_EQ(ToCivilDay(next.next_amendment_date()), june);
  EXPECT_FALSE(closing->ended[0].has_next_amendment_date());
  EXPECT_THAT(MovementsOf(closing->ended[0]), SizeIs(1)) << "its start alone";

  const absl::StatusOr<Closing> in_euros = Close(old, Accepted(kEuros, old));
  ASSERT_TRUE(in_euros.ok()) << in_euros.status();
  EXPECT_EQ(InForceOn(in_euros->created[0], june).arr, MakeMoney("EUR", 1170 * kMicros));
}

TEST(AgreementTest, StandsUntilWhatItWasForChanges) {
  std::vector<Subscription> old = {MakeSubscription("a"), MakeSubscription("b")};
  Amend(kToday + 10, 1300, old[0]);
  const Agreement agreement =
      Accepted("term_months: 12 arr {currency_code: 'USD' micros: 5000000}", old);
  EXPECT_TRUE(CheckAgreementStands(agreement, old, kToday).ok());
  SetInForce(kToday + 10, old[0]);
  EXPECT_TRUE(CheckAgreementStands(agreement, old, kToday + 10).ok()) << "known when they accepted";

  Amend(kToday + 5, 1100, old[0]);
  EXPECT_TRUE(CheckAgreementStands(agreement, old, kToday).ok()) << "until the other one";
  Amend(kToday + 15, 1400, old[0]);
  const absl::Status changed = CheckAgreementStands(agreement, old, kToday);
  EXPECT_EQ(ReasonOf(changed), v1::AGREEMENT_CHANGED);
  EXPECT_THAT(std::string(changed.message()), HasSubstr("10 seats at USD 1300.00"));
  EXPECT_THAT(std::string(changed.message()), HasSubstr("10 seats at USD 1400.00"));
  Amend(kToday + 16, 1300, old[0]);
  EXPECT_TRUE(CheckAgreementStands(agreement, old, kToday).ok()) << "changed back";

  old.pop_back();
  EXPECT_EQ(ReasonOf(CheckAgreementStands(agreement, old, kToday)), v1::AGREEMENT_CHANGED);
}

TEST(AgreementTest, AnUpsellStandsUntilWhatItWasForChanges) {
  std::vector<Subscription> old = {MakeSubscription("a")};
  Agreement agreement;
  agreement.proposals = {
      MakeProposal(Proposal::UPSELL, "seats: 10 subscription: 'accounts/acme/subscriptions/a'"),
      MakeProposal(Proposal::CROSS_SELL, "product: 'products/q'")};
  EXPECT_TRUE(CheckAgreementStands(agreement, old, kToday).ok()) << "accepted before it was noted";
  *agreement.proposals[0].mutable_accepted_for() = TermsAtRenewal(old, kToday)[0];
  EXPECT_TRUE(CheckAgreementStands(agreement, old, kToday).ok());
  old[0].set_seats(20);
  const absl::Status changed = CheckAgreementStands(agreement, old, kToday);
  EXPECT_EQ(ReasonOf(changed), v1::AGREEMENT_CHANGED);
  EXPECT_THAT(std::string(changed.message()), HasSubstr("Decline the proposal"));
}

TEST(AgreementTest, GoesIntoAnotherCurrencyByItsRate) {
  const std::vector<Subscription> old = {MakeSubscription("a")};
  Agreement agreement = Accepted(kEuros, old);
  agreement.proposals = {
      MakeProposal(Proposal::UPSELL, "subscription: 'accounts/acme/subscriptions/a'"),
      MakeProposal(Proposal::CROSS_SELL, "product: 'products/q'")};
  const absl::StatusOr<Closing> closing = Close(old, agreement);
  ASSERT_TRUE(closing.ok()) << closing.status();
  EXPECT_EQ(closing->created[0].arr(), MakeMoney("EUR", (1080 + 90) * kMicros));
  EXPECT_EQ(closing->created[1].arr(), MakeMoney("USD", 100 * kMicros)) << "as was agreed";
  EXPECT_EQ(closing->closed_arr, MakeMoney("USD", 1400 * kMicros));
  ASSERT_THAT(closing->movements, SizeIs(4));
  const auto& out = closing->movements[0];
  EXPECT_EQ(out.delta(), MakeMoney("USD", -1200 * kMicros));
  EXPECT_EQ(out.exchange_rate_nanos(), 0);
  const auto& in = closing->movements[1];
  EXPECT_EQ(in.cause(), ArrMovement::RENEWAL);
  EXPECT_EQ(in.delta(), MakeMoney("EUR", 1080 * kMicros));
  EXPECT_EQ(in.exchange_rate_nanos(), 900'000'000);
  EXPECT_EQ(closing->movements[2].delta(), MakeMoney("EUR", 90 * kMicros));
}

TEST(AgreementTest, NeedsARateForAnotherCurrencyAndNoneForTheSame) {
  const std::vector<Subscription> old = {MakeSubscription("a"), MakeSubscription("b")};
  const auto field = [&](const std::string& text) {
    Offer offer = ParseText<Offer>(text);
    const std::vector<FieldViolation> violations = ViolationsOf(CompleteOffer(old, offer));
    return violations.size() == 1 ? violations[0].field : "";
  };
  EXPECT_EQ(field(kEuros), "");
  EXPECT_EQ(field("arr {currency_code: 'EUR' micros: 5}"), "offer.arr.currency_code");
  EXPECT_EQ(field("arr {currency_code: 'USD' micros: 5} exchange_rate_nanos: 5"),
            "offer.exchange_rate_nanos");
  EXPECT_EQ(field("exchange_rate_nanos: 5 "
                  "lines {subscription: 'accounts/acme/subscriptions/a' "
                  "arr {currency_code: 'EUR' micros: 5}} "
                  "lines {subscription: 'accounts/acme/subscriptions/b' "
                  "arr {currency_code: 'GBP' micros: 5}}"),
            "offer.lines[1].arr.currency_code");
}

}  // namespace
}  // namespace perennial
