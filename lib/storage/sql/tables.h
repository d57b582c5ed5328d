#ifndef PERENNIAL_LIB_STORAGE_SQL_TABLES_H_
#define PERENNIAL_LIB_STORAGE_SQL_TABLES_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/storage/sql/database.h"

namespace perennial::sql {

// The tables that the database has, whoever made them.
absl::StatusOr<std::vector<std::string>> TableNames(Database& database);

// Runs `fn` while nobody else does so under the same name on this database: FAILED_PRECONDITION
// where somebody does. Ends by itself with the process. MySQL only.
absl::Status RunAlone(Database& mysql, absl::string_view name,
                      absl::FunctionRef<absl::Status()> fn);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_TABLES_H_
