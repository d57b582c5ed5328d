#ifndef PERENNIAL_LIB_STORAGE_CLOCK_CHECK_H_
#define PERENNIAL_LIB_STORAGE_CLOCK_CHECK_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "lib/storage/sql/database.h"

namespace perennial {

// Whether the time of day on this machine, which is `now`, may be gone by. FAILED_PRECONDITION
// where it is far ahead of that of the database's server: what is due would be done too early, for
// all who share the database. A history that is ahead is only noted in the log: it may have been
// written by a server that was, and nothing goes by its times but their order.
absl::Status CheckClock(sql::Database& database, absl::Time now);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_CLOCK_CHECK_H_
