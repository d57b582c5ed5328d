#ifndef PERENNIAL_LIB_STORAGE_SQL_CHECK_PAGES_H_
#define PERENNIAL_LIB_STORAGE_SQL_CHECK_PAGES_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/storage/sql/database.h"

namespace perennial::sql {

// Lets the engine look through the pages and indexes of the database, and hands what it finds wrong
// to `on_problem`. Reads all of it.
absl::Status CheckPages(Database& database, const std::vector<std::string>& tables,
                        absl::FunctionRef<void(absl::string_view)> on_problem);

// Hands to `on_problem` what has been committed and is not read any more, because the log of the
// SQLite file is damaged. Nobody has the file open.
void CheckLog(const std::string& path, absl::FunctionRef<void(absl::string_view)> on_problem);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_CHECK_PAGES_H_
