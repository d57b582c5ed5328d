#include "lib/domain/amendments.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/subscriptions.h"

namespace perennial {

using v1::ArrMovement;
using v1::Subscription;
using Amendment = v1::Subscription::Amendment;

namespace {

absl::CivilDay DayOf(const Amendment& amendment) { return ToCivilDay(amendment.effective_date()); }

InForce AtTheStart(const Subscription& subscription) {
  if (subscription.amendments().empty()) return {subscription.seats(), subscription.arr()};
  const Amendment& first = subscription.amendments(0);
  return {first.seats_before(), first.arr_before()};
}

// The last day whose amendments count. A renewal takes out what its own day brought, too.
absl::CivilDay LastDay(const Subscription& subscription) {
  if (!subscription.has_end_date()) return absl::CivilDay::max();
  const int days_before = subscription.state() == Subscription::RENEWED ? 0 : 1;
  return ToCivilDay(subscription.end_date()) - days_before;
}

bool ComesIntoForce(const Amendment& amendment, const Subscription& subscription) {
  return DayOf(amendment) <= LastDay(subscription);
}

// One that was recorded before amendments said what they set has set what it changed.
void SayWhatItSets(Amendment& amendment) {
  if (amendment.seats_after() != amendment.seats_before()) amendment.set_sets_seats(true);
  if (!(amendment.arr_after() == amendment.arr_before())) amendment.set_sets_arr(true);
}

}  // namespace

InForce InForceOn(const Subscription& subscription, absl::CivilDay day) {
  InForce in_force = AtTheStart(subscription);
  for (const Amendment& amendment : subscription.amendments()) {
    if (DayOf(amendment) <= day) in_force = {amendment.seats_after(), amendment.arr_after()};
  }
  return in_force;
}

bool IsWorthNothing(const Subscription& subscription) {
  return AtTheStart(subscription).arr.micros() == 0 &&
         absl::c_all_of(subscription.amendments(), [](const Amendment& amendment) {
           return amendment.arr_after().micros() == 0;
         });
}

void SetCurrency(absl::string_view currency_code, Subscription& subscription) {
  const std::string code(currency_code);
  subscription.mutable_arr()->set_currency_code(code);
  for (Amendment& amendment : *subscription.mutable_amendments()) {
    amendment.mutable_arr_before()->set_currency_code(code);
    amendment.mutable_arr_after()->set_currency_code(code);
  }
}

void AddAmendment(Amendment added, Subscription& subscription) {
  InForce in_force = AtTheStart(subscription);
  auto& all = *subscription.mutable_amendments();
  for (Amendment& amendment : all) SayWhatItSets(amendment);
  *all.Add() = std::move(added);
  for (int i = all.size() - 1; i > 0 && DayOf(all[i]) < DayOf(all[i - 1]); --i) {
    all.SwapElements(i, i - 1);
  }
  for (Amendment& amendment : all) {
    amendment.set_seats_before(in_force.seats);
    *amendment.mutable_arr_before() = in_force.arr;
    if (amendment.sets_seats()) in_force.seats = amendment.seats_after();
    if (amendment.sets_arr()) in_force.arr = amendment.arr_after();
    amendment.set_seats_after(in_force.seats);
    *amendment.mutable_arr_after() = in_force.arr;
  }
}

std::vector<Amendment> AmendmentsAfter(absl::CivilDay day, const Subscription& subscription) {
  std::vector<Amendment> later;
  for (const Amendment& amendment : subscription.amendments()) {
    if (DayOf(amendment) <= day) continue;
    SayWhatItSets(later.emplace_back(amendment));
  }
  return later;
}

void SetInForce(absl::CivilDay today, Subscription& subscription) {
  const absl::CivilDay day =
      std::max(std::min(today, LastDay(subscription)), ToCivilDay(subscription.start_date()));
  const InForce in_force = InForceOn(subscription, day);
  subscription.set_seats(in_force.seats);
  *subscription.mutable_arr() = in_force.arr;
  subscription.clear_next_amendment_date();
  for (const Amendment& amendment : subscription.amendments()) {
    if (DayOf(amendment) <= day || !ComesIntoForce(amendment, subscription)) continue;
    *subscription.mutable_next_amendment_date() = amendment.effective_date();
    return;
  }
}

namespace {

// Collects movements, but those of nothing.
class Movements {
 public:
  explicit Movements(const Subscription& subscription) : subscription_(subscription) {}

