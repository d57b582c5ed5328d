#ifndef PERENNIAL_SERVER_WORKFLOWS_PLAYBOOKS_H_
#define PERENNIAL_SERVER_WORKFLOWS_PLAYBOOKS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/domain/playbooks.h"
#include "lib/storage/store.h"
#include "lib/storage/tx.h"
#include "server/methods/type_rules.h"

namespace perennial {

absl::StatusOr<PlaybookChooser> LoadPlaybooks(ReadTx& tx);
// The same, read once while resources are written.
absl::StatusOr<const PlaybookChooser*> KeptPlaybooks(Writing& writing);

// Writes `playbooks/default` where it is not there.
absl::Status EnsureDefaultPlaybook(Store& store);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_PLAYBOOKS_H_
