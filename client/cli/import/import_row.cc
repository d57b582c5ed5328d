#include "client/cli/import/import_row.h"

namespace perennial::cli {

using google::protobuf::Message;
using v1::ImportRow;

const Message* ResourceIn(const ImportRow& row) {
  const auto* kind = v1::Resource::GetReflection()->GetOneofFieldDescriptor(
      row.resource(), v1::Resource::descriptor()->oneof_decl(0));
  if (kind == nullptr) return nullptr;
  return &v1::Resource::GetReflection()->GetMessage(row.resource(), kind);
}

std::string NameOf(const ImportRow& row) {
  const Message* resource = ResourceIn(row);
  if (resource == nullptr) return "";
  return resource->GetReflection()->GetString(*resource,
                                              resource->GetDescriptor()->FindFieldByName("name"));
}

}  // namespace perennial::cli
