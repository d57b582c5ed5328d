#ifndef PERENNIAL_SERVER_WORKFLOWS_PLAYBOOK_EFFECTS_H_
#define PERENNIAL_SERVER_WORKFLOWS_PLAYBOOK_EFFECTS_H_

#include <vector>

#include "absl/status/status.h"
#include "lib/storage/tx.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

// What becomes of open opportunities that follow a playbook where it changes: of those that it
// does anything to. Nothing is written.
absl::Status AddEffects(const std::vector<v1::Opportunity>& opportunities,
                        const v1::Playbook& before, const v1::Playbook& after, ReadTx& tx,
                        v1::PreviewPlaybookResponse& response);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_PLAYBOOK_EFFECTS_H_
