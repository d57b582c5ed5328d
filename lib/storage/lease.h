#ifndef PERENNIAL_LIB_STORAGE_LEASE_H_
#define PERENNIAL_LIB_STORAGE_LEASE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/storage/sql/database.h"

namespace perennial {

// Of several servers on one database, lets one do something for all of them. Goes by the servers'
// own clocks: what it guards has to be safe, if wasteful, when two do it at once.

// Whether `holder` has the lease until `expiry`: because it had it already, or because nobody else
// has it at `now`.
absl::StatusOr<bool> TakeLease(sql::Database& database, absl::string_view name,
                               absl::string_view holder, absl::Time now, absl::Time expiry);

// Gives back every lease of `holder`, so that others need not wait for their ends.
absl::Status GiveBackLeases(sql::Database& database, absl::string_view holder, absl::Time deadline);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_LEASE_H_
