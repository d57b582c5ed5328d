#ifndef PERENNIAL_SERVER_JOBS_GESTURE_JOB_H_
#define PERENNIAL_SERVER_JOBS_GESTURE_JOB_H_

#include "absl/status/status.h"
#include "lib/storage/store.h"
#include "server/methods/system_call.h"

namespace perennial {

// Proposes a task to give something without asking (GIVE) for each account with an open renewal
// that in the last 12 months was only asked, and for each one that is NEGLECTED and has at least
// the ARR that its playbook values. Not again within 30 days, whatever became of the last one.
// Works some accounts at a time; may be repeated.
absl::Status RunGestureJob(Store& store, const RunLimit& limit);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_JOBS_GESTURE_JOB_H_
