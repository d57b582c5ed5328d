#include "server/workflows/closing.h"

#include "lib/base/ids.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/batch.h"
#include "server/methods/standard.h"
#include "server/workflows/evidence.h"
#include "server/workflows/opportunity_writes.h"
#include "server/workflows/reopening.h"
#include "server/workflows/subscription_ledger.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Opportunity;
using v1::Subscription;

namespace {

absl::StatusOr<Opportunity> CloseAsRenewed(const v1::CloseOpportunityRequest& request,
                                           const Opportunity& opportunity, WriteTx& tx) {
  if (request.churn_reason() != v1::CHURN_REASON_UNSPECIFIED) {
    return InvalidField("churn_reason", "must be unset where the outcome is RENEWED");
  }
  if (!request.competitor().empty()) {
    return InvalidField("competitor", "must be unset where the outcome is RENEWED");
  }
  if (opportunity.stage() != Opportunity::RENEWAL) {
    return FailedPrecondition(v1::WRONG_STATE, opportunity.name(),
                              absl::StrCat("Only an opportunity in RENEWAL closes as RENEWED; this "
                                           "one is in ",
                                           Opportunity::Stage_Name(opportunity.stage())));
  }
  ASSIGN_OR_RETURN(const v1::Playbook playbook, tx.Get<v1::Playbook>(opportunity.playbook()));
  ASSIGN_OR_RETURN(const v1::GateReport report, CheckGateOf(opportunity, playbook, tx));
  Ending ending;
  ending.outcome = Opportunity::RENEWED;
  ASSIGN_OR_RETURN(ending.overridden, PassGate(report, request.override_reason(), tx));
  ASSIGN_OR_RETURN(const std::vector<Subscription> subscriptions, SubscriptionsOf(opportunity, tx));
  ASSIGN_OR_RETURN(const Agreement agreement, AgreementOf(opportunity, tx));
  const absl::Status stands = CheckAgreementStands(agreement, subscriptions, tx.today());
  if (!stands.ok()) {
    if (request.override_reason().empty()) return stands;
    RETURN_IF_ERROR(CheckMayOverride(tx));
  }
  const bool overridden = !ending.overridden.empty() || !stands.ok();
  ending.reason = overridden ? request.override_reason() : request.note();
  ending.note = request.note();
  tx.set_reason(ending.reason);
  ASSIGN_OR_RETURN(const Closing closing,
                   PlanAgreed(opportunity, subscriptions, agreement, {tx.today(), tx.today()},
                              [&] { return NewId(tx.now()); }));
  return Close(opportunity, closing, ending, tx);
}

absl::StatusOr<Opportunity> CloseAsChurned(const v1::CloseOpportunityRequest& request,
                                           const Opportunity& opportunity, WriteTx& tx) {
  if (request.churn_reason() == v1::CHURN_REASON_UNSPECIFIED) {
    return InvalidField("churn_reason", "must be given where the outcome is CHURNED");
  }
  RETURN_IF_ERROR(CheckChurnReason(request.churn_reason(), "churn_reason", request.note()));
  if (!request.override_reason().empty()) {
    return InvalidField("override_reason", "must be unset where the outcome is CHURNED");
  }
  if (request.churn_reason() == v1::UNREACHABLE) {
    ASSIGN_OR_RETURN(const v1::Playbook playbook, tx.Get<v1::Playbook>(opportunity.playbook()));
    ASSIGN_OR_RETURN(const std::vector<v1::Touch> touches, TouchesOfCycle(opportunity, tx));
    RETURN_IF_ERROR(CheckUnreachable(opportunity, playbook, touches));
  }
  tx.set_reason(request.note());
  ASSIGN_OR_RETURN(const std::vector<Subscription> subscriptions, SubscriptionsOf(opportunity, tx));
  Ending ending;
  ending.outcome = Opportunity::CHURNED;
  ending.churn_reason = request.churn_reason();
  ending.note = request.note();
  ending.competitor = request.competitor();
  ending.reason = request.note();
  return Close(
      opportunity,
      PlanChurn(opportunity, subscriptions, request.churn_reason(), request.note(), tx.today()),
      ending, tx);
}

absl::StatusOr<Opportunity> CloseOpportunity(const v1::CloseOpportunityRequest& request,
                                             WriteTx& tx) {
  ASSIGN_OR_RETURN(const Opportunity opportunity, GetToChange<Opportunity>(request, tx));
  RETURN_IF_ERROR(CheckOpen(opportunity));
  switch (request.outcome()) {
    case Opportunity::RENEWED:
      return CloseAsRenewed(request, opportunity, tx);
    case Opportunity::CHURNED:
      return CloseAsChurned(request, opportunity, tx);
    default:
      return InvalidField("outcome", "must be RENEWED or CHURNED");
  }
}

absl::StatusOr<Opportunity> ReopenOpportunity(const v1::ReopenOpportunityRequest& request,
                                              WriteTx& tx) {
  ASSIGN_OR_RETURN(const Opportunity opportunity, GetToChange<Opportunity>(request, tx));
  tx.set_reason(request.reason());
  return Reopen(opportunity, request.reason(), tx);
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("PipelineService.CloseOpportunity", CloseOpportunity);
  registry.Write(
      "PipelineService.BatchCloseOpportunities",
      Batch<CloseOpportunity, v1::BatchCloseOpportunitiesRequest, v1::BatchOpportunitiesResponse>);
  registry.Write("PipelineService.ReopenOpportunity", ReopenOpportunity);
  registry.Write("PipelineService.BatchReopenOpportunities",
                 Batch<ReopenOpportunity, v1::BatchReopenOpportunitiesRequest,
                       v1::BatchOpportunitiesResponse>);
});

}  // namespace
}  // namespace perennial
