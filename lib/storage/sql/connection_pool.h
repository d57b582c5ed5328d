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

// At most `capacity` connections, opened as they are needed. Thread-safe; outlives its leases.
template <typename T>
class ConnectionPool {
 public:
  using Opener = std::function<absl::StatusOr<std::unique_ptr<T>>(absl::Time deadline)>;

  // The use of one connection by one thread. Its end gives the place back to the pool, however it
  // comes about; the connection goes back with it where T::usable() says that it may be used again.
  class Lease {
   public:
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), connection_(std::move(other.connection_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_ != nullptr) pool_->TakeBack(std::move(connection_));
    }

    T& operator*() const { return *connection_; }
    T* operator->() const { return connection_.get(); }

   private:
    friend class ConnectionPool;
    explicit Lease(ConnectionPool& pool) : pool_(&pool) {}

    ConnectionPool* pool_;
    std::unique_ptr<T> connection_;
  };

  ConnectionPool(int capacity, Opener open) : open_(std::move(open)), capacity_(capacity) {}

  // The connection that came back last, a new one, or, where all are taken, the next that
  // comes back. DEADLINE_EXCEEDED where none does in time; what opening a new one answers.
  absl::StatusOr<Lease> Take(absl::Time deadline) {
    absl::StatusOr<Lease> lease = TakePlace(deadline);
    if (!lease.ok() || lease->connection_ != nullptr) return lease;
    absl::StatusOr<std::unique_ptr<T>> opened = open_(deadline);
    if (!opened.ok()) return opened.status();
    lease->connection_ = *std::move(opened);
    return lease;
  }

  // Closes those that nobody uses.
  void CloseIdle() {
    std::vector<std::unique_ptr<T>> closing;
    absl::MutexLock lock(&mutex_);
    closing.swap(idle_);
  }

  // Leases that have not ended.
  int taken() const {
    absl::MutexLock lock(&mutex_);
    return taken_;
  }
  // Callers for whom there is none.
  int awaited() const {
    absl::MutexLock lock(&mutex_);
    return awaited_;
  }

 private:
  // With an idle connection, where there is one.
  absl::StatusOr<Lease> TakePlace(absl::Time deadline) {
    absl::MutexLock lock(&mutex_);
    const auto available = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return !idle_.empty() || taken_ < capacity_;
    };
    ++awaited_;
    const bool in_time = mutex_.AwaitWithDeadline(absl::Condition(&available), deadline);
    --awaited_;
    if (!in_time) return absl::DeadlineExceededError("no database connection became free in time");
    ++taken_;
    Lease lease(*this);
    if (!idle_.empty()) {
      lease.connection_ = std::move(idle_.back());
      idle_.pop_back();
    }
    return lease;
  }

  void TakeBack(std::unique_ptr<T> connection) {
    if (connection != nullptr && !connection->usable()) connection.reset();
    absl::MutexLock lock(&mutex_);
    --taken_;
    if (connection != nullptr) idle_.push_back(std::move(connection));
  }

  const Opener open_;
  const int capacity_;
  mutable absl::Mutex mutex_;
  int taken_ ABSL_GUARDED_BY(mutex_) = 0;
  int awaited_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<T>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_CONNECTION_POOL_H_
