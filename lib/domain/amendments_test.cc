#include "lib/domain/amendments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/subscriptions.h"
#include "tests/support/parse_text.h"

namespace perennial {
namespace {

using absl::CivilDay;
using testing::ElementsAre;
using testing::IsEmpty;
using v1::ArrMovement;
using v1::Subscription;
using Amendment = v1::Subscription::Amendment;

const CivilDay kStart(2025, 1, 1);

Subscription MakeSubscription() {
  Subscription subscription = ParseText<Subscription>(
      "name: 'accounts/a/subscriptions/s' seats: 10 arr {currency_code: 'USD' micros: 1000} "
      "start_date {year: 2025 month: 1 day: 1} term_months: 12 state: ACTIVE");
  SetTerm(0, subscription);
  return subscription;
}

Amendment On(CivilDay day) {
  Amendment amendment;
  *amendment.mutable_effective_date() = ToDate(day);
  return amendment;
}

Amendment ArrOn(CivilDay day, int64_t micros) {
  Amendment amendment = On(day);
  amendment.set_sets_arr(true);
  *amendment.mutable_arr_after() = MakeMoney("USD", micros);
  return amendment;
}

Amendment SeatsOn(CivilDay day, int seats) {
  Amendment amendment = On(day);
  amendment.set_sets_seats(true);
  amendment.set_seats_after(seats);
  return amendment;
}

// "31 1000>9000 10>10" for each: day of the year, ARR and seats, before and after.
std::vector<std::string> Summary(const Subscription& subscription) {
  std::vector<std::string> lines;
  for (const Amendment& a : subscription.amendments()) {
    lines.push_back(absl::StrCat(ToCivilDay(a.effective_date()) - kStart, " ",
                                 a.arr_before().micros(), ">", a.arr_after().micros(), " ",
                                 a.seats_before(), ">", a.seats_after()));
  }
  return lines;
}

// "NEW 0 1000" for each: cause, day and delta.
std::vector<std::string> Summary(const std::vector<ArrMovement>& movements) {
  std::vector<std::string> lines;
  for (const ArrMovement& m : movements) {
    lines.push_back(absl::StrCat(ArrMovement::Cause_Name(m.cause()), " ",
                                 ToCivilDay(m.effective_date()) - kStart, " ", m.delta().micros()));
  }
  return lines;
}

TEST(AmendmentsTest, CountFromTheirDay) {
  Subscription subscription = MakeSubscription();
  AddAmendment(ArrOn(kStart + 300, 9000), subscription);
  EXPECT_EQ(InForceOn(subscription, kStart + 299).arr.micros(), 1000);
  EXPECT_EQ(InForceOn(subscription, kStart + 300).arr.micros(), 9000);
  SetInForce(kStart + 150, subscription);
  EXPECT_EQ(subscription.arr().micros(), 1000);
  EXPECT_EQ(ToCivilDay(subscription.next_amendment_date()), kStart + 300);

  AddAmendment(SeatsOn(kStart + 150, 11), subscription);
  SetInForce(kStart + 150, subscription);
  EXPECT_EQ(subscription.arr().micros(), 1000);
  EXPECT_EQ(subscription.seats(), 11);
  EXPECT_THAT(Summary(subscription), ElementsAre("150 1000>1000 10>11", "300 1000>9000 11>11"));
  SetInForce(kStart + 300, subscription);
  EXPECT_EQ(subscription.arr().micros(), 9000);
  EXPECT_EQ(subscription.seats(), 11);
  EXPECT_FALSE(subscription.has_next_amendment_date());
}

TEST(AmendmentsTest, BeforeOthersLeaveAloneWhatThoseSay) {
  Subscription subscription = MakeSubscription();
  AddAmendment(ArrOn(kStart + 200, 9000), subscription);
  AddAmendment(SeatsOn(kStart + 250, 50), subscription);
  AddAmendment(ArrOn(kStart + 100, 1500), subscription);
  EXPECT_THAT(Summary(subscription),
              ElementsAre("100 1000>1500 10>10", "200 1500>9000 10>10", "250 9000>9000 10>50"));
  // Even where it happens to say what was so already.
  AddAmendment(ArrOn(kStart + 220, 9000), subscription);
  AddAmendment(ArrOn(kStart + 210, 5000), subscription);
  EXPECT_EQ(InForceOn(subscription, kStart + 219).arr.micros(), 5000);
  EXPECT_EQ(InForceOn(subscription, kStart + 220).arr.micros(), 9000);
  // Of one day the one that was recorded later counts.
  AddAmendment(ArrOn(kStart + 220, 8000), subscription);
  EXPECT_EQ(InForceOn(subscription, kStart + 220).arr.micros(), 8000);
}

TEST(AmendmentsTest, OfEarlierVersionsSayWhatTheyChanged) {
  Subscription subscription = MakeSubscription();
  Amendment old = On(kStart + 200);
  old.set_seats_before(10);
  old.set_seats_after(12);
  *old.mutable_arr_before() = *old.mutable_arr_after() = MakeMoney("USD", 1000);
  *subscription.add_amendments() = old;
  subscription.set_seats(12);
  AddAmendment(ArrOn(kStart + 100, 700), subscription);
  EXPECT_THAT(Summary(subscription), ElementsAre("100 1000>700 10>10", "200 700>700 10>12"));
}

TEST(AmendmentsTest, FromTheEndOnComeToNothing) {
  Subscription subscription = MakeSubscription();
  AddAmendment(ArrOn(kStart + 100, 1500), subscription);
  AddAmendment(ArrOn(kStart + 300, 9000), subscription);
  *subscription.mutable_end_date() = ToDate(kStart + 300);
  subscription.set_state(Subscription::CANCELLED);
  EXPECT_THAT(Summary(MovementsOf(subscription)),
              ElementsAre("NEW 0 1000", "EXPANSION 100 500", "CHURN 300 -1500"));
  SetInForce(kStart + 200, subscription);
  EXPECT_FALSE(subscription.has_next_amendment_date());
  SetInForce(kStart + 400, subscription);
  EXPECT_EQ(subscription.arr().micros(), 1500) << "those of its last day";
}

TEST(AmendmentsTest, BeforeTheStartWhatItStartsWithCounts) {
  Subscription subscription = MakeSubscription();
  AddAmendment(ArrOn(kStart, 1200), subscription);
  AddAmendment(ArrOn(kStart + 1, 1300), subscription);
  SetInForce(kStart - 50, subscription);
  EXPECT_EQ(subscription.arr().micros(), 1200);
  EXPECT_EQ(ToCivilDay(subscription.next_amendment_date()), kStart + 1);
}

std::vector<ArrMovement> Named(std::vector<ArrMovement> movements) {
  for (size_t i = 0; i < movements.size(); ++i) {
    movements[i].set_name(absl::StrCat("accounts/a/arrMovements/m", i));
  }
  return movements;
}

TEST(LedgerTest, ChangesByReversalsAndAdditions) {
  Subscription subscription = MakeSubscription();
  AddAmendment(ArrOn(kStart + 200, 9000), subscription);
  std::vector<ArrMovement> ledger = Named(MovementsOf(subscription));
  EXPECT_THAT(ChangeOfLedger(ledger, subscription).reversals, IsEmpty());
  EXPECT_THAT(ChangeOfLedger(ledger, subscription).additions, IsEmpty());

  AddAmendment(ArrOn(kStart + 100, 1500), subscription);
  const LedgerChange change = ChangeOfLedger(ledger, subscription);
  EXPECT_THAT(Summary(change.reversals), ElementsAre("REVERSAL 200 -8000"));
  EXPECT_EQ(change.reversals[0].reverses(), ledger[1].name());
  EXPECT_THAT(Summary(change.additions), ElementsAre("EXPANSION 100 500", "EXPANSION 200 7500"));
}

TEST(LedgerTest, LeavesAloneWhatClosingsWrote) {
  const Subscription subscription = MakeSubscription();
  std::vector<ArrMovement> ledger =
      Named({MakeMovement(subscription, kStart, MakeMoney("USD", 900), ArrMovement::RENEWAL),
             MakeMovement(subscription, kStart, MakeMoney("USD", 100), ArrMovement::EXPANSION)});
  for (ArrMovement& movement : ledger) movement.set_opportunity("accounts/a/opportunities/o");
  EXPECT_THAT(ChangeOfLedger(ledger, subscription).reversals, IsEmpty());
  EXPECT_THAT(ChangeOfLedger(ledger, subscription).additions, IsEmpty());
}

TEST(LedgerTest, AStartIsTheClosingsWhateverItIsMadeUpOf) {
  Subscription subscription = MakeSubscription();
  subscription.set_renews("accounts/a/subscriptions/free");
  std::vector<ArrMovement> ledger =
      Named({MakeMovement(subscription, kStart, MakeMoney("USD", 1000), ArrMovement::EXPANSION)});
  ledger[0].set_opportunity("accounts/a/opportunities/o");
  AddAmendment(ArrOn(kStart + 100, 1200), subscription);
  const LedgerChange change = ChangeOfLedger(ledger, subscription);
  EXPECT_THAT(change.reversals, IsEmpty());
  EXPECT_THAT(Summary(change.additions), ElementsAre("EXPANSION 100 200"));
}

TEST(LedgerTest, AStartThatMovesTakesItsMovementAlong) {
  Subscription subscription = MakeSubscription();
  const std::vector<ArrMovement> ledger = Named(MovementsOf(subscription));
  *subscription.mutable_start_date() = ToDate(kStart + 31);
  const LedgerChange change = ChangeOfLedger(ledger, subscription);
  EXPECT_THAT(Summary(change.reversals), ElementsAre("REVERSAL 0 -1000"));
  EXPECT_THAT(Summary(change.additions), ElementsAre("NEW 31 1000"));
}

}  // namespace
}  // namespace perennial
