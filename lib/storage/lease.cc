#include "lib/storage/lease.h"

#include <cstdint>

#include "lib/base/status.h"

namespace perennial {
namespace {

struct Lease {
  bool exists = false;
  std::string holder;
  int64_t expire_micros = 0;
};

absl::StatusOr<Lease> ReadLease(sql::Connection& connection, absl::string_view name) {
  Lease lease;
  RETURN_IF_ERROR(connection.Query("SELECT holder, expire_time FROM leases WHERE name = ?", {name},
                                   [&](const sql::Row& row) {
                                     lease = {true, std::string(row.Text(0)), row.Integer(1)};
                                     return absl::OkStatus();
                                   }));
  return lease;
}

}  // namespace

absl::StatusOr<bool> TakeLease(sql::Database& database, absl::string_view name,
                               absl::string_view holder, absl::Time now, absl::Time expiry) {
  bool taken = false;
  const absl::Status status =
      database.Write(expiry, [&](sql::Connection& connection) -> absl::Status {
        taken = false;
        ASSIGN_OR_RETURN(const Lease lease, ReadLease(connection, name));
        if (!lease.exists) {
          RETURN_IF_ERROR(
              connection
                  .Execute("INSERT INTO leases (name, holder, expire_time) VALUES (?, ?, ?)",
                           {name, holder, absl::ToUnixMicros(expiry)})
                  .status());
          taken = true;
          return absl::OkStatus();
        }
        if (lease.holder != holder && lease.expire_micros > absl::ToUnixMicros(now)) {
          return absl::OkStatus();
        }
        // Only while it is as it was read: of two that find it free one gets it.
        ASSIGN_OR_RETURN(const int64_t changed,
                         connection.Execute("UPDATE leases SET holder = ?, expire_time = ? WHERE "
                                            "name = ? AND holder = ? AND expire_time = ?",
                                            {holder, absl::ToUnixMicros(expiry), name, lease.holder,
                                             lease.expire_micros}));
        taken = changed == 1;
        return absl::OkStatus();
      });
  // Somebody else inserted it first.
  if (absl::IsAlreadyExists(status)) return false;
  RETURN_IF_ERROR(status);
  return taken;
}

absl::Status GiveBackLeases(sql::Database& database, absl::string_view holder,
                            absl::Time deadline) {
  return database.Write(deadline, [&](sql::Connection& connection) {
    return connection.Execute("UPDATE leases SET expire_time = 0 WHERE holder = ?", {holder})
        .status();
  });
}

}  // namespace perennial
