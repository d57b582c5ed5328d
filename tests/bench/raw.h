#ifndef PERENNIAL_TESTS_BENCH_RAW_H_
#define PERENNIAL_TESTS_BENCH_RAW_H_

// The floor: the database engine alone, by its own driver and prepared
// statements, as durable as the server's writes are.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "lib/storage/sql/database.h"
#include "tests/bench/load.h"
#include "tests/bench/recording.h"

namespace perennial::bench {

class RawEngine {
 public:
  virtual ~RawEngine() = default;

  // Plays the next `count` transactions of the recording, with so many of them between two
  // COMMITs. A latency is that of a COMMIT with all that it commits.
  virtual absl::StatusOr<Measurement> Play(size_t count, int per_commit) = 0;
};

// One connection, as SQLite has one writer. `recording` outlives it.
absl::StatusOr<std::unique_ptr<RawEngine>> OpenRawSqlite(const std::string& path,
                                                         const Recording& recording);

// `options.connections` connections, each with a thread.
absl::StatusOr<std::unique_ptr<RawEngine>> OpenRawMysql(const sql::Options& options,
                                                        const Recording& recording);

}  // namespace perennial::bench

#endif  // PERENNIAL_TESTS_BENCH_RAW_H_
