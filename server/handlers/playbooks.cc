#include "server/handlers/playbooks.h"

#include "perennial/v1/pipeline_service.pb.h"
#include "server/handlers/complete.h"
#include "server/handlers/register.h"
#include "server/handlers/standard.h"

namespace perennial {

using v1::Playbook;

absl::StatusOr<PlaybookChooser> LoadPlaybooks(ReadTx& tx) {
  ASSIGN_OR_RETURN(std::vector<Playbook> playbooks, tx.Select<Playbook>(From<Playbook>()));
  return PlaybookChooser::Make(std::move(playbooks));
}

absl::Status EnsureDefaultPlaybook(Store& store) {
  Call call;
  call.actor = kSystemActor;
  call.role = v1::ADMIN;
  call.method = "EnsureDefaultPlaybook";
  call.deadline = absl::Now() + absl::Seconds(30);
  return store.Apply(call, [](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const bool there,
                     tx.Exists(From<Playbook>().Where("name", "=", kDefaultPlaybook)));
    if (there) return absl::OkStatus();
    const absl::Status status = tx.Create(DefaultPlaybook()).status();
    // Another server that starts at the same time may have been first.
    return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
  });
}

absl::Status Complete(Playbook& playbook, ReadTx&) {
  if (playbook.name() == kDefaultPlaybook && !playbook.account_filter().empty()) {
    return InvalidField("playbook.account_filter",
                        "must stay empty: the default playbook fits every account");
  }
  return CheckPlaybook(playbook);
}

namespace {

absl::StatusOr<Playbook> CreatePlaybook(const v1::CreatePlaybookRequest& request, WriteTx& tx) {
  Playbook playbook = Draft("", request.playbook_id(), request.playbook(), tx);
  RETURN_IF_ERROR(Complete(playbook, tx));
  return tx.Create(playbook);
}

absl::StatusOr<Playbook> UpdatePlaybook(const v1::UpdatePlaybookRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Playbook playbook,
                   Patched(request.playbook(), request.update_mask(), "playbook", tx));
  RETURN_IF_ERROR(Complete(playbook, tx));
  return tx.Update(playbook);
}

absl::StatusOr<Empty> DeletePlaybook(const v1::DeletePlaybookRequest& request, WriteTx& tx) {
  if (request.name() == kDefaultPlaybook) {
    return FailedPrecondition(v1::RESOURCE_IN_USE, request.name(),
                              "Renewals without another playbook follow the default one");
  }
  return Delete<Playbook>(request, tx);
}

}  // namespace

void RegisterPlaybooks(Registry& registry) {
  registry.Write("PipelineService.CreatePlaybook", CreatePlaybook);
  registry.Get<v1::GetPlaybookRequest, Playbook>("PipelineService.GetPlaybook");
  registry.List<v1::ListPlaybooksRequest, v1::ListPlaybooksResponse>(
      "PipelineService.ListPlaybooks");
  registry.Write("PipelineService.UpdatePlaybook", UpdatePlaybook);
  registry.Write("PipelineService.DeletePlaybook", DeletePlaybook);
}

}  // namespace perennial
