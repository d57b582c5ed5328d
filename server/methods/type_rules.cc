#include "server/methods/type_rules.h"

#include "absl/container/flat_hash_map.h"

namespace perennial {
namespace {

std::vector<const AnyTypeRules*>& All() {
  static auto& all = *new std::vector<const AnyTypeRules*>;
  return all;
}

}  // namespace

// Descriptors are not asked for yet: their options are complete only once the program runs.
AnyTypeRules::AnyTypeRules() { All().push_back(this); }

const AnyTypeRules* AnyTypeRules::Of(const google::protobuf::Descriptor& type) {
  static const auto& by_type = *[] {
    auto* rules = new absl::flat_hash_map<const google::protobuf::Descriptor*, const AnyTypeRules*>;
    for (const AnyTypeRules* one : All()) rules->emplace(&one->type(), one);
    return rules;
  }();
  const auto found = by_type.find(&type);
  return found == by_type.end() ? nullptr : found->second;
}

}  // namespace perennial
