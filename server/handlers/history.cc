#include "lib/storage/read_changes.h"
#include "server/handlers/handlers.h"

namespace perennial {
namespace {

absl::StatusOr<v1::ListChangesResponse> ListAllChanges(const v1::ListChangesRequest& request,
                                                       const Call& call, Store& store) {
  // Whoever lists right after writing sees what was written.
  RETURN_IF_ERROR(store.NumberPendingChanges(call.deadline));
  v1::ListChangesResponse response;
  RETURN_IF_ERROR(store.Read(call, [&](ReadTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(response, ListChanges(request, tx));
    return absl::OkStatus();
  }));
  return response;
}

const Handlers handlers([](Registry& registry, const Backend& backend) {
  registry.Run<v1::ListChangesRequest, v1::ListChangesResponse>(
      "HistoryService.ListChanges",
      [backend](const v1::ListChangesRequest& request, const Call& call) {
        return ListAllChanges(request, call, backend.store);
      });
});

}  // namespace
}  // namespace perennial
