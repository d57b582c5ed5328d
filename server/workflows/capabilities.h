#ifndef PERENNIAL_SERVER_WORKFLOWS_CAPABILITIES_H_
#define PERENNIAL_SERVER_WORKFLOWS_CAPABILITIES_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/storage/tx.h"
#include "perennial/v1/catalog_service.pb.h"

namespace perennial {

// `products/{product}/capabilities/{id}` of each of the product's capabilities.
std::vector<std::string> CapabilityNames(const v1::Product& product);

// NOT_FOUND where a product does not exist; INVALID_ARGUMENT unless each of `names` is the name of
// one of its product's capabilities.
absl::Status CheckCapabilityNames(const std::vector<std::string>& names, absl::string_view field,
                                  ReadTx& tx);

// Those of products that were looked up while resources are written, by product.
using KeptCapabilities = absl::flat_hash_map<std::string, absl::flat_hash_set<std::string>>;

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_CAPABILITIES_H_
