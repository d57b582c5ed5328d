#ifndef PERENNIAL_LIB_STORAGE_THROW_AWAY_H_
#define PERENNIAL_LIB_STORAGE_THROW_AWAY_H_

// Databases for a test, which are there at once: a SQLite file that begins as a copy.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "lib/storage/sql/database.h"

namespace perennial {

// Makes the file at `path`, where there is none yet: of the database `copy_of`, which stays as it
// is, or, where that is empty, of one that has the schema alone. Many processes may do it at once.
// NOT_FOUND where there is no such file; FAILED_PRECONDITION where a server has it open.
//
// The one with the schema is made once for each schema and user, in `perennial` of the folder for
// caches (XDG_CACHE_HOME, or .cache of HOME). Where that cannot be used nothing is made: to open
// `path` then makes the schema, which takes longer.
absl::Status PrepareThrowAway(const std::string& path, const std::string& copy_of);

// From here on this process makes the same ids for the same `seed` and the same calls on the
// database as it is now.
absl::Status SeedIdsFor(sql::Database& database, uint64_t seed);

// Drops a MySQL database, with all that is in it. INVALID_ARGUMENT where its name does not begin
// with `perennial_throw_away_`; NOT_FOUND where there is none.
absl::Status DropThrowAway(sql::Options options);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_THROW_AWAY_H_
