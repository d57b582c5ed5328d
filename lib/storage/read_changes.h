#ifndef PERENNIAL_LIB_STORAGE_READ_CHANGES_H_
#define PERENNIAL_LIB_STORAGE_READ_CHANGES_H_

// Reads the history in the order of its revisions.

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/api/filter.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/tx.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial {

struct ChangeRange {
  // Revisions above `after`, up to and including `up_to`.
  int64_t after = 0;
  int64_t up_to = 0;
  int limit = 0;
  // Over the columns of `changes`, which are the fields of Change.
  SqlCondition wanted;
  // Whether previous_resource and changed_fields are filled in.
  bool with_previous = false;
};

absl::StatusOr<std::vector<v1::Change>> ReadChanges(const ChangeRange& range,
                                                    sql::Connection& connection);

// A page of ListChanges.
absl::StatusOr<v1::ListChangesResponse> ListChanges(const v1::ListChangesRequest& request,
                                                    ReadTx& tx);

// The lowest revision that is still there; 0 where there is none.
absl::StatusOr<int64_t> FirstRevision(sql::Connection& connection);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_READ_CHANGES_H_