  void Add(absl::CivilDay day, const v1::Money& delta, ArrMovement::Cause cause) {
    if (delta.micros() == 0) return;
    movements_.push_back(MakeMovement(subscription_, day, delta, cause));
  }

  std::vector<ArrMovement> Take() && { return std::move(movements_); }

 private:
  const Subscription& subscription_;
  std::vector<ArrMovement> movements_;
};

v1::Money Difference(const Amendment& amendment) {
  // Neither is negative, and all amounts of a subscription are in one currency.
  return MakeMoney(amendment.arr_after().currency_code(),
                   amendment.arr_after().micros() - amendment.arr_before().micros());
}

}  // namespace

std::vector<ArrMovement> MovementsOf(const Subscription& subscription) {
  if (subscription.state() == Subscription::VOID) return {};
  Movements movements(subscription);
  movements.Add(ToCivilDay(subscription.start_date()), AtTheStart(subscription).arr,
                ArrMovement::NEW);
  for (const Amendment& amendment : subscription.amendments()) {
    if (!ComesIntoForce(amendment, subscription)) continue;
    const v1::Money delta = Difference(amendment);
    movements.Add(DayOf(amendment), delta,
                  delta.micros() > 0 ? ArrMovement::EXPANSION : ArrMovement::CONTRACTION);
  }
  if (subscription.state() == Subscription::CANCELLED && subscription.has_end_date()) {
    const absl::CivilDay end = ToCivilDay(subscription.end_date());
    movements.Add(end, Negate(InForceOn(subscription, end - 1).arr), ArrMovement::CHURN);
  }
  return std::move(movements).Take();
}

namespace {

bool IsAStart(const ArrMovement& movement) { return movement.cause() == ArrMovement::NEW; }

// A closing adds to none but those that it writes, whatever their start is made up of.
bool IsAStartOfAClosing(const ArrMovement& movement) {
  return !movement.opportunity().empty() && movement.delta().micros() > 0;
}

bool IsARenewalsEnd(const ArrMovement& movement) {
  return !movement.opportunity().empty() && movement.cause() == ArrMovement::RENEWAL &&
         movement.delta().micros() < 0;
}

// Written by a closing that has not been taken back.
bool IsLeftAlone(const ArrMovement& movement, const Subscription& subscription) {
  if (IsARenewalsEnd(movement)) return subscription.state() == Subscription::RENEWED;
  return IsAStartOfAClosing(movement) && subscription.state() != Subscription::VOID;
}

bool SayTheSame(const ArrMovement& a, const ArrMovement& b) {
  return a.cause() == b.cause() && a.delta() == b.delta() &&
         ToCivilDay(a.effective_date()) == ToCivilDay(b.effective_date());
}

}  // namespace

std::vector<const ArrMovement*> StandingIn(const std::vector<ArrMovement>& ledger) {
  std::set<absl::string_view> reversed;
  for (const ArrMovement& movement : ledger) reversed.insert(movement.reverses());
  std::vector<const ArrMovement*> standing;
  for (const ArrMovement& movement : ledger) {
    if (movement.cause() != ArrMovement::REVERSAL && reversed.count(movement.name()) == 0) {
      standing.push_back(&movement);
    }
  }
  return standing;
}

absl::CivilDay FirstDayInForce(const std::vector<ArrMovement>& ledger,
                               const Subscription& subscription) {
  absl::CivilDay first = absl::CivilDay::max();
  for (const ArrMovement* movement : StandingIn(ledger)) {
    if (!IsAStartOfAClosing(*movement)) continue;
    first = std::min(first, ToCivilDay(movement->effective_date()));
  }
  return first == absl::CivilDay::max() ? ToCivilDay(subscription.start_date()) : first;
}

LedgerChange ChangeOfLedger(const std::vector<ArrMovement>& ledger,
                            const Subscription& subscription) {
  std::vector<ArrMovement> missing = MovementsOf(subscription);
  LedgerChange change;
  for (const ArrMovement* movement : StandingIn(ledger)) {
    if (IsAStartOfAClosing(*movement)) {
      missing.erase(std::remove_if(missing.begin(), missing.end(), IsAStart), missing.end());
    }
    if (IsLeftAlone(*movement, subscription)) continue;
    const auto same = absl::c_find_if(
        missing, [&](const ArrMovement& other) { return SayTheSame(*movement, other); });
    if (same != missing.end()) {
      missing.erase(same);
    } else {
      change.reversals.push_back(Reverse(*movement));
    }
  }
  change.additions = std::move(missing);
  return change;
}

}  // namespace perennial
