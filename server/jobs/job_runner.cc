#include "server/jobs/job_runner.h"

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/time/clock.h"
#include "lib/base/log.h"
#include "lib/base/no_throw.h"

namespace perennial {
namespace {

constexpr absl::Duration kLongestRun = absl::Minutes(1);

absl::Duration RandomPart(absl::Duration period) {
  absl::BitGen random;
  return period * absl::Uniform(random, 0.0, 1.0);
}

}  // namespace

JobRunner::JobRunner(std::vector<Job> jobs, absl::Duration longest_start)
    : jobs_(std::move(jobs)), longest_start_(longest_start) {
  for (const Job& job : jobs_) threads_.emplace_back([this, &job] { Repeat(job); });
}

void JobRunner::Stop() {
  if (!stopping_.HasBeenNotified()) stopping_.Notify();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void JobRunner::Repeat(const Job& job) {
  absl::Status last;
  absl::Duration pause = RandomPart(std::min(job.period, longest_start_));
  while (!stopping_.WaitForNotificationWithTimeout(pause)) {
    const absl::Status status = NoThrow([&] {
      return job.run({absl::Now() + kLongestRun, stopping_});
    });
    if (stopping_.HasBeenNotified()) return;
    // A job that runs five times a second would fill the log with one fault.
    if (!status.ok() && status != last) {
      LogLine(Severity::kWarning, "job failed", {{"job", job.name}, {"error", status.ToString()}});
    } else if (status.ok() && !last.ok()) {
      LogLine(Severity::kInfo, "job works again", {{"job", job.name}});
    }
    last = status;
    pause = job.period;
  }
}

}  // namespace perennial
