#include "lib/storage/sql/sqlite_log.h"

#include <algorithm>

namespace perennial::sql {

absl::Duration LogPolicy::LongestRead(int pages) const {
  if (pages < too_long_pages) return absl::InfiniteDuration();
  const double share = static_cast<double>(too_long_pages) / pages;
  return max_read_age * (share * share);
}

int LogPolicy::PagesToSync(int pages) const {
  return pages < too_long_pages ? pages_per_sync : std::max(pages_per_sync, pages / 4);
}

absl::StatusOr<absl::Time> ReadGate::Enter(absl::Time deadline) {
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
  return reads_.emplace_back(absl::Now());
}

absl::Time ReadGate::EnterAside() {
  absl::MutexLock lock(&mutex_);
  return reads_.emplace_back(absl::Now());
}

bool ReadGate::Leave(absl::Time start) {
  absl::MutexLock lock(&mutex_);
  const auto found = std::find(reads_.begin(), reads_.end(), start);
  if (found != reads_.end()) reads_.erase(found);
  CloseWhereOldOnesLeft();
  return reads_.empty() && closed_until_ != absl::InfinitePast();
}

absl::Time ReadGate::oldest() const {
  absl::MutexLock lock(&mutex_);
  const auto least = std::min_element(reads_.begin(), reads_.end());
  return least == reads_.end() ? absl::InfiniteFuture() : *least;
}

void ReadGate::Close(absl::Duration patience) {
  absl::MutexLock lock(&mutex_);
  if (closed_until_ >= absl::Now()) return;
  to_close_for_ = patience;
  CloseWhereOldOnesLeft();
}

void ReadGate::CloseWhereOldOnesLeft() {
  if (to_close_for_ == absl::ZeroDuration()) return;
  const absl::Time now = absl::Now();
  const bool old = std::any_of(reads_.begin(), reads_.end(),
                               [&](absl::Time start) { return now - start > to_close_for_; });
  if (old) return;
  closed_until_ = now + to_close_for_;
  to_close_for_ = absl::ZeroDuration();
}

bool ReadGate::KeepEmpty(absl::Duration patience) {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = absl::Now();
  if (!reads_.empty() || closed_until_ < now) return false;
  closed_until_ = now + patience;
  return true;
}

void ReadGate::Open() {
  absl::MutexLock lock(&mutex_);
  to_close_for_ = absl::ZeroDuration();
  closed_until_ = absl::InfinitePast();
}

}  // namespace perennial::sql
