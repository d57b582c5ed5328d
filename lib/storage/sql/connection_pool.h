#ifndef PERENNIAL_LIB_STORAGE_SQL_CONNECTION_POOL_H_
#define PERENNIAL_LIB_STORAGE_SQL_CONNECTION_POOL_H_

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace perennial::sql {

// At most `capacity` connections, opened as they are needed. Thread-safe.
template <typename T>
class ConnectionPool {
 public:
  using Opener = std::function<absl::StatusOr<std::unique_ptr<T>>(absl::Time deadline)>;

  ConnectionPool(int capacity, Opener open) : open_(std::move(open)), capacity_(capacity) {}

  // The connection that was returned last, a new one, or, where all are taken, the next that
  // comes back. DEADLINE_EXCEEDED where none does in time. Each one taken has to be returned.
  absl::StatusOr<std::unique_ptr<T>> Take(absl::Time deadline) {
    {
      absl::MutexLock lock(&mutex_);
      const auto available = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return !idle_.empty() || taken_ < capacity_;
      };
      if (!mutex_.AwaitWithDeadline(absl::Condition(&available), deadline)) {
        return absl::DeadlineExceededError("no database connection became free in time");
      }
      ++taken_;
      if (!idle_.empty()) {
        std::unique_ptr<T> connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
    }
    absl::StatusOr<std::unique_ptr<T>> opened = open_(deadline);
    if (!opened.ok()) Return(nullptr);
    return opened;
  }

  // nullptr instead of a connection that must not be used again.
  void Return(std::unique_ptr<T> connection) {
    absl::MutexLock lock(&mutex_);
    --taken_;
    if (connection != nullptr) idle_.push_back(std::move(connection));
  }

  // Closes those that nobody uses.
  void CloseIdle() {
    std::vector<std::unique_ptr<T>> closing;
    absl::MutexLock lock(&mutex_);
    closing.swap(idle_);
  }

 private:
  const Opener open_;
  const int capacity_;
  absl::Mutex mutex_;
  int taken_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<T>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_CONNECTION_POOL_H_
