#include "server/jobs/health_probe.h"

#include "absl/time/clock.h"
#include "lib/base/no_throw.h"

namespace perennial {

absl::Status HealthProbe::Run() {
  const absl::Time start = absl::Now();
  {
    absl::MutexLock lock(&mutex_);
    awaited_since_ = start;
  }
  const absl::Status status = NoThrow([&] { return ask_(start + patience_); });
  absl::MutexLock lock(&mutex_);
  awaited_since_ = absl::InfiniteFuture();
  last_ = status;
  return status;
}

bool HealthProbe::well() const {
  absl::MutexLock lock(&mutex_);
  return last_.ok() && absl::Now() - awaited_since_ <= patience_;
}

}  // namespace perennial
