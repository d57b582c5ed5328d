#ifndef PERENNIAL_SERVER_WORKFLOWS_IMPORT_IMPORT_OPPORTUNITIES_H_
#define PERENNIAL_SERVER_WORKFLOWS_IMPORT_IMPORT_OPPORTUNITIES_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/domain/playbooks.h"
#include "lib/storage/tx.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

// Writes opportunities that were worked on elsewhere, in the stage and with the outcome and times
// that they have there. Within one transaction.
class OpportunityImporter {
 public:
  explicit OpportunityImporter(WriteTx& tx) : tx_(tx) {}

  // An open one puts its subscriptions up for renewal; its ARR and renewal date are theirs. A
  // closed one is written as it is given. INVALID_ARGUMENT names fields of "opportunity".
  absl::StatusOr<v1::Opportunity> Create(v1::Opportunity opportunity);

  // Stage, outcome and times of one that is there already are those it has here.
  absl::StatusOr<v1::Opportunity> Update(const v1::Opportunity& before,
                                         v1::Opportunity opportunity);

 private:
  absl::StatusOr<v1::Playbook> PlaybookOf(const v1::Opportunity& opportunity,
                                          const v1::Account& account);
  absl::StatusOr<v1::Opportunity> CreateOpen(v1::Opportunity opportunity,
                                             const v1::Account& account,
                                             const v1::Playbook& playbook);
  absl::StatusOr<std::vector<v1::Subscription>> Subscriptions(const v1::Opportunity& opportunity);

  WriteTx& tx_;
  std::optional<PlaybookChooser> playbooks_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_IMPORT_IMPORT_OPPORTUNITIES_H_
