#ifndef PERENNIAL_SERVER_WORKFLOWS_SUBSCRIPTION_LEDGER_H_
#define PERENNIAL_SERVER_WORKFLOWS_SUBSCRIPTION_LEDGER_H_

// How subscriptions get into the store together with their ledger, by hand or by import.

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
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

// INVALID_ARGUMENT where what no update may change is another.
absl::Status CheckSameTerms(const v1::Subscription& before, const v1::Subscription& after);

// Changes seats and ARR from a day on, with a movement of the difference; an open opportunity asks
// for the new ARR. FAILED_PRECONDITION where that is in another currency.
absl::StatusOr<v1::Subscription> WriteAmendment(WriteTx& tx, v1::Subscription subscription,
                                                int seats, const v1::Money& arr, absl::CivilDay day,
                                                absl::string_view reason);

// Cancels a subscription on its `end_date`, with a CHURN movement; it leaves its opportunity.
// FAILED_PRECONDITION where that would leave the opportunity without any.
absl::StatusOr<v1::Subscription> WriteCancellation(WriteTx& tx, v1::Subscription subscription);

// Brings a subscription to what `after` says, as amendments and cancellations would: differences of
// ARR and of the end become movements, so that the ledger adds up again. `after` has the name and
// the output-only fields of `before`, but its own `end_date`, `cancel_reason` and `cancel_note`.
absl::StatusOr<v1::Subscription> ReplaceSubscription(WriteTx& tx, const v1::Subscription& before,
                                                     const v1::Subscription& after);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_SUBSCRIPTION_LEDGER_H_
