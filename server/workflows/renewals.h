#ifndef PERENNIAL_SERVER_WORKFLOWS_RENEWALS_H_
#define PERENNIAL_SERVER_WORKFLOWS_RENEWALS_H_

// How renewals open, and terms end, by themselves.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "lib/domain/playbooks.h"
#include "lib/storage/selection.h"
#include "lib/storage/tx.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

// The states of subscriptions that are in force, by their names.
std::vector<std::string> StatesInForce();

// What may be uncovered of those in these states: within the longest lead time of any playbook.
Selection MaybeUncovered(const std::string& prefix, const std::vector<std::string>& states,
                         int longest_lead_days, absl::CivilDay today);

// Those of the candidates that are, by the playbooks of their accounts.
absl::StatusOr<std::vector<v1::Subscription>> Uncovered(std::vector<v1::Subscription> candidates,
                                                        const PlaybookChooser& playbooks,
                                                        ReadTx& tx);

// Puts what is uncovered of the accounts of these subscriptions up for renewal, or excludes it.
absl::StatusOr<v1::OpenDueOpportunitiesResponse> OpenUncovered(
    const std::vector<std::string>& names, WriteTx& tx);

// What the end of its term means for a subscription; nothing where that has not come.
absl::Status SettleTerm(const std::string& name, WriteTx& tx, v1::SettleEndedTermsResponse& counts);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_RENEWALS_H_
