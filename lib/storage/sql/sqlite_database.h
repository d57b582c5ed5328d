#ifndef PERENNIAL_LIB_STORAGE_SQL_SQLITE_DATABASE_H_
#define PERENNIAL_LIB_STORAGE_SQL_SQLITE_DATABASE_H_

#include <memory>
#include <string>

#include "lib/storage/sql/database.h"
#include "lib/storage/sql/sqlite_log.h"

namespace perennial::sql {

// sql::Open for the SQLite file at `path`, which the open database holds locked.
absl::StatusOr<std::unique_ptr<Database>> OpenSqlite(const std::string& path,
                                                     const Options& options,
                                                     const LogPolicy& log_policy = {});

// sql::Open for one that is read as it lies there, with its log, and not changed.
absl::StatusOr<std::unique_ptr<Database>> LookAtSqlite(const std::string& path);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_SQLITE_DATABASE_H_
