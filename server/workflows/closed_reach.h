#ifndef PERENNIAL_SERVER_WORKFLOWS_CLOSED_REACH_H_
#define PERENNIAL_SERVER_WORKFLOWS_CLOSED_REACH_H_

// Whether somebody who decides was reached in an opportunity that is closed, where that is recorded
// after it was. Of open ones relationships.cc takes care.

#include "absl/status/status.h"
#include "lib/storage/tx.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/methods/type_rules.h"

namespace perennial {

// Sets `reached` of a closed opportunity that is about to be written where the touches between its
// opening and its closing prove it.
absl::Status StampReach(v1::Opportunity& closed, Writing& writing);

// The same for the closed opportunities that were open when a touch, just written, was.
absl::Status StampReachedBy(const v1::Touch& touch, Writing& writing);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_CLOSED_REACH_H_
