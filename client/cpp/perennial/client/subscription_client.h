#ifndef PERENNIAL_CLIENT_SUBSCRIPTION_CLIENT_H_
#define PERENNIAL_CLIENT_SUBSCRIPTION_CLIENT_H_

#include <memory>
#include <utility>

#include "perennial/client/service_client.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial::client {

// Calls SubscriptionService: subscriptions, the ARR ledger and usage.
class SubscriptionClient : public ServiceClient {
 public:
  explicit SubscriptionClient(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : ServiceClient("perennial.v1.SubscriptionService", std::move(connection),
                      std::move(options)) {}

  PERENNIAL_UNARY(CreateSubscription, Subscription);
  PERENNIAL_UNARY(GetSubscription, Subscription);
  PERENNIAL_LIST(ListSubscriptions, Subscription);
  PERENNIAL_UNARY(UpdateSubscription, Subscription);
  PERENNIAL_DELETE(DeleteSubscription);
  PERENNIAL_UNARY(AmendSubscription, Subscription);
  PERENNIAL_UNARY(CancelSubscription, Subscription);
  PERENNIAL_UNARY(UndoCancellation, Subscription);
  PERENNIAL_UNARY(CorrectSubscription, Subscription);
  PERENNIAL_UNARY(AlignTerm, Subscription);
  PERENNIAL_UNARY(ExcludeSubscription, Subscription);
  PERENNIAL_UNARY(IncludeSubscription, Subscription);
  PERENNIAL_LIST(ListUncoveredSubscriptions, Subscription);
  PERENNIAL_LIST(ListArrMovements, ArrMovement);
  PERENNIAL_UNARY(AppendUsageSamples, AppendUsageSamplesResponse);
  PERENNIAL_LIST(ListUsageSamples, UsageSample);
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_SUBSCRIPTION_CLIENT_H_
