#include "lib/base/json.h"

#include <google/protobuf/util/type_resolver.h>
#include <google/protobuf/util/type_resolver_util.h>

#include "absl/strings/str_cat.h"
#include "lib/base/serialize.h"

namespace perennial {

// MessageToJsonString does the same over a serialization in which maps have no order.
std::string ToJson(const google::protobuf::Message& message,
                   const google::protobuf::util::JsonPrintOptions& options) {
  constexpr char kUrl[] = "type.googleapis.com";
  static auto* const types = google::protobuf::util::NewTypeResolverForDescriptorPool(
      kUrl, google::protobuf::DescriptorPool::generated_pool());
  std::string json;
  static_cast<void>(google::protobuf::util::BinaryToJsonString(
      types, absl::StrCat(kUrl, "/", message.GetDescriptor()->full_name()),
      SerializeDeterministic(message), &json, options));
  return json;
}

}  // namespace perennial
