#include "server/workflows/playbooks.h"

#include "perennial/v1/pipeline_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Opportunity;
using v1::Playbook;

namespace {

class PlaybookRules final : public TypeRules<Playbook> {
  absl::Status Complete(Playbook& playbook, Writing&) const override {
    if (playbook.name() == kDefaultPlaybook && !playbook.account_filter().empty()) {
      return InvalidField("playbook.account_filter",
                          "must stay empty: the default playbook fits every account");
    }
    return CheckPlaybook(playbook);
  }
};
const PlaybookRules rules;

absl::StatusOr<Empty> DeletePlaybook(const v1::DeletePlaybookRequest& request, WriteTx& tx) {
  if (request.name() == kDefaultPlaybook) {
    return FailedPrecondition(v1::RESOURCE_IN_USE, request.name(),
                              "Renewals without another playbook follow the default one");
  }
  return Delete<Playbook>(request, tx);
}

absl::StatusOr<v1::ApplyPlaybookResponse> ApplyPlaybook(const v1::ApplyPlaybookRequest& request,
                                                        WriteTx& tx) {
  RETURN_IF_ERROR(CheckNameOf<Playbook>(request.name()));
  ASSIGN_OR_RETURN(const Playbook playbook, tx.Get<Playbook>(request.name()));
  Selection open = From<Opportunity>()
                       .Where("playbook", "=", playbook.name())
                       .Where("outcome", "=", Opportunity::Outcome_Name(Opportunity::OPEN));
  if (!request.account().empty()) {
    RETURN_IF_ERROR(tx.Get<v1::Account>(request.account()).status());
    open.Where("account", "=", request.account());
  }
  ASSIGN_OR_RETURN(const std::vector<Opportunity> opportunities, tx.Select<Opportunity>(open));
  RETURN_IF_ERROR(tx.HoldAccountsOf(opportunities));
  v1::ApplyPlaybookResponse response;
  response.set_opportunity_count(static_cast<int64_t>(opportunities.size()));
  for (const Opportunity& opportunity : opportunities) {
    RETURN_IF_ERROR(ApplyCadence(opportunity, playbook, response, tx));
  }
  return response;
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("PipelineService.CreatePlaybook", Create<Playbook, v1::CreatePlaybookRequest>);
  registry.Get<v1::GetPlaybookRequest, Playbook>("PipelineService.GetPlaybook");
  registry.List<v1::ListPlaybooksRequest, v1::ListPlaybooksResponse>(
      "PipelineService.ListPlaybooks");
  registry.Write("PipelineService.UpdatePlaybook", Update<Playbook, v1::UpdatePlaybookRequest>);
  registry.Write("PipelineService.DeletePlaybook", DeletePlaybook);
  registry.Write("PipelineService.ApplyPlaybook", ApplyPlaybook);
});

}  // namespace
}  // namespace perennial
