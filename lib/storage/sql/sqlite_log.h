#ifndef PERENNIAL_LIB_STORAGE_SQL_SQLITE_LOG_H_
#define PERENNIAL_LIB_STORAGE_SQL_SQLITE_LOG_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace perennial::sql {

// How SQLite's write-ahead log is kept short. It starts anew at a write before which all of it was
// copied into the database and no read uses it. Pages are of 4 KiB.
struct LogPolicy {
  // Copied at once: the one writer does nothing else meanwhile.
  int pages_per_checkpoint = 1000;
  // What a checkpoint brings to the disk, where it gets to the end of the log. Of more, most is
  // copied and written out before that, while writes go on.
  int pages_per_sync = 2000;
  // Where no write comes within this, nobody waits for one.
  absl::Duration quiet = absl::Milliseconds(2);
  // From here on new reads are held back for a moment now and then: for up to twice `patience`.
  int long_pages = 8000;
  int pages_between_tries = 2000;
  absl::Duration patience = absl::Milliseconds(50);
  // From here on a read older than this is ended, and the longer the log, the younger ones: where
  // it has grown tenfold, those that new ones would not wait for.
  int too_long_pages = 16000;
  absl::Duration max_read_age = absl::Seconds(5);

  absl::Duration LongestRead(int pages) const;
  // The pages that the checkpoint may bring to the disk that gets to the end of so long a log.
  int PagesToSync(int pages) const;
};

// Knows the reads under way, and holds new ones back for a moment, so that the log can start anew
// though reads overlap without end. Whoever writes never waits for it. Thread-safe.
class ReadGate {
 public:
  // Waits while the gate is closed. Answers when the read began. DEADLINE_EXCEEDED.
  absl::StatusOr<absl::Time> Enter(absl::Time deadline);
  // The same for a read that passes beside the gate, and that nothing ends.
  absl::Time EnterAside();
  // Of a read that began then. True where the gate is closed and it was the last one under way.
  bool Leave(absl::Time start);

  // When the oldest read under way began; InfiniteFuture where there is none.
  absl::Time oldest() const;

  // Closes for `patience`, once no read under way is older than that: while there is one, holding
  // others back would be in vain.
  void Close(absl::Duration patience);
  // Where it is closed and no read is under way it stays so until Open, or `patience` has passed;
  // false otherwise.
  bool KeepEmpty(absl::Duration patience);
  void Open();

  // From now on reads that are older end.
  void set_longest_read(absl::Duration age) { longest_read_ = absl::ToInt64Nanoseconds(age); }
  // Whether a read that began at `start` is to end.
  bool TooOld(absl::Time start) const {
    const int64_t longest = longest_read_.load(std::memory_order_relaxed);
    return longest != kAnyLength && absl::Now() - start > absl::Nanoseconds(longest);
  }

 private:
  void CloseWhereOldOnesLeft() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // What an InfiniteDuration is in nanoseconds.
  static constexpr int64_t kAnyLength = std::numeric_limits<int64_t>::max();
  std::atomic<int64_t> longest_read_{kAnyLength};
  mutable absl::Mutex mutex_;
  std::vector<absl::Time> reads_ ABSL_GUARDED_BY(mutex_);
  // Of a Close that waits for old reads; zero: of none.
  absl::Duration to_close_for_ ABSL_GUARDED_BY(mutex_);
  absl::Time closed_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_SQLITE_LOG_H_
