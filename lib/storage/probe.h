#ifndef PERENNIAL_LIB_STORAGE_PROBE_H_
#define PERENNIAL_LIB_STORAGE_PROBE_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "lib/storage/sql/database.h"

namespace perennial {

// Whether the database answers, found out by asking it for next to nothing, however many callers
// wait for it.
absl::Status ProbeReads(sql::Database& database, absl::Time deadline);

// Whether it takes writes, found out by a commit of next to nothing, which is not in the history.
absl::Status ProbeWrites(sql::Database& database, absl::Time deadline);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_PROBE_H_
