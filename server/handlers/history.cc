#include "lib/base/serialize.h"
#include "lib/storage/read_changes.h"
#include "server/handlers/handlers.h"
#include "server/workflows/undo/revert_changes.h"

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

absl::StatusOr<v1::RevertChangesResponse> Revert(const v1::RevertChangesRequest& request, Call call,
                                                 Store& store) {
  // Whoever takes something back has perhaps just done it.
  RETURN_IF_ERROR(store.NumberPendingChanges(call.deadline));
  call.run = request.run();
  ASSIGN_OR_RETURN(
      const std::string answer, store.Write(call, [&](WriteTx& tx) -> absl::StatusOr<std::string> {
        ASSIGN_OR_RETURN(const v1::RevertChangesResponse response, RevertChanges(request, tx));
        return SerializeDeterministic(response);
      }));
  v1::RevertChangesResponse response;
  if (!response.ParseFromString(answer)) return absl::InternalError("an answer does not parse");
  return response;
}

const Handlers handlers([](Registry& registry, const Backend& backend) {
  registry.Run<v1::ListChangesRequest, v1::ListChangesResponse>(
      "HistoryService.ListChanges",
      [backend](const v1::ListChangesRequest& request, const Call& call) {
        return ListAllChanges(request, call, backend.store);
      });
  registry.Run<v1::RevertChangesRequest, v1::RevertChangesResponse>(
      "HistoryService.RevertChanges",
      [backend](const v1::RevertChangesRequest& request, const Call& call) {
        return Revert(request, call, backend.store);
      });
});

}  // namespace
}  // namespace perennial
