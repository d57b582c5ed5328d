#ifndef PERENNIAL_SERVER_JOBS_RENEWAL_JOB_H_
#define PERENNIAL_SERVER_JOBS_RENEWAL_JOB_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/storage/store.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/methods/system_call.h"

namespace perennial {

// Works through what is due for an account, or everywhere where it is empty; an account that fails
// is passed over. Every step can be repeated: what was done already is found done.
absl::StatusOr<v1::OpenDueOpportunitiesResponse> OpenDue(Store& store, const Call& call,
                                                         const std::string& account);
absl::StatusOr<v1::SettleEndedTermsResponse> SettleEnded(Store& store, const Call& call,
                                                         const std::string& account);

// All of it, everywhere, as the actor `system`.
absl::Status RunRenewalJob(Store& store, const RunLimit& limit);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_JOBS_RENEWAL_JOB_H_
