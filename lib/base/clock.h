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

// Never goes back, whatever the clock beneath it does.
class MonotoneClock : public Clock {
 public:
  // `clock` outlives it.
  explicit MonotoneClock(const Clock& clock) : clock_(clock) {}
  absl::Time Now() const override;
  // From here on it is `time` at least.
  void Raise(absl::Time time);

 private:
  const Clock& clock_;
  mutable absl::Mutex mutex_;
  mutable absl::Time latest_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

// Stands still until it is moved, so that a test can live through years.
class ManualClock : public Clock {
 public:
  explicit ManualClock(absl::Time start) : now_(start) {}
  absl::Time Now() const override;
  // Forward only: INVALID_ARGUMENT otherwise.
  absl::Status MoveTo(absl::Time time);

 private:
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_CLOCK_H_
