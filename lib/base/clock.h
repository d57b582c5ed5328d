#ifndef PERENNIAL_LIB_BASE_CLOCK_H_
#define PERENNIAL_LIB_BASE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace perennial {

// Where every rule gets its time from. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
  // In UTC.
  absl::CivilDay Today() const { return absl::ToCivilDay(Now(), absl::UTCTimeZone()); }
};

class SystemClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

// Does not go back where the clock beneath it does so, but for more than `tolerance`: the time of
// day has then been put right, and is followed.
class MonotoneClock : public Clock {
 public:
  // `clock` outlives it.
  MonotoneClock(const Clock& clock, absl::Duration tolerance)
      : clock_(clock), tolerance_(tolerance) {}
  absl::Time Now() const override;
  // From here on it is `time` at least, where that is within the tolerance.
  void Raise(absl::Time time);

 private:
  const Clock& clock_;
  const absl::Duration tolerance_;
  mutable absl::Mutex mutex_;
  mutable absl::Time latest_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

// Times that never go back, whatever times they are made of. Thread-safe.
class AscendingTime {
 public:
  // The latest of this one and all before it.
  absl::Time Raise(absl::Time time);

 private:
  absl::Mutex mutex_;
  absl::Time latest_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

// Stands still until it is moved, so that a test can live through years.
class ManualClock : public Clock {
 public:
  explicit ManualClock(absl::Time start) : now_(start) {}
  absl::Time Now() const override;
  // Forward only: where it is further already it stays there.
  void Raise(absl::Time time);

 private:
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_CLOCK_H_
