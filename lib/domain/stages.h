#ifndef PERENNIAL_LIB_DOMAIN_STAGES_H_
#define PERENNIAL_LIB_DOMAIN_STAGES_H_

// How an opportunity moves through its stages, and what each move writes into it.

#include <optional>

#include "absl/time/time.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

// Nothing after RENEWAL.
std::optional<v1::Opportunity::Stage> NextStage(v1::Opportunity::Stage stage);

// Opens a new opportunity in OUTREACH.
void Open(const v1::Playbook& playbook, absl::Time now, v1::Opportunity& opportunity);

// Moves to another stage: the time spent is added up, and probability and
// forecast category become what the playbook says of the stage.
void EnterStage(v1::Opportunity::Stage stage, const v1::Playbook& playbook, absl::Time now,
                v1::Opportunity& opportunity);

// Ends (or takes up again) the stay in the current stage.
void StopStageTime(absl::Time now, v1::Opportunity& opportunity);
void ResumeStageTime(absl::Time now, v1::Opportunity& opportunity);

// weighted_arr = forecast_arr x probability, in step with them after every change.
void UpdateWeightedArr(v1::Opportunity& opportunity);

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_STAGES_H_
