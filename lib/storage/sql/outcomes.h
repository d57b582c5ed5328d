#ifndef PERENNIAL_LIB_STORAGE_SQL_OUTCOMES_H_
#define PERENNIAL_LIB_STORAGE_SQL_OUTCOMES_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "lib/storage/sql/database.h"

namespace perennial::sql {

// How a database's reads and writes ended. Thread-safe.
class Outcomes {
 public:
  absl::Status OfRead(absl::Status status) {
    ++(status.ok() ? reads_ : failed_reads_);
    return status;
  }
  absl::Status OfWrite(absl::Status status) {
    ++(status.ok() ? writes_ : failed_writes_);
    return status;
  }

  void Tell(Statistics& statistics) const {
    statistics.reads = reads_;
    statistics.failed_reads = failed_reads_;
    statistics.writes = writes_;
    statistics.failed_writes = failed_writes_;
  }

 private:
  std::atomic<int64_t> reads_{0};
  std::atomic<int64_t> failed_reads_{0};
  std::atomic<int64_t> writes_{0};
  std::atomic<int64_t> failed_writes_{0};
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_OUTCOMES_H_
