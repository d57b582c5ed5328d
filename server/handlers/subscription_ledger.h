#ifndef PERENNIAL_SERVER_HANDLERS_SUBSCRIPTION_LEDGER_H_
#define PERENNIAL_SERVER_HANDLERS_SUBSCRIPTION_LEDGER_H_

// How subscriptions get into the store together with their ledger, by hand or by import.

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "lib/storage/tx.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

// Writes movements under new names in their subscriptions' accounts, in their order; those of
// nothing are left out.
absl::Status WriteMovements(WriteTx& tx, std::vector<v1::ArrMovement> movements);

// Writes a new, named subscription in the term that holds today: ACTIVE, with a NEW movement on its
// start date. One that has an `end_date` is CANCELLED, in its last term, with a CHURN movement on
// that day as well. INVALID_ARGUMENT names fields of "subscription".
absl::StatusOr<v1::Subscription> WriteNewSubscription(WriteTx& tx, v1::Subscription subscription);

// Sets the term and the state of one that has neither been renewed nor is past due, from its dates.
void SetTermAndState(absl::CivilDay today, v1::Subscription& subscription);

// INVALID_ARGUMENT where ARR and dates do not go together.
absl::Status CheckSubscription(const v1::Subscription& subscription);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_HANDLERS_SUBSCRIPTION_LEDGER_H_
