#include "lib/storage/manual_time.h"

#include "lib/base/status.h"

namespace perennial {

absl::StatusOr<ManualTime> ReadManualTime(sql::Connection& connection) {
  ManualTime found;
  RETURN_IF_ERROR(connection.Query(
      "SELECT time_micros, lived FROM manual_clock WHERE id = 1", {}, [&](const sql::Row& row) {
        found = {absl::FromUnixMicros(row.Integer(0)), row.Integer(1) != 0};
        return absl::OkStatus();
      }));
  return found;
}

absl::Status WriteManualTime(const ManualTime& to, sql::Connection& connection) {
  const int64_t micros = absl::ToUnixMicros(to.time);
  return connection
      .Execute(
          "UPDATE manual_clock SET time_micros = ?, lived = ? WHERE id = 1 AND time_micros <= ?",
          {micros, int64_t{to.lived}, micros})
      .status();
}

}  // namespace perennial
