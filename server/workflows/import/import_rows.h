#ifndef PERENNIAL_SERVER_WORKFLOWS_IMPORT_IMPORT_ROWS_H_
#define PERENNIAL_SERVER_WORKFLOWS_IMPORT_IMPORT_ROWS_H_

// What becomes of each row of an import's chunk.

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/storage/tx.h"
#include "perennial/v1/resource.pb.h"
#include "server/methods/type_rules.h"

namespace perennial {

// The field of the row that is set, such as "account", and the name of the resource in it; "" where
// none is.
std::string KindOf(const v1::Resource& row);
std::string NameOf(const v1::Resource& row);

// Checks a row as far as it goes without the database, and leaves out the output-only fields that
// an import does not take. INVALID_ARGUMENT names fields by their path in the Resource.
absl::Status PrepareRow(v1::Resource& row);

enum class RowOutcome { kCreated, kUpdated, kSkipped };

// Writes prepared rows of one chunk, in order, in one transaction.
class RowWriter {
 public:
  explicit RowWriter(WriteTx& tx) : writing_(tx) {}

  // Reads what those rows without a problem are compared with and what they refer to: one query for
  // each type.
  absl::Status Load(const std::vector<v1::Resource>& rows,
                    const std::vector<absl::Status>& problems);

  absl::StatusOr<RowOutcome> Write(const v1::Resource& row);

 private:
  Writing writing_;
  absl::flat_hash_set<std::string> existing_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_IMPORT_IMPORT_ROWS_H_
