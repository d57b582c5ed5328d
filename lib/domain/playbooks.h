#ifndef PERENNIAL_LIB_DOMAIN_PLAYBOOKS_H_
#define PERENNIAL_LIB_DOMAIN_PLAYBOOKS_H_

// Playbooks with their defaults filled in, and which of them an account follows.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/api/filter.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

inline constexpr char kDefaultPlaybook[] = "playbooks/default";

// Fits every account, with the lowest priority: renewals always have a playbook.
v1::Playbook DefaultPlaybook();

// What the playbook says, or the default that its proto states.
int LeadDays(const v1::Playbook& playbook);
int BundleDays(const v1::Playbook& playbook);
int CriterionDays(const v1::Criterion& criterion);
int UnreachableAttempts(const v1::Playbook& playbook);
int UnreachableChannels(const v1::Playbook& playbook);
int FadingDays(const v1::Playbook& playbook);
int NeglectDays(const v1::Playbook& playbook);
// In units of the customer's currency.
int64_t ValuedArr(const v1::Playbook& playbook);
// For how many days a verification counts: as the criterion CONTACTS_VERIFIED has it.
int VerifyDays(const v1::Playbook& playbook);
v1::Playbook::StageTarget StageTargetOf(const v1::Playbook& playbook, v1::Opportunity::Stage stage);

// INVALID_ARGUMENT where the account filter does not parse, or a stage or
// criterion stands twice.
absl::Status CheckPlaybook(const v1::Playbook& playbook);

// Finds the playbook that fits an account.
class PlaybookChooser {
 public:
  // `playbooks` holds the default one.
  static absl::StatusOr<PlaybookChooser> Make(std::vector<v1::Playbook> playbooks);

  const v1::Playbook& For(const v1::Account& account) const;
  // The one of this name; the default one where there is none.
  const v1::Playbook& Named(absl::string_view name) const;

  // The longest lead time of all playbooks.
  int longest_lead_days() const;

 private:
  // By descending priority, then by name.
  std::vector<std::pair<v1::Playbook, Filter>> playbooks_;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_PLAYBOOKS_H_
