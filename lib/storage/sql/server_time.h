#ifndef PERENNIAL_LIB_STORAGE_SQL_SERVER_TIME_H_
#define PERENNIAL_LIB_STORAGE_SQL_SERVER_TIME_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/storage/sql/database.h"

namespace perennial::sql {

// The time of day by the clock of the database's server; nothing where it has none of its own.
absl::StatusOr<std::optional<absl::Time>> ServerTime(Database& database, absl::Time deadline);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_SERVER_TIME_H_
