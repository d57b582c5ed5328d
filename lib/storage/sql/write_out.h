#ifndef PERENNIAL_LIB_STORAGE_SQL_WRITE_OUT_H_
#define PERENNIAL_LIB_STORAGE_SQL_WRITE_OUT_H_

#include <functional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace perennial::sql {

// A thread that does one thing, which waits for the disk, whenever it is asked to.
class WriteOut {
 public:
  // Calls `write`, then `on_done`, after each Start.
  WriteOut(std::function<void()> write, std::function<void()> on_done)
      : write_(std::move(write)), on_done_(std::move(on_done)), thread_([this] { Loop(); }) {}
  WriteOut(const WriteOut&) = delete;
  WriteOut& operator=(const WriteOut&) = delete;
  ~WriteOut() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    thread_.join();
  }

  void Start() {
    absl::MutexLock lock(&mutex_);
    running_ = true;
  }
  bool running() const {
    absl::MutexLock lock(&mutex_);
    return running_;
  }

 private:
  void Loop() {
    const auto asked = [this]()
                           ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return running_ || stopping_; };
    while (true) {
      {
        absl::MutexLock lock(&mutex_);
        mutex_.Await(absl::Condition(&asked));
        if (stopping_) return;
      }
      write_();
      {
        absl::MutexLock lock(&mutex_);
        running_ = false;
      }
      on_done_();
    }
  }

  const std::function<void()> write_;
  const std::function<void()> on_done_;
  mutable absl::Mutex mutex_;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_WRITE_OUT_H_
