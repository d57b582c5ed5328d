#ifndef PERENNIAL_LIB_STORAGE_SQL_SQLITE_LOG_H_
#define PERENNIAL_LIB_STORAGE_SQL_SQLITE_LOG_H_

#include <atomic>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace perennial::sql {

// How SQLite's write-ahead log is kept short. It starts anew at a write before which all of it was
// copied into the database and no read uses it. Pages are of 4 KiB.
struct LogPolicy {
  // Copied at once: the one writer does nothing else meanwhile.
  int pages_per_checkpoint = 250;
  // What a checkpoint brings to the disk, where it gets to the end of the log. Of more, most is
  // copied and written out before that, while writes go on.
  int pages_per_sync = 2000;
  // Where no write comes within this, nobody waits for one.
  absl::Duration quiet = absl::Milliseconds(2);
  // From here on new reads are held back for a moment now and then.
  int long_pages = 8000;
  int pages_between_tries = 2000;
  absl::Duration patience = absl::Milliseconds(50);
  // From here on a read older than this is ended, and new ones wait for those under way.
  int too_long_pages = 16000;
  absl::Duration max_read_age = absl::Seconds(5);
};

// Counts the reads under way, and holds new ones back for a moment, so that the log can start anew
// though reads overlap without end. Whoever writes never waits for it. Thread-safe.
class ReadGate {
 public:
  explicit ReadGate(absl::Duration max_read_age) : max_read_age_(max_read_age) {}

  // Waits while the gate is closed. DEADLINE_EXCEEDED.
  absl::Status Enter(absl::Time deadline);
  // True where the gate is closed and this was the last read under way.
  bool Leave();

  // Where it is open: opens by itself when `patience` has passed.
  void Close(absl::Duration patience);
  // Closes until the reads under way have ended, and ends those that are too old.
  void Force();
  // Where it is closed and no read is under way it stays so until Open; false otherwise.
  bool KeepEmpty();
  void Open();

  // Whether a read that began at `start` is to end.
  bool TooOld(absl::Time start) const {
    return forced_.load(std::memory_order_relaxed) && absl::Now() - start > max_read_age_;
  }

 private:
  const absl::Duration max_read_age_;
  std::atomic<bool> forced_{false};
  mutable absl::Mutex mutex_;
  int reads_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time closed_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_SQLITE_LOG_H_
