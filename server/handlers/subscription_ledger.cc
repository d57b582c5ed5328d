#include "server/handlers/subscription_ledger.h"

#include <utility>

#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/subscriptions.h"

namespace perennial {

using v1::ArrMovement;
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

}  // namespace perennial
