#include "lib/storage/sql/sqlite_log.h"

#include <algorithm>

namespace perennial::sql {

absl::Status ReadGate::Enter(absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  const auto open = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return closed_until_ == absl::InfinitePast();
  };
  while (!open()) {
    const absl::Time until = std::min(deadline, closed_until_);
    if (mutex_.AwaitWithDeadline(absl::Condition(&open), until)) break;
    if (absl::Now() >= closed_until_) closed_until_ = absl::InfinitePast();
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError("the deadline passed before the read's turn came");
    }
  }
  ++reads_;
  return absl::OkStatus();
}

bool ReadGate::Leave() {
  absl::MutexLock lock(&mutex_);
  return --reads_ == 0 && closed_until_ != absl::InfinitePast();
}

void ReadGate::Close(absl::Duration patience) {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = absl::Now();
  if (closed_until_ < now) closed_until_ = now + patience;
}

void ReadGate::Force() {
  forced_ = true;
  // Those that may stay and those that are too old both have ended by then.
  Close(max_read_age_ + absl::Seconds(1));
}

bool ReadGate::KeepEmpty() {
  absl::MutexLock lock(&mutex_);
  if (reads_ > 0 || closed_until_ == absl::InfinitePast()) return false;
  closed_until_ = absl::InfiniteFuture();
  return true;
}

void ReadGate::Open() {
  forced_ = false;
  absl::MutexLock lock(&mutex_);
  closed_until_ = absl::InfinitePast();
}

}  // namespace perennial::sql
