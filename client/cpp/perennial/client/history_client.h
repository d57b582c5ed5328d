#ifndef PERENNIAL_CLIENT_HISTORY_CLIENT_H_
#define PERENNIAL_CLIENT_HISTORY_CLIENT_H_

#include <memory>
#include <utility>

#include "perennial/client/service_client.h"
#include "perennial/client/watcher.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial::client {

// Answers a Watcher, which calls the method as often as it takes.
class WatchMethod : public Method {
 public:
  WatchMethod(ServiceClient& client, absl::string_view name)
      : Method(client, name, v1::WatchRequest::descriptor(), v1::WatchResponse::descriptor()) {}

  Watcher operator()(v1::WatchRequest request, const CallOptions& options = {}) const {
    return Watcher(connection(), descriptor(), std::move(request), Complete(options));
  }
};

// Calls HistoryService: the history of every change.
class HistoryClient : public ServiceClient {
 public:
  explicit HistoryClient(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : ServiceClient("perennial.v1.HistoryService", std::move(connection), std::move(options)) {}

  PERENNIAL_LIST(ListChanges, Change);
  const WatchMethod Watch{*this, "Watch"};
  PERENNIAL_UNARY(RevertChanges, RevertChangesResponse);
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_HISTORY_CLIENT_H_
