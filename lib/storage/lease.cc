#include "lib/storage/lease.h"

#include "absl/time/clock.h"
#include "lib/base/status.h"

namespace perennial {

absl::StatusOr<Lease::Mark> Lease::Read(sql::Connection& connection) const {
  Mark mark;
  RETURN_IF_ERROR(connection.Query("SELECT holder, expire_time FROM leases WHERE name = ?", {name_},
                                   [&](const sql::Row& row) {
                                     mark = {true, std::string(row.Text(0)), row.Integer(1)};
                                     return absl::OkStatus();
                                   }));
  return mark;
}

bool Lease::IsFree(const Mark& mark, absl::Time now) {
  if (!mark.exists || mark.holder == holder_ || mark.expire_micros == 0) return true;
  if (mark.holder == seen_.holder && mark.expire_micros == seen_.expire_micros) {
    return now >= seen_since_ + term_;
  }
  seen_ = mark;
  seen_since_ = now;
  return false;
}

absl::StatusOr<bool> Lease::Replace(const Mark& mark, sql::Connection& connection) const {
  int64_t expire_micros = absl::ToUnixMicros(absl::Now() + term_);
  if (expire_micros == mark.expire_micros) ++expire_micros;
  if (!mark.exists) {
    RETURN_IF_ERROR(connection
                        .Execute("INSERT INTO leases (name, holder, expire_time) VALUES (?, ?, ?)",
                                 {name_, holder_, expire_micros})
                        .status());
    return true;
  }
  ASSIGN_OR_RETURN(
      const int64_t changed,
      connection.Execute("UPDATE leases SET holder = ?, expire_time = ? WHERE "
                         "name = ? AND holder = ? AND expire_time = ?",
                         {holder_, expire_micros, name_, mark.holder, mark.expire_micros}));
  return changed == 1;
}

absl::StatusOr<bool> Lease::Renew(absl::Time now, absl::Time deadline) {
  bool renewed = false;
  const absl::Status status =
      database_.Write(deadline, [&](sql::Connection& connection) -> absl::Status {
        renewed = false;
        ASSIGN_OR_RETURN(const Mark mark, Read(connection));
        if (!IsFree(mark, now)) return absl::OkStatus();
        ASSIGN_OR_RETURN(renewed, Replace(mark, connection));
        return absl::OkStatus();
      });
  // Somebody else inserted it first.
  if (absl::IsAlreadyExists(status)) return false;
  RETURN_IF_ERROR(status);
  return renewed;
}

absl::Status Lease::GiveBack(absl::Time deadline) {
  return database_.Write(deadline, [&](sql::Connection& connection) {
    return connection
        .Execute("UPDATE leases SET expire_time = 0 WHERE name = ? AND holder = ?",
                 {name_, holder_})
        .status();
  });
}

}  // namespace perennial
