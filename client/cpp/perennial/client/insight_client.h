#ifndef PERENNIAL_CLIENT_INSIGHT_CLIENT_H_
#define PERENNIAL_CLIENT_INSIGHT_CLIENT_H_

#include <memory>
#include <utility>

#include "perennial/client/service_client.h"
#include "perennial/v1/insight_service.pb.h"

namespace perennial::client {

// Calls InsightService: reports.
class InsightClient : public ServiceClient {
 public:
  explicit InsightClient(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : ServiceClient("perennial.v1.InsightService", std::move(connection), std::move(options)) {}

  PERENNIAL_UNARY(GetReachReport, ReachReport);
  PERENNIAL_LIST(ListReachOpportunities, Opportunity);
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_INSIGHT_CLIENT_H_
