#include "client/cli/import/import_row.h"

namespace perennial::cli {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::ImportRow;
using v1::Resource;

namespace {

const FieldDescriptor* KindOf(const Resource& resource) {
  return Resource::GetReflection()->GetOneofFieldDescriptor(resource,
                                                            Resource::descriptor()->oneof_decl(0));
}

}  // namespace

const Message* ResourceIn(const ImportRow& row) {
  const FieldDescriptor* kind = KindOf(row.resource());
  return kind == nullptr ? nullptr : &Resource::GetReflection()->GetMessage(row.resource(), kind);
}

Message* ResourceIn(Resource& resource) {
  const FieldDescriptor* kind = KindOf(resource);
  return kind == nullptr ? nullptr : Resource::GetReflection()->MutableMessage(&resource, kind);
}

std::string NameOf(const ImportRow& row) {
  const Message* resource = ResourceIn(row);
  if (resource == nullptr) return "";
  return resource->GetReflection()->GetString(*resource,
                                              resource->GetDescriptor()->FindFieldByName("name"));
}

}  // namespace perennial::cli
