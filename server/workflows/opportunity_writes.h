#ifndef PERENNIAL_SERVER_WORKFLOWS_OPPORTUNITY_WRITES_H_
#define PERENNIAL_SERVER_WORKFLOWS_OPPORTUNITY_WRITES_H_

// What several handlers write about an opportunity.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/storage/tx.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

// FAILED_PRECONDITION (WRONG_STATE) unless it is open.
absl::Status CheckOpen(const v1::Opportunity& opportunity);

// Those of the account that are not closed.
absl::StatusOr<std::vector<v1::Opportunity>> OpenOpportunitiesOf(absl::string_view account,
                                                                 ReadTx& tx);

// The subscriptions up for renewal, in the opportunity's order.
absl::StatusOr<std::vector<v1::Subscription>> SubscriptionsOf(const v1::Opportunity& opportunity,
                                                              ReadTx& tx);

// All that the accounts have, by name.
absl::StatusOr<std::vector<v1::Subscription>> SubscriptionsOf(
    const std::vector<std::string>& accounts, ReadTx& tx);

// FAILED_PRECONDITION unless all of them may be put up for renewal together.
absl::Status CheckRenewable(const std::vector<v1::Subscription>& subscriptions);

// Of an amount below zero, or in another currency than the ARR.
absl::Status CheckForecast(const v1::Opportunity& opportunity);

// Brings the forecast of one that is changed into step. FAILED_PRECONDITION (WRONG_STATE) where it
// changed although the opportunity is closed.
absl::Status CompleteForecast(const v1::Opportunity& before, v1::Opportunity& opportunity);

// Sets the owner and the display name where they are empty.
void Describe(const v1::Account& account, v1::Opportunity& opportunity);

// Points subscriptions at the open opportunity that has them.
absl::Status PutUpForRenewal(const v1::Opportunity& opportunity,
                             std::vector<v1::Subscription> subscriptions, WriteTx& tx);

// Opens an opportunity for subscriptions that are in none: it gets its name,
// stage, ARR, date and owner, and the subscriptions point at it.
absl::StatusOr<v1::Opportunity> OpenOpportunity(v1::Opportunity draft,
                                                std::vector<v1::Subscription> subscriptions,
                                                const v1::Account& account,
                                                const v1::Playbook& playbook, WriteTx& tx);

// Adds subscriptions to an open opportunity, or takes some out of it.
absl::StatusOr<v1::Opportunity> JoinOpportunity(v1::Opportunity opportunity,
                                                std::vector<v1::Subscription> subscriptions,
                                                WriteTx& tx);
absl::StatusOr<v1::Opportunity> LeaveOpportunity(v1::Opportunity opportunity,
                                                 const std::vector<std::string>& leaving,
                                                 WriteTx& tx);

// Deletes an opportunity, with its transitions and the tasks of its cadence. RESOURCE_IN_USE where
// there is more to it.
absl::Status RemoveOpportunity(const v1::Opportunity& opportunity, WriteTx& tx);

// The open opportunity of a subscription, if there is one, asks for what its subscriptions are
// worth now, on the day on which the first of their terms ends. Whether the subscription itself is
// written before or after does not matter: where its ARR does not fit theirs (FAILED_PRECONDITION,
// OUT_OF_RANGE) nothing is written.
absl::Status FollowInOpportunity(const v1::Subscription& subscription, WriteTx& tx);

// Records a move in the history of stages.
absl::Status WriteTransition(const v1::Opportunity& before, const v1::Opportunity& after,
                             absl::string_view reason,
                             const std::vector<v1::Criterion::Type>& overridden, WriteTx& tx);

// ROLE_TOO_LOW below MANAGER.
absl::Status CheckMayOverride(const WriteTx& tx);

// Passes where the gate is met, and where it is overridden with a reason by a
// MANAGER: then answers which criteria were. GATE_UNMET otherwise.
absl::StatusOr<std::vector<v1::Criterion::Type>> PassGate(const v1::GateReport& report,
                                                          absl::string_view override_reason,
                                                          const WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_OPPORTUNITY_WRITES_H_
