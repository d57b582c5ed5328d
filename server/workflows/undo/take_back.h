#ifndef PERENNIAL_SERVER_WORKFLOWS_UNDO_TAKE_BACK_H_
#define PERENNIAL_SERVER_WORKFLOWS_UNDO_TAKE_BACK_H_

// How what a request did to resources is taken back, by type.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/methods/type_rules.h"
#include "server/workflows/undo/reversal.h"

namespace perennial {

// What belongs together, the last one that was changed first.
using ReversalGroup = std::vector<Reversal*>;

// A resource as it is now; null where it is not there.
absl::StatusOr<std::shared_ptr<google::protobuf::Message>> ReadNow(
    const google::protobuf::Descriptor& type, const std::string& name, ReadTx& tx);

// Takes all of a group back. Where that cannot be, `culprit` becomes the one that refuses.
absl::Status TakeBack(const ReversalGroup& group, Writing& writing, const Reversal*& culprit);

// Of a subscription or a renewal, one that is there: its fields go back, and what hangs on them.
absl::Status TakeBackTerms(const Reversal& reversal, WriteTx& tx);
absl::Status TakeBackRenewal(const Reversal& reversal, WriteTx& tx);

// A renewal that the request closed is opened again, and one that it opened again is closed as it
// was, with the subscriptions and tasks of it. Its other fields are left for TakeBackRenewal.
absl::Status TakeBackOutcome(const Reversal& reversal, WriteTx& tx);
bool TakesOutcome(const Reversal& reversal);

// A renewal that was deleted is there again. FAILED_PRECONDITION (WRONG_STATE) where its
// subscriptions cannot be in it any more.
absl::Status CreateRenewalAgain(v1::Opportunity opportunity, WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_UNDO_TAKE_BACK_H_
