#ifndef PERENNIAL_SERVER_JOBS_LEASED_JOBS_H_
#define PERENNIAL_SERVER_JOBS_LEASED_JOBS_H_

#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "lib/storage/lease.h"
#include "lib/storage/sql/database.h"
#include "server/jobs/job_runner.h"

namespace perennial {

// Jobs that of all servers on a database one at a time runs: the one that has the lease, which it
// renews every few seconds, whatever runs. Where it dies or has lost the database another server
// has the lease within half a minute, and begins with the jobs at once, however rare they are.
// Whoever loses the lease stops what runs.
class LeasedJobs {
 public:
  struct Times {
    absl::Duration term = absl::Seconds(15);
    absl::Duration renewal = absl::Seconds(5);
    // The first runs come within this time.
    absl::Duration start = absl::Seconds(10);
  };

  // `holder` tells the servers apart. `database` outlives the jobs.
  LeasedJobs(std::vector<Job> jobs, sql::Database& database, std::string holder, Times times);
  LeasedJobs(const LeasedJobs&) = delete;
  LeasedJobs& operator=(const LeasedJobs&) = delete;
  // Stops what runs and gives the lease back.
  ~LeasedJobs();

 private:
  void Keep();
  // Whether this server has the lease, as far as it knows.
  bool Renew();
  void GiveBack();

  const std::vector<Job> jobs_;
  const Times times_;
  Lease lease_;
  absl::Time held_until_ = absl::InfinitePast();
  absl::Notification stopping_;
  std::thread thread_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_JOBS_LEASED_JOBS_H_
