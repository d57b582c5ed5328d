#ifndef PERENNIAL_CLIENT_HISTORY_CLIENT_H_
#define PERENNIAL_CLIENT_HISTORY_CLIENT_H_

#include <memory>
#include <utility>

#include "perennial/client/service_client.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial::client {

// Calls HistoryService: the history of every change.
class HistoryClient : public ServiceClient {
 public:
  explicit HistoryClient(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : ServiceClient("perennial.v1.HistoryService", std::move(connection), std::move(options)) {}

  PERENNIAL_LIST(ListChanges, Change);
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_HISTORY_CLIENT_H_
