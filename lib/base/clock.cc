#include "lib/base/clock.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace perennial {

absl::Time MonotoneClock::Now() const {
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  latest_ = latest_ - now > tolerance_ ? now : std::max(latest_, now);
  return latest_;
}

void MonotoneClock::Raise(absl::Time time) {
  if (time - clock_.Now() > tolerance_) return;
  absl::MutexLock lock(&mutex_);
  latest_ = std::max(latest_, time);
}

absl::Time AscendingTime::Raise(absl::Time time) {
  absl::MutexLock lock(&mutex_);
  return latest_ = std::max(latest_, time);
}

absl::Time ManualClock::Now() const {
  absl::MutexLock lock(&mutex_);
  return now_;
}

void ManualClock::Raise(absl::Time time) {
  absl::MutexLock lock(&mutex_);
  now_ = std::max(now_, time);
}

}  // namespace perennial
