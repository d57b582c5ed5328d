#include "lib/storage/probe.h"

#include "absl/time/clock.h"
#include "lib/base/status.h"

namespace perennial {
namespace {

// The row that is written is of a table that every server writes to anyway.
constexpr char kName[] = "probe";

}  // namespace

absl::Status ProbeReads(sql::Database& database, absl::Time deadline) {
  return database.ReadAside(deadline, [](sql::Connection& connection) {
    return connection.Query("SELECT expire_time FROM leases WHERE name = ?", {kName},
                            [](const sql::Row&) { return absl::OkStatus(); });
  });
}

absl::Status ProbeWrites(sql::Database& database, absl::Time deadline) {
  const absl::Status status =
      database.WriteAside(deadline, [](sql::Connection& connection) -> absl::Status {
        const int64_t now = absl::ToUnixMicros(absl::Now());
        ASSIGN_OR_RETURN(
            const int64_t rows,
            connection.Execute("UPDATE leases SET expire_time = ? WHERE name = ?", {now, kName}));
        if (rows > 0) return absl::OkStatus();
        return connection
            .Execute("INSERT INTO leases (name, holder, expire_time) VALUES (?, ?, ?)",
                     {kName, "", now})
            .status();
      });
  // Another server was faster.
  return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
}

}  // namespace perennial
