#ifndef PERENNIAL_LIB_STORAGE_VERIFY_H_
#define PERENNIAL_LIB_STORAGE_VERIFY_H_

// Whether what is stored is whole: the engine's pages; the history, in which no change may be
// missing; each row, which has to be what its last change says, in every column; and where
// external ids lead.

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/storage/sql/database.h"

namespace perennial {

struct VerifyListener {
  // `name` is that of a resource, or of a table where none is known.
  std::function<void(absl::string_view name, absl::string_view what)> on_damage;
  // After each step: what is looked at, and how many rows of it were.
  std::function<void(absl::string_view what, int64_t rows)> on_progress;
};

struct Verified {
  int64_t resources = 0;
  int64_t changes = 0;
  int64_t damages = 0;
};

// Reads all of the database, whose schema is up to date, in steps of a bounded size, and writes
// nothing. Others may write meanwhile. An error where it cannot be read at all.
absl::StatusOr<Verified> Verify(sql::Database& database, const VerifyListener& listener);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_VERIFY_H_
