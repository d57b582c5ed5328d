#include "server/workflows/playbooks.h"

#include "lib/storage/list_start.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/playbook_effects.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Opportunity;
using v1::Playbook;

namespace {

absl::Status Check(const Playbook& playbook) {
  if (playbook.name() == kDefaultPlaybook && !playbook.account_filter().empty()) {
    return InvalidField("playbook.account_filter",
                        "must stay empty: the default playbook fits every account");
  }
  return CheckPlaybook(playbook);
}

class PlaybookRules final : public TypeRules<Playbook> {
  absl::Status Complete(Playbook& playbook, Writing&) const override { return Check(playbook); }
};
const PlaybookRules rules;

absl::StatusOr<Empty> DeletePlaybook(const v1::DeletePlaybookRequest& request, WriteTx& tx) {
  if (request.name() == kDefaultPlaybook) {
    return FailedPrecondition(v1::RESOURCE_IN_USE, request.name(),
                              "Renewals without another playbook follow the default one");
  }
  return Delete<Playbook>(request, tx);
}

Selection OpenFollowersOf(const Playbook& playbook) {
  return From<Opportunity>()
      .Where("playbook", "=", playbook.name())
      .Where("outcome", "=", Opportunity::Outcome_Name(Opportunity::OPEN));
}

// Reads a page of the open opportunities that follow the playbook.
absl::StatusOr<std::vector<Opportunity>> PageOfFollowers(const v1::PreviewPlaybookRequest& request,
                                                         ReadTx& tx, std::string& next_page_token) {
  ASSIGN_OR_RETURN(const OrderBy by_name,
                   OrderBy::Parse("", ResourceTable::Of<Opportunity>().fields()));
  ASSIGN_OR_RETURN(const ListStart start, StartList(request, by_name.KeyShape(), tx));
  Selection selection = OpenFollowersOf(request.playbook());
  SelectPage(start.page, by_name, selection);
  ASSIGN_OR_RETURN(std::vector<Opportunity> followers, tx.Select<Opportunity>(selection));
  const size_t size = static_cast<size_t>(start.page.page_size);
  if (followers.size() <= size) return followers;
  followers.resize(size);
  next_page_token = MakePageToken(start.page, by_name.KeyOf(followers.back()));
  return followers;
}

absl::StatusOr<v1::PreviewPlaybookResponse> PreviewPlaybook(
    const v1::PreviewPlaybookRequest& request, ReadTx& tx) {
  ASSIGN_OR_RETURN(const Playbook after,
                   Patched(request.playbook(), request.update_mask(), "playbook", tx));
  RETURN_IF_ERROR(Check(after));
  ASSIGN_OR_RETURN(const Playbook before, tx.Get<Playbook>(after.name()));
  v1::PreviewPlaybookResponse response;
  ASSIGN_OR_RETURN(const std::vector<Opportunity> followers,
                   PageOfFollowers(request, tx, *response.mutable_next_page_token()));
  response.set_opportunity_count(static_cast<int32_t>(followers.size()));
  RETURN_IF_ERROR(AddEffects(followers, before, after, tx, response));
  return response;
}

absl::StatusOr<v1::ApplyPlaybookResponse> ApplyPlaybook(const v1::ApplyPlaybookRequest& request,
                                                        WriteTx& tx) {
  RETURN_IF_ERROR(CheckNameOf<Playbook>(request.name()));
  ASSIGN_OR_RETURN(const Playbook playbook, tx.Get<Playbook>(request.name()));
  Selection open = OpenFollowersOf(playbook);
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
  registry.Read("PipelineService.PreviewPlaybook", PreviewPlaybook);
  registry.Write("PipelineService.DeletePlaybook", DeletePlaybook);
  registry.Write("PipelineService.ApplyPlaybook", ApplyPlaybook);
});

}  // namespace
}  // namespace perennial
