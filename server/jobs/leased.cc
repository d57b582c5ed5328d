#include "server/jobs/leased.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "lib/base/status.h"
#include "lib/storage/lease.h"

namespace perennial {
namespace {

constexpr absl::Duration kShortestTerm = absl::Seconds(15);

}  // namespace

Job Leased(Job job, sql::Database& database, std::string holder) {
  const absl::Duration term = std::max(3 * job.period, kShortestTerm);
  return {job.name, job.period,
          [name = job.name, run = std::move(job.run), &database, holder = std::move(holder),
           term](absl::Time deadline) -> absl::Status {
            const absl::Time now = absl::Now();
            ASSIGN_OR_RETURN(const bool mine, TakeLease(database, name, holder, now, now + term));
            return mine ? run(deadline) : absl::OkStatus();
          }};
}

}  // namespace perennial
