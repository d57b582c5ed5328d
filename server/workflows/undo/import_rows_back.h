#ifndef PERENNIAL_SERVER_WORKFLOWS_UNDO_IMPORT_ROWS_BACK_H_
#define PERENNIAL_SERVER_WORKFLOWS_UNDO_IMPORT_ROWS_BACK_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "lib/storage/tx.h"
#include "server/workflows/undo/reversal.h"

namespace perennial {

// What imports remember of resources of which something was taken back comes into step: of those
// that an import made, nothing; of fields that it set, what they are again; so that the same row
// does the same again. What an undo, `reverted`, of an import has brought into step so is as before
// once that is taken back. `own` is the request that does so.
absl::Status TakeBackImportedRows(const std::vector<const Reversal*>& done,
                                  const std::string& reverted, const std::string& own, WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_UNDO_IMPORT_ROWS_BACK_H_
