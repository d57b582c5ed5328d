#include "server/workflows/playbooks.h"

#include <optional>

#include "server/methods/system_call.h"

namespace perennial {

using v1::Playbook;

absl::StatusOr<PlaybookChooser> LoadPlaybooks(ReadTx& tx) {
  ASSIGN_OR_RETURN(std::vector<Playbook> playbooks, tx.Select<Playbook>(From<Playbook>()));
  return PlaybookChooser::Make(std::move(playbooks));
}

absl::StatusOr<const PlaybookChooser*> KeptPlaybooks(Writing& writing) {
  auto& playbooks = writing.Kept<std::optional<PlaybookChooser>>();
  if (!playbooks.has_value()) {
    ASSIGN_OR_RETURN(playbooks, LoadPlaybooks(writing.tx));
  }
  return &*playbooks;
}

absl::Status EnsureDefaultPlaybook(Store& store) {
  const Call call = SystemCall("EnsureDefaultPlaybook", absl::Now() + absl::Seconds(30));
  return store.Apply(call, [](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const bool there,
                     tx.Exists(From<Playbook>().Where("name", "=", kDefaultPlaybook)));
    if (there) return absl::OkStatus();
    const absl::Status status = tx.Create(DefaultPlaybook()).status();
    // Another server that starts at the same time may have been first.
    return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
  });
}

}  // namespace perennial
