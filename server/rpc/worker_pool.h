#ifndef PERENNIAL_SERVER_RPC_WORKER_POOL_H_
#define PERENNIAL_SERVER_RPC_WORKER_POOL_H_

#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace perennial {

// Work that waits for a thread. Exactly one of the two functions is called, once; it may delete
// the task.
class Task {
 public:
  virtual void Run() = 0;
  // The pool was shut down before the task's turn came.
  virtual void Abandon() = 0;

 protected:
  ~Task() = default;
};

// Threads that may block, behind a bounded queue: first come, first served. Thread-safe.
class WorkerPool {
 public:
  enum class Admission { kAdmitted, kFull, kShutDown };

  // At most `queue_size` tasks wait beside those that run.
  WorkerPool(int threads, int queue_size);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool() { Shutdown(); }

  // Never blocks. A task that is not admitted stays with the caller.
  Admission Submit(Task& task);

  // Admits nothing more, abandons what waits and returns when what runs has ended. Not from a task.
  void Shutdown();

 private:
  void Work();
  Task* Next();
  void WakeOne() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t queue_size_;
  absl::Mutex mutex_;
  absl::CondVar wake_;
  std::deque<Task*> queue_ ABSL_GUARDED_BY(mutex_);
  int idle_ ABSL_GUARDED_BY(mutex_) = 0;
  // A worker was woken and has not come for its task yet. Until then nobody else is woken: a
  // worker that ends its task takes the next one without that.
  bool waking_ ABSL_GUARDED_BY(mutex_) = false;
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_WORKER_POOL_H_
