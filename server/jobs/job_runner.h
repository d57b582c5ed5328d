#ifndef PERENNIAL_SERVER_JOBS_JOB_RUNNER_H_
#define PERENNIAL_SERVER_JOBS_JOB_RUNNER_H_

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "server/methods/system_call.h"

namespace perennial {

// What a server does by itself, again and again.
struct Job {
  std::string name;
  // From the end of a run to the beginning of the next one.
  absl::Duration period;
  // Safe to run in several servers at once, if wasteful: see leased_jobs.h.
  std::function<absl::Status(const RunLimit& limit)> run;
};

// Runs each job on a thread of its own, so that a slow one holds up no other. The first run comes
// after a random part of the period, or of `longest_start`: servers that are started together
// spread out. What fails is logged, and run again after its period.
class JobRunner {
 public:
  explicit JobRunner(std::vector<Job> jobs,
                     absl::Duration longest_start = absl::InfiniteDuration());
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;
  ~JobRunner() { Stop(); }

  // Begins no run any more, lets those under way stop, and returns when they have. Not from a job.
  void Stop();

 private:
  void Repeat(const Job& job);

  const std::vector<Job> jobs_;
  const absl::Duration longest_start_;
  absl::Notification stopping_;
  std::vector<std::thread> threads_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_JOBS_JOB_RUNNER_H_
