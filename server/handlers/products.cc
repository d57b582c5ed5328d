#include <set>

#include "lib/base/ids.h"
#include "perennial/v1/catalog_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/complete.h"

namespace perennial {

using v1::Product;

absl::Status Complete(Product& product, ReadTx&) {
  std::set<absl::string_view> ids;
  for (int i = 0; i < product.capabilities_size(); ++i) {
    const std::string& id = product.capabilities(i).id();
    const std::string field = absl::StrCat("product.capabilities[", i, "].id");
    if (!IsValidId(id)) {
      return InvalidField(field, "must be `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`");
    }
    if (!ids.insert(id).second) return InvalidField(field, "stands twice in the product");
  }
  if (product.list_price().micros() < 0) {
    return InvalidField("product.list_price", "must not be negative");
  }
  return absl::OkStatus();
}

namespace {

absl::StatusOr<Product> CreateProduct(const v1::CreateProductRequest& request, WriteTx& tx) {
  Product product = Draft("", request.product_id(), request.product(), tx);
  RETURN_IF_ERROR(Complete(product, tx));
  return tx.Create(product);
}

absl::StatusOr<Product> UpdateProduct(const v1::UpdateProductRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Product product,
                   Patched(request.product(), request.update_mask(), "product", tx));
  RETURN_IF_ERROR(Complete(product, tx));
  return tx.Update(product);
}

absl::StatusOr<Empty> DeleteProduct(const v1::DeleteProductRequest& request, WriteTx& tx) {
  return Delete<Product>(request, tx);
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("CatalogService.CreateProduct", CreateProduct);
  registry.Get<v1::GetProductRequest, Product>("CatalogService.GetProduct");
  registry.List<v1::ListProductsRequest, v1::ListProductsResponse>("CatalogService.ListProducts");
  registry.Write("CatalogService.UpdateProduct", UpdateProduct);
  registry.Write("CatalogService.DeleteProduct", DeleteProduct);
});

}  // namespace
}  // namespace perennial
