#ifndef PERENNIAL_CLIENT_IMPORT_CLIENT_H_
#define PERENNIAL_CLIENT_IMPORT_CLIENT_H_

#include <memory>
#include <utility>

#include "perennial/client/service_client.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial::client {

// Calls ImportService: imports.
class ImportClient : public ServiceClient {
 public:
  explicit ImportClient(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : ServiceClient("perennial.v1.ImportService", std::move(connection), std::move(options)) {}

  PERENNIAL_STREAM(Import);
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_IMPORT_CLIENT_H_
