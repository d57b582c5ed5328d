#include "server/jobs/leased_jobs.h"

#include <chrono>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "lib/base/log.h"

namespace perennial {
namespace {

constexpr char kLeaseName[] = "jobs";
constexpr absl::Duration kGiveBackTimeout = absl::Seconds(2);

// Does not go back.
absl::Time SteadyNow() {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

LeasedJobs::LeasedJobs(std::vector<Job> jobs, sql::Database& database, std::string holder,
                       Times times)
    : jobs_(std::move(jobs)),
      times_(times),
      lease_(database, kLeaseName, std::move(holder), times.term),
      thread_([this] { Keep(); }) {}

LeasedJobs::~LeasedJobs() {
  stopping_.Notify();
  thread_.join();
}

void LeasedJobs::Keep() {
  std::unique_ptr<JobRunner> runner;
  do {
    if (!Renew()) {
      runner.reset();
    } else if (runner == nullptr) {
      runner = std::make_unique<JobRunner>(jobs_, times_.start);
    }
  } while (!stopping_.WaitForNotificationWithTimeout(times_.renewal));
  runner.reset();
  GiveBack();
}

bool LeasedJobs::Renew() {
  const absl::Time now = SteadyNow();
  const auto renewed = lease_.Renew(now, absl::Now() + times_.renewal);
  if (renewed.ok()) {
    held_until_ = *renewed ? now + times_.term : absl::InfinitePast();
  } else {
    LogLine(Severity::kWarning, "the lease of the jobs cannot be renewed",
            {{"error", renewed.status().ToString()}});
  }
  // The next renewal may take until its deadline.
  return SteadyNow() + 2 * times_.renewal <= held_until_;
}

void LeasedJobs::GiveBack() {
  const absl::Status status = lease_.GiveBack(absl::Now() + kGiveBackTimeout);
  if (status.ok()) return;
  LogLine(Severity::kWarning, "the lease of the jobs was not given back: it ends by itself",
          {{"error", status.ToString()}});
}

}  // namespace perennial
