#ifndef PERENNIAL_SERVER_HANDLERS_HANDLERS_H_
#define PERENNIAL_SERVER_HANDLERS_HANDLERS_H_

#include "lib/base/clock.h"
#include "lib/storage/store.h"
#include "server/jobs/backup_streams.h"
#include "server/jobs/relationship_review.h"
#include "server/methods/registry.h"
#include "server/watch/change_feed.h"

namespace perennial {

// What a handler may need that is no transaction. All of it outlives the registry.
struct Backend {
  Store& store;
  ChangeFeed& feed;
  RelationshipReview& review;
  BackupStreams& backups;
  ManualClock* manual_clock;  // the store's clock where that can be moved, else nullptr
};

// The handlers of a file, which registers them below its functions:
//
//   const Handlers handlers([](Registry& registry, const Backend&) {
//     registry.Write("PipelineService.AdvanceOpportunity", AdvanceOpportunity);
//   });
class Handlers {
 public:
  explicit Handlers(void (*add)(Registry& registry, const Backend& backend));
};

// Registers the handlers of every file of this folder.
void RegisterHandlers(Registry& registry, const Backend& backend);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_HANDLERS_HANDLERS_H_
