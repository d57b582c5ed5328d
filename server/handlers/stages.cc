#include "lib/domain/stages.h"

#include "lib/domain/gates.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/handlers/handlers.h"
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
  const std::string reason = overridden.empty() ? "" : request.override_reason();
  tx.set_reason(reason);
  const Opportunity before = opportunity;
  EnterStage(*next, playbook, tx.now(), opportunity);
  ASSIGN_OR_RETURN(opportunity, tx.Update(std::move(opportunity)));
  RETURN_IF_ERROR(WriteTransition(before, opportunity, reason, overridden, tx));
  return opportunity;
}

absl::StatusOr<v1::BatchAdvanceOpportunitiesResponse> BatchAdvanceOpportunities(
    const v1::BatchAdvanceOpportunitiesRequest& request, WriteTx& tx) {
  for (int i = 0; i < request.requests_size(); ++i) {
    const std::string row = absl::StrCat("requests[", i, "]");
    if (!request.requests(i).request_id().empty()) {
      return InvalidField(row + ".request_id", "must be unset: the batch has one for all");
    }
    if (request.requests(i).validate_only()) {
      return InvalidField(row + ".validate_only", "must be unset: the batch has one for all");
    }
  }
  std::vector<std::string> names;
  for (const v1::AdvanceOpportunityRequest& row : request.requests()) names.push_back(row.name());
  RETURN_IF_ERROR(tx.HoldAccountsOf(names));
  v1::BatchAdvanceOpportunitiesResponse response;
  for (const v1::AdvanceOpportunityRequest& row : request.requests()) {
    auto& result = *response.add_results();
    result.set_name(row.name());
    const absl::Status status = tx.Try([&]() -> absl::Status {
      ASSIGN_OR_RETURN(*result.mutable_opportunity(), AdvanceOpportunity(row, tx));
      return absl::OkStatus();
    });
    if (status.ok()) {
      response.set_advanced_count(response.advanced_count() + 1);
      continue;
    }
    // A conflict or a lost connection is of the whole transaction, not of the row.
    if (ReasonOf(status) == v1::ERROR_REASON_UNSPECIFIED) return status;
    *result.mutable_error() = ToRowError(status);
    response.set_failed_count(response.failed_count() + 1);
  }
  tx.set_reason("");
  RETURN_IF_ERROR(tx.Settle());
  for (auto& result : *response.mutable_results()) {
    if (result.has_opportunity()) RETURN_IF_ERROR(tx.Refresh(*result.mutable_opportunity()));
  }
  return response;
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
  registry.Write("PipelineService.BatchAdvanceOpportunities", BatchAdvanceOpportunities);
  registry.Write("PipelineService.ReturnOpportunity", ReturnOpportunity);
});

}  // namespace
}  // namespace perennial
