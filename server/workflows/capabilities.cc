#include "server/workflows/capabilities.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"

namespace perennial {

std::vector<std::string> CapabilityNames(const v1::Product& product) {
  std::vector<std::string> names;
  for (const v1::Product::Capability& capability : product.capabilities()) {
    names.push_back(absl::StrCat(product.name(), "/capabilities/", capability.id()));
  }
  return names;
}

absl::Status CheckCapabilityNames(const std::vector<std::string>& names, absl::string_view field,
                                  ReadTx& tx) {
  std::set<std::string> products;
  for (const std::string& name : names) {
    RETURN_IF_ERROR(CheckName(name, "products/{product}/capabilities/{capability}", field));
    products.emplace(ParentOf(name));
  }
  std::set<std::string> known;
  for (const std::string& product_name : products) {
    ASSIGN_OR_RETURN(const v1::Product product, tx.Get<v1::Product>(product_name));
    for (std::string& name : CapabilityNames(product)) known.insert(std::move(name));
  }
  for (const std::string& name : names) {
    if (known.count(name) == 0) {
      return InvalidField(field, absl::StrCat("its product has no capability ", name));
    }
  }
  return absl::OkStatus();
}

}  // namespace perennial
