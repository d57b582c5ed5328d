#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "lib/api/filter.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/stages.h"
#include "lib/domain/subscriptions.h"
#include "lib/storage/board.h"
#include "lib/storage/standard_reads.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/batch.h"
#include "server/methods/standard.h"
#include "server/workflows/import/import_opportunities.h"
#include "server/workflows/opportunity_writes.h"
#include "server/workflows/playbooks.h"

namespace perennial {

using v1::Opportunity;
using v1::Subscription;

namespace {

// Of those that are imported: they were worked on elsewhere.
class OpportunityRules final : public TypeRules<Opportunity> {
  absl::StatusOr<Opportunity> Create(Opportunity opportunity, Writing& writing) const override {
    return CreateImported(std::move(opportunity), writing);
  }
  absl::StatusOr<Opportunity> Update(const Opportunity& before, Opportunity opportunity,
                                     Writing& writing) const override {
    return UpdateImported(before, std::move(opportunity), writing);
  }

  // Stage, outcome and times of one that is there are those that it has here.
  void Merge(const Opportunity*, const Taken<Opportunity>& taken, Opportunity& row) const override {
    if (taken.fields.has_forecast_arr()) row.set_forecast_given(true);
  }
};
const OpportunityRules rules;

absl::StatusOr<Opportunity> CreateOpportunity(const v1::CreateOpportunityRequest& request,
                                              WriteTx& tx) {
  ASSIGN_OR_RETURN(const v1::Account account, tx.Get<v1::Account>(request.parent()));
  Opportunity draft = Draft(request.parent(), request.opportunity_id(), request.opportunity(), tx);
  draft.set_forecast_given(draft.has_forecast_arr());
  RETURN_IF_ERROR(
      CheckOfAccount(draft.subscriptions(), request.parent(), "opportunity.subscriptions"));
  const std::set<std::string> distinct(draft.subscriptions().begin(), draft.subscriptions().end());
  if (static_cast<int>(distinct.size()) != draft.subscriptions_size()) {
    return InvalidField("opportunity.subscriptions", "must name each subscription once");
  }
  ASSIGN_OR_RETURN(const std::vector<Subscription> subscriptions, SubscriptionsOf(draft, tx));
  RETURN_IF_ERROR(CheckRenewable(subscriptions));
  ASSIGN_OR_RETURN(const PlaybookChooser playbooks, LoadPlaybooks(tx));
  ASSIGN_OR_RETURN(Opportunity opportunity,
                   OpenOpportunity(draft, subscriptions, account, playbooks.For(account), tx));
  // What the caller says of the forecast goes before what the playbook says.
  if (draft.has_probability_percent()) {
    opportunity.set_probability_percent(draft.probability_percent());
  }
  if (draft.forecast_category() != Opportunity::FORECAST_CATEGORY_UNSPECIFIED) {
    opportunity.set_forecast_category(draft.forecast_category());
  }
  RETURN_IF_ERROR(CheckForecast(opportunity));
  UpdateWeightedArr(opportunity);
  return tx.Update(std::move(opportunity));
}

// Whether the update says what to expect, be it what is expected already.
bool SaysForecast(const v1::UpdateOpportunityRequest& request) {
  const auto& paths = request.update_mask().paths();
  if (paths.empty()) return request.opportunity().has_forecast_arr();
  return std::any_of(paths.begin(), paths.end(), [](const std::string& path) {
    return path == "*" || path == "forecast_arr" || absl::StartsWith(path, "forecast_arr.");
  });
}

absl::StatusOr<Opportunity> UpdateOpportunity(const v1::UpdateOpportunityRequest& request,
                                              WriteTx& tx) {
  ASSIGN_OR_RETURN(Opportunity opportunity,
                   Patched(request.opportunity(), request.update_mask(), "opportunity", tx));
  ASSIGN_OR_RETURN(const Opportunity before, tx.Get<Opportunity>(opportunity.name()));
  if (SaysForecast(request)) opportunity.set_forecast_given(opportunity.has_forecast_arr());
  RETURN_IF_ERROR(CompleteForecast(before, opportunity));
  return tx.Update(std::move(opportunity));
}

absl::StatusOr<Empty> DeleteOpportunity(const v1::DeleteOpportunityRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(const Opportunity opportunity, GetToChange<Opportunity>(request, tx));
  RETURN_IF_ERROR(CheckOpen(opportunity));
  RETURN_IF_ERROR(RemoveOpportunity(opportunity, tx));
  return Empty();
}

absl::StatusOr<v1::Board> GetBoard(const v1::GetBoardRequest& request, ReadTx& tx) {
  const ResourceTable& table = ResourceTable::Of<Opportunity>();
  RETURN_IF_ERROR(CheckListParent(request.parent(), table.pattern(), "parent"));
  ASSIGN_OR_RETURN(const Filter filter, Filter::Parse(request.filter(), table.fields()));
  const std::string prefix = NamePrefix(request.parent(), table.pattern());
  if (!request.has_read_time()) return ReadBoard(prefix, filter, tx);
  RETURN_IF_ERROR(CheckReadTime(request.read_time(), tx));
  return ReadPastBoard(prefix, filter, ToTime(request.read_time()), tx);
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("PipelineService.CreateOpportunity", CreateOpportunity);
  registry.Get<v1::GetOpportunityRequest, Opportunity>("PipelineService.GetOpportunity");
  registry.List<v1::ListOpportunitiesRequest, v1::ListOpportunitiesResponse>(
      "PipelineService.ListOpportunities");
  registry.Write("PipelineService.UpdateOpportunity", UpdateOpportunity);
  registry.Write("PipelineService.BatchUpdateOpportunities",
                 Batch<UpdateOpportunity, v1::BatchUpdateOpportunitiesRequest,
                       v1::BatchOpportunitiesResponse>);
  registry.Write("PipelineService.DeleteOpportunity", DeleteOpportunity);
  registry.List<v1::ListStageTransitionsRequest, v1::ListStageTransitionsResponse>(
      "PipelineService.ListStageTransitions");
  registry.Read("PipelineService.GetBoard", GetBoard);
});

}  // namespace
}  // namespace perennial
