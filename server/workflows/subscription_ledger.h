#ifndef PERENNIAL_SERVER_WORKFLOWS_SUBSCRIPTION_LEDGER_H_
#define PERENNIAL_SERVER_WORKFLOWS_SUBSCRIPTION_LEDGER_H_

// How subscriptions get into the store together with their ledger, by hand or by import.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "lib/storage/selection.h"
#include "lib/storage/tx.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

// Writes movements under new names in their subscriptions' accounts, in their order; those of
// nothing are left out.
absl::Status WriteMovements(WriteTx& tx, std::vector<v1::ArrMovement> movements);

// All that the ledger says of the subscription, in the order in which it was written.
absl::StatusOr<std::vector<v1::ArrMovement>> LedgerOf(const v1::Subscription& subscription,
                                                      ReadTx& tx);

// Writes the reversals and the movements by which the ledger says what the subscription does.
absl::Status WriteLedger(const v1::Subscription& subscription, WriteTx& tx);

// Writes a new, named subscription in the term and state that its dates tell, with a NEW movement
// on its start date. Amendments without `record_time` are recorded, each on its day. One that has
// an `end_date` is CANCELLED, with a CHURN movement on that day as well. INVALID_ARGUMENT names
// fields of "subscription".
absl::StatusOr<v1::Subscription> WriteNewSubscription(WriteTx& tx, v1::Subscription subscription);

// The same of one that is there, VOID: its ledger goes on from what it says already.
absl::StatusOr<v1::Subscription> WriteSubscriptionAgain(WriteTx& tx, v1::Subscription subscription);

// Of a subscription that was entered by mistake: it is gone where nothing is known of it elsewhere,
// and VOID, with reversals in the ledger, where the ledger says something of it.
absl::Status TakeBackSubscription(WriteTx& tx, v1::Subscription subscription);

// INVALID_ARGUMENT where ARR and dates do not go together.
absl::Status CheckSubscription(const v1::Subscription& subscription);

// INVALID_ARGUMENT where what no update may change is another.
absl::Status CheckSameTerms(const v1::Subscription& before, const v1::Subscription& after);

// INVALID_ARGUMENT where somebody leaves for a reason that only an import may give, or for OTHER
// without a note. `field` is the reason's in the request.
absl::Status CheckChurnReason(v1::ChurnReason reason, absl::string_view field,
                              absl::string_view note);

// Writes a subscription whose dates, amendments, state or end have changed, with what of it is in
// force today and what the ledger says of it.
absl::StatusOr<v1::Subscription> WriteWithLedger(WriteTx& tx, v1::Subscription subscription);

// The same, with what its open opportunity asks for.
absl::StatusOr<v1::Subscription> WriteChanged(WriteTx& tx, v1::Subscription subscription);

// Changes seats, ARR or both from a day on. FAILED_PRECONDITION where the ARR is in another
// currency.
absl::StatusOr<v1::Subscription> WriteAmendment(WriteTx& tx, v1::Subscription subscription,
                                                std::optional<int> seats,
                                                const std::optional<v1::Money>& arr,
                                                absl::CivilDay day, absl::string_view reason);

// Cancels a subscription on its `end_date`; it leaves its opportunity. FAILED_PRECONDITION where
// that would leave the opportunity without any.
absl::StatusOr<v1::Subscription> WriteCancellation(WriteTx& tx, v1::Subscription subscription);

// FAILED_PRECONDITION where a cancellation cannot be taken back: its day has come, or closing an
// opportunity ended the subscription.
absl::Status CheckMayGoOn(const v1::Subscription& cancelled, ReadTx& tx);

// Those of which an amendment comes into force by today.
Selection AmendmentsDue(absl::CivilDay today);

struct SettledAmendments {
  int amended = 0;
  // Subscriptions whose opportunity cannot follow, and why: they stay as they are, and due.
  std::vector<std::pair<std::string, absl::Status>> passed_over;
};

// Brings what of these accounts' amendments is due into force. One that cannot be does not stop the
// others.
absl::StatusOr<SettledAmendments> SettleAmendments(const std::vector<std::string>& accounts,
                                                   WriteTx& tx);

// Brings a subscription to what `after` says, as amendments and cancellations would: differences of
// ARR and of the end become movements, so that the ledger adds up again. `after` has the name and
// the output-only fields of `before`, but its own `end_date`, `cancel_reason` and `cancel_note`,
// and further amendments without `record_time`, which are recorded on their days.
absl::StatusOr<v1::Subscription> ReplaceSubscription(WriteTx& tx, const v1::Subscription& before,
                                                     v1::Subscription after);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_SUBSCRIPTION_LEDGER_H_
