#include "server/rpc/worker_pool.h"

namespace perennial {

WorkerPool::WorkerPool(int threads, int queue_size) : queue_size_(queue_size) {
  threads_.reserve(threads);
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::Admission WorkerPool::Submit(Task& task) {
  absl::MutexLock lock(&mutex_);
  if (shut_down_) return Admission::kShutDown;
  if (queue_.size() >= queue_size_) return Admission::kFull;
  queue_.push_back(&task);
  WakeOne();
  return Admission::kAdmitted;
}

void WorkerPool::Shutdown() {
  std::deque<Task*> abandoned;
  {
    absl::MutexLock lock(&mutex_);
    shut_down_ = true;
    abandoned.swap(queue_);
    wake_.SignalAll();
  }
  for (Task* task : abandoned) task->Abandon();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkerPool::Work() {
  while (Task* task = Next()) task->Run();
}

Task* WorkerPool::Next() {
  absl::MutexLock lock(&mutex_);
  while (queue_.empty()) {
    if (shut_down_) return nullptr;
    ++idle_;
    wake_.Wait(&mutex_);
    --idle_;
    waking_ = false;
  }
  Task* task = queue_.front();
  queue_.pop_front();
  if (!queue_.empty()) WakeOne();
  return task;
}

void WorkerPool::WakeOne() {
  if (waking_ || idle_ == 0) return;
  waking_ = true;
  wake_.Signal();
}

}  // namespace perennial
