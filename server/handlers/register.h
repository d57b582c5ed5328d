#ifndef PERENNIAL_SERVER_HANDLERS_REGISTER_H_
#define PERENNIAL_SERVER_HANDLERS_REGISTER_H_

// One function for each file of handlers: it registers what the file carries out.

#include "lib/base/clock.h"
#include "server/handlers/registry.h"
#include "server/handlers/relationships.h"
#include "server/watch/change_feed.h"

namespace perennial {

void RegisterAccounts(Registry& registry);
void RegisterContacts(Registry& registry);
void RegisterMergeContacts(Registry& registry);
void RegisterAccountEvents(Registry& registry);
void RegisterProducts(Registry& registry);
void RegisterSubscriptions(Registry& registry);
void RegisterUsage(Registry& registry);
void RegisterOpportunities(Registry& registry);
void RegisterStages(Registry& registry);
void RegisterClosing(Registry& registry);
void RegisterRenewals(Registry& registry, Store& store);
void RegisterPlaybooks(Registry& registry);
void RegisterOffers(Registry& registry);
void RegisterProposals(Registry& registry);
void RegisterTouches(Registry& registry);
void RegisterFeedback(Registry& registry);
void RegisterDemand(Registry& registry);
void RegisterTasks(Registry& registry);
void RegisterAdoptionReviews(Registry& registry);
void RegisterInsight(Registry& registry);
void RegisterImport(Registry& registry, Store& store);
void RegisterHistory(Registry& registry, Store& store);
void RegisterWatch(Registry& registry, ChangeFeed& feed);
// `manual_clock` is null where the clock is the system's.
void RegisterClock(Registry& registry, Store& store, RelationshipReview& review,
                   ManualClock* manual_clock);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_HANDLERS_REGISTER_H_
