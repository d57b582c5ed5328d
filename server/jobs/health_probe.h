#ifndef PERENNIAL_SERVER_JOBS_HEALTH_PROBE_H_
#define PERENNIAL_SERVER_JOBS_HEALTH_PROBE_H_

#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace perennial {

// Asks something whether it works, and tells how that went last: also while an answer is awaited.
// Thread-safe.
class HealthProbe {
 public:
  using Ask = std::function<absl::Status(absl::Time deadline)>;

  // What is not answered within `patience` does not work.
  HealthProbe(Ask ask, absl::Duration patience) : ask_(std::move(ask)), patience_(patience) {}

  // Asks once, however long that takes. By one thread at a time.
  absl::Status Run();

  // As long as nothing was asked, all is well.
  bool well() const;

 private:
  const Ask ask_;
  const absl::Duration patience_;
  mutable absl::Mutex mutex_;
  absl::Status last_ ABSL_GUARDED_BY(mutex_);
  // InfiniteFuture where nothing is.
  absl::Time awaited_since_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_JOBS_HEALTH_PROBE_H_
