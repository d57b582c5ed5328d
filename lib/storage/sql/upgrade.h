#ifndef PERENNIAL_LIB_STORAGE_SQL_UPGRADE_H_
#define PERENNIAL_LIB_STORAGE_SQL_UPGRADE_H_

#include "absl/status/status.h"
#include "absl/strings/cord.h"

namespace perennial::sql {

inline constexpr char kUpgradeType[] = "perennial.sql/upgrade";

// Another process has the SQLite file open, and has not begun to serve it: it may be within an
// upgrade.
inline absl::Status BeingUpgraded() {
  absl::Status status =
      absl::FailedPreconditionError("another process has the SQLite file open and prepares it");
  status.SetPayload(kUpgradeType, absl::Cord());
  return status;
}

inline bool IsBeingUpgraded(const absl::Status& status) {
  return status.GetPayload(kUpgradeType).has_value();
}

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_UPGRADE_H_
