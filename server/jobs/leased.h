#ifndef PERENNIAL_SERVER_JOBS_LEASED_H_
#define PERENNIAL_SERVER_JOBS_LEASED_H_

#include <string>

#include "lib/storage/sql/database.h"
#include "server/jobs/job_runner.h"

namespace perennial {

// The job, but of all servers on the database one at a time runs it: `holder`, while it keeps
// coming back. Where that one dies another takes over after three periods, at least 15 seconds.
// `database` outlives the job.
Job Leased(Job job, sql::Database& database, std::string holder);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_JOBS_LEASED_H_
