#ifndef PERENNIAL_SERVER_WORKFLOWS_IMPORT_IMPORT_OPPORTUNITIES_H_
#define PERENNIAL_SERVER_WORKFLOWS_IMPORT_IMPORT_OPPORTUNITIES_H_

// Writes opportunities that were worked on elsewhere, in the stage and with the outcome and times
// that they have there.

#include "absl/status/statusor.h"
#include "lib/storage/tx.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/methods/type_rules.h"

namespace perennial {

// An open one puts its subscriptions up for renewal; its ARR and renewal date are theirs. A closed
// one is written as it is given. INVALID_ARGUMENT names fields of "opportunity".
absl::StatusOr<v1::Opportunity> CreateImported(v1::Opportunity opportunity, Writing& writing);

// Stage, outcome and times of one that is there already are those it has here.
absl::StatusOr<v1::Opportunity> UpdateImported(const v1::Opportunity& before,
                                               v1::Opportunity opportunity, Writing& writing);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_IMPORT_IMPORT_OPPORTUNITIES_H_
