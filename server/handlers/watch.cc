#include "server/handlers/handlers.h"
#include "server/watch/change_feed.h"

namespace perennial {
namespace {

const Handlers handlers([](Registry& registry, const Backend& backend) {
  registry.Stream<v1::WatchRequest, v1::WatchResponse>(
      "HistoryService.Watch",
      [backend](const v1::WatchRequest& request, const Call& call, ResponseWriter& writer) {
        return backend.feed.Watch(request, call, writer);
      });
});

}  // namespace
}  // namespace perennial
