#ifndef PERENNIAL_SERVER_HANDLERS_HANDLERS_H_
#define PERENNIAL_SERVER_HANDLERS_HANDLERS_H_

#include "lib/base/clock.h"
#include "lib/storage/store.h"
#include "server/handlers/registry.h"
#include "server/handlers/relationships.h"
#include "server/watch/change_feed.h"

namespace perennial {

// Registers the handler of every method. `manual_clock` is the store's clock where that can be
// moved, else nullptr. All outlive the registry.
void RegisterHandlers(Registry& registry, Store& store, ChangeFeed& feed,
                      RelationshipReview& review, ManualClock* manual_clock);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_HANDLERS_HANDLERS_H_
