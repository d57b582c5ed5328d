#ifndef PERENNIAL_LIB_STORAGE_SQL_TABLES_H_
#define PERENNIAL_LIB_STORAGE_SQL_TABLES_H_

#include <cstdint>
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

// The same of a SQLite file, in the order of their names, and the columns of one.
absl::StatusOr<std::vector<std::string>> SqliteTables(Connection& sqlite_file);
struct SqliteColumn {
  std::string name;
  std::string type;
  int64_t place_in_key = 0;  // from 1; 0 where it is not in the primary key
};
absl::StatusOr<std::vector<SqliteColumn>> SqliteColumns(Connection& sqlite_file,
                                                        absl::string_view table);

// Runs `fn` while nobody else does so under the same name on this database: FAILED_PRECONDITION
// where somebody does. Ends by itself with the process. `fn` asks `still_alone` every minute or
// so: UNAVAILABLE where that has come to an end, and otherwise the server does not take it for
// idle. MySQL only.
absl::Status RunAlone(
    Database& mysql, absl::string_view name,
    absl::FunctionRef<absl::Status(absl::FunctionRef<absl::Status()> still_alone)> fn);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_TABLES_H_
