#ifndef PERENNIAL_LIB_STORAGE_MANUAL_TIME_H_
#define PERENNIAL_LIB_STORAGE_MANUAL_TIME_H_

// The time of a manual clock, which the database keeps: it is one clock for all of its servers, and
// goes on from where it stood when they are started again.

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/storage/sql/database.h"

namespace perennial {

struct ManualTime {
  // 1970 where no clock of this database was manual yet.
  absl::Time time = absl::UnixEpoch();
  // Whether the jobs of the day have run to their end.
  bool lived = true;
};

absl::StatusOr<ManualTime> ReadManualTime(sql::Connection& connection);

// Moves it on, never back: where it is further already it stays there.
absl::Status WriteManualTime(const ManualTime& to, sql::Connection& connection);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_MANUAL_TIME_H_
