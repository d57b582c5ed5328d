#include <set>

#include "lib/base/ids.h"
#include "perennial/v1/catalog_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/capabilities.h"

namespace perennial {

using v1::Product;

namespace {

absl::Status CheckProduct(const Product& product) {
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

class ProductRules final : public TypeRules<Product> {
  absl::Status Complete(Product& product, Writing& writing) const override {
    writing.Kept<KeptCapabilities>().erase(product.name());
    return CheckProduct(product);
  }
};
const ProductRules rules;

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("CatalogService.CreateProduct", Create<Product, v1::CreateProductRequest>);
  registry.Get<v1::GetProductRequest, Product>("CatalogService.GetProduct");
  registry.List<v1::ListProductsRequest, v1::ListProductsResponse>("CatalogService.ListProducts");
  registry.Write("CatalogService.UpdateProduct", Update<Product, v1::UpdateProductRequest>);
  registry.Write("CatalogService.DeleteProduct", Delete<Product, v1::DeleteProductRequest>);
});

}  // namespace
}  // namespace perennial
