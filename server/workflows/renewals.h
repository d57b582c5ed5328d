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

// The states in which a subscription can be renewed.
const std::vector<std::string>& StatesInForce();

// What may be uncovered where it is in force: within the longest lead time of any playbook.
Selection MaybeUncovered(const PlaybookChooser& playbooks, absl::CivilDay today);

// Those of the candidates that are, by the playbooks of their accounts.
absl::StatusOr<std::vector<v1::Subscription>> Uncovered(std::vector<v1::Subscription> candidates,
                                                        const PlaybookChooser& playbooks,
                                                        ReadTx& tx);

// Puts what these accounts, which are held, have uncovered up for renewal, or excludes it.
absl::StatusOr<v1::OpenDueOpportunitiesResponse> OpenUncovered(
    const std::vector<std::string>& accounts, WriteTx& tx);

// Those whose term is over by today, as far as their state tells.
Selection EndedTerms(absl::CivilDay today);

// Does what the end of their terms means for the subscriptions of these accounts, which are held.
absl::StatusOr<v1::SettleEndedTermsResponse> SettleTerms(const std::vector<std::string>& accounts,
                                                         WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_RENEWALS_H_
