#include "server/handlers/register.h"
#include "server/watch/change_feed.h"

namespace perennial {

void RegisterWatch(Registry& registry, ChangeFeed& feed) {
  registry.Stream<v1::WatchRequest, v1::WatchResponse>(
      "HistoryService.Watch",
      [&feed](const v1::WatchRequest& request, const Call& call, ResponseWriter& writer) {
        return feed.Watch(request, call, writer);
      });
}

}  // namespace perennial
