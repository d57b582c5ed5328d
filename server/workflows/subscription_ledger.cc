#include "server/workflows/subscription_ledger.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/subscriptions.h"
#include "server/workflows/opportunity_writes.h"

namespace perennial {

using v1::ArrMovement;
using v1::Opportunity;
using v1::Subscription;

absl::Status WriteMovements(WriteTx& tx, std::vector<ArrMovement> movements) {
  for (ArrMovement& movement : movements) {
    if (movement.delta().micros() == 0) continue;
    movement.set_name(tx.NewName<ArrMovement>(AccountOf(movement.subscription()), ""));
    RETURN_IF_ERROR(tx.Create(std::move(movement)).status());
  }
  return absl::OkStatus();
}

absl::Status CheckSubscription(const Subscription& subscription) {
  const v1::Money& arr = subscription.arr();
  if (arr.micros() < 0) return InvalidField("subscription.arr", "must not be negative");
  if (subscription.trial() && arr.micros() != 0) {
    return InvalidField("subscription.arr", "must be zero on a trial");
  }
  if (!subscription.has_end_date()) return absl::OkStatus();
  if (ToCivilDay(subscription.end_date()) < ToCivilDay(subscription.start_date())) {
    return InvalidField("subscription.end_date", "must not be before the start date");
  }
  if (subscription.cancel_reason() == v1::CHURN_REASON_UNSPECIFIED) {
    return InvalidField("subscription.cancel_reason", "must be set where there is an end date");
  }
  if (subscription.cancel_reason() == v1::OTHER && subscription.cancel_note().empty()) {
    return InvalidField("subscription.cancel_note", "must say what the reason OTHER stands for");
  }
  return absl::OkStatus();
}

void SetTermAndState(absl::CivilDay today, Subscription& subscription) {
  if (subscription.has_end_date()) {
    subscription.set_state(Subscription::CANCELLED);
    SetTermHolding(ToCivilDay(subscription.end_date()) - 1, subscription);
  } else {
    subscription.set_state(Subscription::ACTIVE);
    SetTermHolding(today, subscription);
  }
}

absl::StatusOr<Subscription> WriteNewSubscription(WriteTx& tx, Subscription subscription) {
  RETURN_IF_ERROR(CheckSubscription(subscription));
  SetTermAndState(tx.today(), subscription);
  std::vector<ArrMovement> movements = {MakeMovement(
      subscription, ToCivilDay(subscription.start_date()), subscription.arr(), ArrMovement::NEW)};
  if (subscription.has_end_date()) {
    movements.push_back(MakeMovement(subscription, ToCivilDay(subscription.end_date()),
                                     Negate(subscription.arr()), ArrMovement::CHURN));
  }
  ASSIGN_OR_RETURN(Subscription written, tx.Create(std::move(subscription)));
  RETURN_IF_ERROR(WriteMovements(tx, std::move(movements)));
  return written;
}

absl::Status CheckSameTerms(const Subscription& before, const Subscription& after) {
  if (after.product() != before.product()) {
    return InvalidField("subscription.product",
                        "cannot change: cancel the subscription and create another");
  }
  if (after.trial() != before.trial()) {
    return InvalidField("subscription.trial",
                        "cannot change: cancel the trial and create a subscription");
  }
  if (ToCivilDay(after.start_date()) != ToCivilDay(before.start_date()) ||
      after.term_months() != before.term_months()) {
    return InvalidField("subscription.start_date", "and term_months change by closing a renewal");
  }
  return absl::OkStatus();
}

namespace {

// The opportunity asks for what its subscriptions are worth now.
absl::Status FollowInOpportunity(const Subscription& subscription, WriteTx& tx) {
  if (subscription.open_opportunity().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Opportunity opportunity, tx.Get<Opportunity>(subscription.open_opportunity()));
  ASSIGN_OR_RETURN(const std::vector<Subscription> all, SubscriptionsOf(opportunity, tx));
  RETURN_IF_ERROR(SetRenewal(all, opportunity));
  return tx.Update(std::move(opportunity)).status();
}

}  // namespace

absl::StatusOr<Subscription> WriteAmendment(WriteTx& tx, Subscription subscription, int seats,
                                            const v1::Money& arr, absl::CivilDay day,
                                            absl::string_view reason) {
  const v1::Money before = subscription.arr();
  if (arr.micros() != 0 && before.micros() != 0 && arr.currency_code() != before.currency_code()) {
    return FailedPrecondition(v1::CURRENCY_MISMATCH, subscription.name(),
                              absl::StrCat("The subscription is in ", before.currency_code()));
  }
  Subscription::Amendment& amendment = *subscription.add_amendments();
  *amendment.mutable_effective_date() = ToDate(day);
  amendment.set_seats_before(subscription.seats());
  *amendment.mutable_arr_before() = before;
  amendment.set_reason(std::string(reason));
  *amendment.mutable_record_time() = ToTimestamp(tx.now());
  subscription.set_seats(seats);
  *subscription.mutable_arr() = arr;
  if (arr.currency_code().empty()) {
    subscription.mutable_arr()->set_currency_code(before.currency_code());
  }
  amendment.set_seats_after(seats);
  *amendment.mutable_arr_after() = subscription.arr();

  ASSIGN_OR_RETURN(const v1::Money delta, Subtract(subscription.arr(), before));
  ASSIGN_OR_RETURN(subscription, tx.Update(std::move(subscription)));
  RETURN_IF_ERROR(WriteMovements(
      tx, {MakeMovement(subscription, day, delta,
                        delta.micros() > 0 ? ArrMovement::EXPANSION : ArrMovement::CONTRACTION)}));
  RETURN_IF_ERROR(FollowInOpportunity(subscription, tx));
  return subscription;
}

namespace {

absl::Status LeaveForCancelling(Subscription& subscription, WriteTx& tx) {
  if (subscription.open_opportunity().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Opportunity opportunity,
                   tx.Get<Opportunity>(subscription.open_opportunity()));
  if (opportunity.subscriptions_size() == 1) {
    return FailedPrecondition(v1::WRONG_STATE, subscription.name(),
                              absl::StrCat("It is the only subscription of ", opportunity.name(),
                                           ": close that as CHURNED instead"));
  }
  RETURN_IF_ERROR(LeaveOpportunity(opportunity, subscription.name(), tx).status());
  subscription.clear_open_opportunity();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Subscription> WriteCancellation(WriteTx& tx, Subscription subscription) {
  RETURN_IF_ERROR(LeaveForCancelling(subscription, tx));
  subscription.set_state(Subscription::CANCELLED);
  ASSIGN_OR_RETURN(subscription, tx.Update(std::move(subscription)));
  RETURN_IF_ERROR(
      WriteMovements(tx, {MakeMovement(subscription, ToCivilDay(subscription.end_date()),
                                       Negate(subscription.arr()), ArrMovement::CHURN)}));
  return subscription;
}

namespace {

// Takes back what a cancellation wrote.
absl::Status ReverseChurn(const Subscription& subscription, WriteTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<ArrMovement> movements,
                   tx.Select<ArrMovement>(From<ArrMovement>()
                                              .Under(AccountOf(subscription.name()))
                                              .Where("subscription", "=", subscription.name())));
  std::set<std::string> reversed;
  for (const ArrMovement& movement : movements) reversed.insert(movement.reverses());
  std::vector<ArrMovement> reversals;
  for (const ArrMovement& movement : movements) {
    if (movement.cause() == ArrMovement::CHURN && reversed.count(movement.name()) == 0) {
      reversals.push_back(Reverse(movement));
    }
  }
  return WriteMovements(tx, std::move(reversals));
}

void CopyEnd(const Subscription& from, Subscription& to) {
  if (from.has_end_date()) {
    *to.mutable_end_date() = from.end_date();
  } else {
    to.clear_end_date();
  }
  to.set_cancel_reason(from.cancel_reason());
  to.set_cancel_note(from.cancel_note());
}

// The day from which an amendment counts that came without one: today, but within the time in
// which the subscription is in force.
absl::CivilDay AmendmentDay(const Subscription& subscription, absl::CivilDay today) {
  if (subscription.has_end_date()) today = std::min(today, ToCivilDay(subscription.end_date()));
  return std::max(today, ToCivilDay(subscription.start_date()));
}

}  // namespace

absl::StatusOr<Subscription> ReplaceSubscription(WriteTx& tx, const Subscription& before,
                                                 const Subscription& after) {
  RETURN_IF_ERROR(CheckSameTerms(before, after));
  const bool amended = after.seats() != before.seats() || !(after.arr() == before.arr());
  const bool ended =
      after.has_end_date() &&
      (!before.has_end_date() || ToCivilDay(after.end_date()) != ToCivilDay(before.end_date()));
  if (!amended && !ended) return tx.Update(after);
  const bool was_cancelled = before.state() == Subscription::CANCELLED;
  if (!IsInForce(before) && !was_cancelled) {
    return FailedPrecondition(v1::WRONG_STATE, before.name(),
                              absl::StrCat("ARR and end cannot change: the subscription is ",
                                           Subscription::State_Name(before.state())));
  }
  if (was_cancelled) RETURN_IF_ERROR(ReverseChurn(before, tx));
  Subscription subscription = after;
  if (amended) {
    CopyEnd(before, subscription);
    subscription.set_seats(before.seats());
    *subscription.mutable_arr() = before.arr();
    ASSIGN_OR_RETURN(subscription, WriteAmendment(tx, subscription, after.seats(), after.arr(),
                                                  AmendmentDay(after, tx.today()), "Imported"));
  }
  if (!after.has_end_date()) return subscription;
  CopyEnd(after, subscription);
  return WriteCancellation(tx, std::move(subscription));
}

}  // namespace perennial
