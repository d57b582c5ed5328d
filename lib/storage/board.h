#ifndef PERENNIAL_LIB_STORAGE_BOARD_H_
#define PERENNIAL_LIB_STORAGE_BOARD_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/api/filter.h"
#include "lib/storage/tx.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

// The open opportunities whose names start with `prefix` (NamePrefix) and that the filter
// matches, added up by stage and currency in one query. OUT_OF_RANGE where a sum does not fit.
absl::StatusOr<v1::Board> ReadBoard(absl::string_view prefix, const Filter& filter, ReadTx& tx);

// The same as it was then, from the history.
absl::StatusOr<v1::Board> ReadPastBoard(absl::string_view prefix, const Filter& filter,
                                        absl::Time as_of, ReadTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_BOARD_H_
