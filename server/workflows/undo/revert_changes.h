#ifndef PERENNIAL_SERVER_WORKFLOWS_UNDO_REVERT_CHANGES_H_
#define PERENNIAL_SERVER_WORKFLOWS_UNDO_REVERT_CHANGES_H_

#include "absl/status/statusor.h"
#include "lib/storage/tx.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial {

// Takes back a page of what was changed under a request id, as HistoryService.RevertChanges has it.
absl::StatusOr<v1::RevertChangesResponse> RevertChanges(const v1::RevertChangesRequest& request,
                                                        WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_UNDO_REVERT_CHANGES_H_
