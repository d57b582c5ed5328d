#ifndef PERENNIAL_CLIENT_CATALOG_CLIENT_H_
#define PERENNIAL_CLIENT_CATALOG_CLIENT_H_

#include <memory>
#include <utility>

#include "perennial/client/service_client.h"
#include "perennial/v1/catalog_service.pb.h"

namespace perennial::client {

// Calls CatalogService: products.
class CatalogClient : public ServiceClient {
 public:
  explicit CatalogClient(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : ServiceClient("perennial.v1.CatalogService", std::move(connection), std::move(options)) {}

  PERENNIAL_UNARY(CreateProduct, Product);
  PERENNIAL_UNARY(GetProduct, Product);
  PERENNIAL_LIST(ListProducts, Product);
  PERENNIAL_UNARY(UpdateProduct, Product);
  PERENNIAL_DELETE(DeleteProduct);
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_CATALOG_CLIENT_H_
