#ifndef PERENNIAL_CLIENT_CLOCK_CLIENT_H_
#define PERENNIAL_CLIENT_CLOCK_CLIENT_H_

#include <memory>
#include <utility>

#include "perennial/client/service_client.h"
#include "perennial/v1/clock_service.pb.h"

namespace perennial::client {

// Calls ClockService: a server's clock.
class ClockClient : public ServiceClient {
 public:
  explicit ClockClient(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : ServiceClient("perennial.v1.ClockService", std::move(connection), std::move(options)) {}

  PERENNIAL_UNARY(GetTime, ClockTime);
  PERENNIAL_UNARY(MoveTime, ClockTime);
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_CLOCK_CLIENT_H_
