#include "lib/domain/stages.h"

#include "lib/domain/gates.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/batch.h"
#include "server/methods/standard.h"
#include "server/workflows/evidence.h"
#include "server/workflows/opportunity_writes.h"

namespace perennial {

using v1::Criterion;
using v1::Opportunity;

namespace {

absl::StatusOr<v1::GateReport> CheckGate(const v1::CheckGateRequest& request, ReadTx& tx) {
  ASSIGN_OR_RETURN(const Opportunity opportunity, Get<Opportunity>(request, tx));
  RETURN_IF_ERROR(CheckOpen(opportunity));
  ASSIGN_OR_RETURN(const v1::Playbook playbook, tx.Get<v1::Playbook>(opportunity.playbook()));
  return CheckGateOf(opportunity, playbook, tx);
}

absl::Status CheckStage(const Opportunity& opportunity, Opportunity::Stage expected) {
  if (expected == Opportunity::STAGE_UNSPECIFIED || opportunity.stage() == expected) {
    return absl::OkStatus();
  }
  return FailedPrecondition(
      v1::WRONG_STATE, opportunity.name(),
      absl::StrCat("The opportunity is in ", Opportunity::Stage_Name(opportunity.stage()),
                   ", not in ", Opportunity::Stage_Name(expected)));
}

absl::StatusOr<Opportunity> AdvanceOpportunity(const v1::AdvanceOpportunityRequest& request,
                                               WriteTx& tx) {
  ASSIGN_OR_RETURN(Opportunity opportunity, GetToChange<Opportunity>(request, tx));
  RETURN_IF_ERROR(CheckOpen(opportunity));
  RETURN_IF_ERROR(CheckStage(opportunity, request.from_stage()));
  const std::optional<Opportunity::Stage> next = NextStage(opportunity.stage());
  if (!next.has_value()) {
    return FailedPrecondition(v1::WRONG_STATE, opportunity.name(),
                              "RENEWAL is the last stage: close the opportunity");
  }
  ASSIGN_OR_RETURN(const v1::Playbook playbook, tx.Get<v1::Playbook>(opportunity.playbook()));
  ASSIGN_OR_RETURN(const v1::GateReport report, CheckGateOf(opportunity, playbook, tx));
  ASSIGN_OR_RETURN(const std::vector<Criterion::Type> overridden,
                   PassGate(report, request.override_reason(), tx));
  if (!overridden.empty()) tx.set_reason(request.override_reason());
  const Opportunity before = opportunity;
  EnterStage(*next, playbook, tx.now(), opportunity);
  ASSIGN_OR_RETURN(opportunity, tx.Update(std::move(opportunity)));
  RETURN_IF_ERROR(WriteTransition(before, opportunity, tx.reason(), overridden, tx));
  return opportunity;
}

absl::StatusOr<Opportunity> ReturnOpportunity(const v1::ReturnOpportunityRequest& request,
                                              WriteTx& tx) {
  ASSIGN_OR_RETURN(Opportunity opportunity, GetToChange<Opportunity>(request, tx));
  RETURN_IF_ERROR(CheckOpen(opportunity));
  if (request.to_stage() >= opportunity.stage()) {
    return FailedPrecondition(
        v1::WRONG_STATE, opportunity.name(),
        absl::StrCat("to_stage must be before ", Opportunity::Stage_Name(opportunity.stage())));
  }
  ASSIGN_OR_RETURN(const v1::Playbook playbook, tx.Get<v1::Playbook>(opportunity.playbook()));
  tx.set_reason(request.reason());
  const Opportunity before = opportunity;
  EnterStage(request.to_stage(), playbook, tx.now(), opportunity);
  ASSIGN_OR_RETURN(opportunity, tx.Update(std::move(opportunity)));
  RETURN_IF_ERROR(WriteTransition(before, opportunity, request.reason(), {}, tx));
  return opportunity;
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Read("PipelineService.CheckGate", CheckGate);
  registry.Write("PipelineService.AdvanceOpportunity", AdvanceOpportunity);
  registry.Write("PipelineService.BatchAdvanceOpportunities",
                 Batch<AdvanceOpportunity, v1::BatchAdvanceOpportunitiesRequest,
                       v1::BatchOpportunitiesResponse>);
  registry.Write("PipelineService.ReturnOpportunity", ReturnOpportunity);
  registry.Write("PipelineService.BatchReturnOpportunities",
                 Batch<ReturnOpportunity, v1::BatchReturnOpportunitiesRequest,
                       v1::BatchOpportunitiesResponse>);
});

}  // namespace
}  // namespace perennial
