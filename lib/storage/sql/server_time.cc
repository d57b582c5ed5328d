#include "lib/storage/sql/server_time.h"

#include "lib/base/status.h"

namespace perennial::sql {

absl::StatusOr<std::optional<absl::Time>> ServerTime(Database& database, absl::Time deadline) {
  std::optional<absl::Time> time;
  if (database.engine() == Engine::kSqlite) return time;
  RETURN_IF_ERROR(database.Read(deadline, [&](Connection& connection) {
    return connection.Query(
        "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6))", {},
        [&](const Row& row) {
          time = absl::FromUnixMicros(row.Integer(0));
          return absl::OkStatus();
        });
  }));
  return time;
}

}  // namespace perennial::sql
