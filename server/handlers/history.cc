#include "lib/storage/read_changes.h"
#include "server/handlers/register.h"

namespace perennial {

void RegisterHistory(Registry& registry, Store& store) {
  registry.Run<v1::ListChangesRequest, v1::ListChangesResponse>(
      "HistoryService.ListChanges",
      [&store](const v1::ListChangesRequest& request,
               const Call& call) -> absl::StatusOr<v1::ListChangesResponse> {
        // Whoever lists right after writing sees what was written.
        RETURN_IF_ERROR(store.NumberPendingChanges(call.deadline));
        v1::ListChangesResponse response;
        RETURN_IF_ERROR(store.Read(call, [&](ReadTx& tx) -> absl::Status {
          ASSIGN_OR_RETURN(response, ListChanges(request, tx));
          return absl::OkStatus();
        }));
        return response;
      });
}

}  // namespace perennial
