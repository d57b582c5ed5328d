#ifndef PERENNIAL_LIB_STORAGE_SQL_MIGRATION_TEXT_H_
#define PERENNIAL_LIB_STORAGE_SQL_MIGRATION_TEXT_H_

// The text of a migration (see migrations.h), taken apart.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/storage/sql/database.h"

namespace perennial::sql {

// Its statements, without comments and closing semicolons. INVALID_ARGUMENT where the last one is
// not closed.
absl::StatusOr<std::vector<std::string>> SplitStatements(absl::string_view text);

// What migrations are written in.
struct Dialect {
  Engine engine;
  // MySQL: what its texts are compared by.
  std::string collation;
};

// Replaces the macros. INVALID_ARGUMENT names one that does not exist or is used wrongly.
absl::StatusOr<std::string> ExpandMacros(absl::string_view statement, const Dialect& dialect);

// 16 hexadecimal digits. Stable: databases keep it.
std::string Checksum(absl::string_view statement);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_MIGRATION_TEXT_H_
