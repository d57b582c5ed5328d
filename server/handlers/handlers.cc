#include "server/handlers/handlers.h"

#include "server/handlers/register.h"

namespace perennial {

void RegisterHandlers(Registry& registry, Store& store, ChangeFeed& feed,
                      RelationshipReview& review, ManualClock* manual_clock) {
  RegisterAccounts(registry);
  RegisterContacts(registry);
  RegisterMergeContacts(registry);
  RegisterAccountEvents(registry);
  RegisterProducts(registry);
  RegisterSubscriptions(registry);
  RegisterUsage(registry);
  RegisterOpportunities(registry);
  RegisterStages(registry);
  RegisterClosing(registry);
  RegisterRenewals(registry, store);
  RegisterPlaybooks(registry);
  RegisterOffers(registry);
  RegisterProposals(registry);
  RegisterTouches(registry);
  RegisterFeedback(registry);
  RegisterDemand(registry);
  RegisterTasks(registry);
  RegisterAdoptionReviews(registry);
  RegisterInsight(registry);
  RegisterImport(registry, store);
  RegisterHistory(registry, store);
  RegisterWatch(registry, feed);
  RegisterClock(registry, store, review, manual_clock);
}

}  // namespace perennial
