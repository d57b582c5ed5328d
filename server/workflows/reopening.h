#ifndef PERENNIAL_SERVER_WORKFLOWS_REOPENING_H_
#define PERENNIAL_SERVER_WORKFLOWS_REOPENING_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/storage/tx.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

// Opens a closed opportunity again; `reason` is for the record. What closing it wrote is taken back
// by compensating entries: reversals in the ledger, void subscriptions. FAILED_PRECONDITION
// (WRONG_STATE) where it is open, where there is more to those subscriptions by now, and where
// closing it ended none.
absl::StatusOr<v1::Opportunity> Reopen(v1::Opportunity opportunity, absl::string_view reason,
                                       WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_REOPENING_H_
