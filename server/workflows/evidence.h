#ifndef PERENNIAL_SERVER_WORKFLOWS_EVIDENCE_H_
#define PERENNIAL_SERVER_WORKFLOWS_EVIDENCE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/domain/gates.h"
#include "lib/storage/tx.h"

namespace perennial {

// What the gate before the opportunity's next step asks about, and no more.
absl::StatusOr<Evidence> GatherEvidence(const v1::Opportunity& opportunity,
                                        const v1::Playbook& playbook, ReadTx& tx);

// The gate of the opportunity as it stands now.
absl::StatusOr<v1::GateReport> CheckGateOf(const v1::Opportunity& opportunity,
                                           const v1::Playbook& playbook, ReadTx& tx);

// Touches of the account since the opportunity opened, oldest first.
absl::StatusOr<std::vector<v1::Touch>> TouchesOfCycle(const v1::Opportunity& opportunity,
                                                      ReadTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_EVIDENCE_H_
