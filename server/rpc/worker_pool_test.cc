#include "server/rpc/worker_pool.h"

#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <utility>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/notification.h"

namespace perennial {
namespace {

using Admission = WorkerPool::Admission;

class TestTask final : public Task {
 public:
  explicit TestTask(std::function<void()> run = nullptr) : run_(std::move(run)) {}

  void Run() override {
    if (run_ != nullptr) run_();
    ran_.Notify();
  }
  void Abandon() override { abandoned_.Notify(); }

  absl::Notification& ran() { return ran_; }
  absl::Notification& abandoned() { return abandoned_; }

 private:
  const std::function<void()> run_;
  absl::Notification ran_;
  absl::Notification abandoned_;
};

// Keeps one thread busy until it is opened.
struct Gate {
  absl::Notification entered;
  absl::Notification open;
  TestTask task{[this] {
    entered.Notify();
    open.WaitForNotification();
  }};
};

TEST(WorkerPoolTest, RunsOnAllThreadsAtOnce) {
  constexpr int kThreads = 3;
  WorkerPool pool(kThreads, 10);
  absl::Barrier barrier(kThreads);  // passed only when all have arrived
  TestTask tasks[] = {TestTask([&] { barrier.Block(); }), TestTask([&] { barrier.Block(); }),
                      TestTask([&] { barrier.Block(); })};
  for (TestTask& task : tasks) EXPECT_EQ(pool.Submit(task), Admission::kAdmitted);
  for (TestTask& task : tasks) task.ran().WaitForNotification();
}

TEST(WorkerPoolTest, RefusesWhatDoesNotFitIntoTheQueue) {
  Gate gate;
  TestTask waiting, refused, later;
  WorkerPool pool(1, 1);
  pool.Submit(gate.task);
  gate.entered.WaitForNotification();
  EXPECT_EQ(pool.Submit(waiting), Admission::kAdmitted);
  EXPECT_EQ(pool.Submit(refused), Admission::kFull);
  gate.open.Notify();
  waiting.ran().WaitForNotification();
  EXPECT_EQ(pool.Submit(later), Admission::kAdmitted);
  later.ran().WaitForNotification();
  EXPECT_FALSE(refused.ran().HasBeenNotified());
}

TEST(WorkerPoolTest, ShutdownAbandonsWhatWaitsAndFinishesWhatRuns) {
  Gate gate;
  TestTask waiting, late;
  WorkerPool pool(1, 10);
  pool.Submit(gate.task);
  gate.entered.WaitForNotification();
  pool.Submit(waiting);
  std::thread shutdown([&] { pool.Shutdown(); });
  waiting.abandoned().WaitForNotification();
  EXPECT_EQ(pool.Submit(late), Admission::kShutDown);
  gate.open.Notify();
  shutdown.join();
  EXPECT_TRUE(gate.task.ran().HasBeenNotified());
  EXPECT_FALSE(waiting.ran().HasBeenNotified());
}

}  // namespace
}  // namespace perennial
