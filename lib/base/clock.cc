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

absl::Status ManualClock::MoveTo(absl::Time time) {
  absl::MutexLock lock(&mutex_);
  if (time < now_) {
    return absl::InvalidArgumentError(absl::StrCat("the clock only moves forward: it is at ",
                                                   absl::FormatTime(now_, absl::UTCTimeZone()),
                                                   " already"));
  }
  now_ = time;
  return absl::OkStatus();
}

}  // namespace perennial
