#include "server/methods/batch.h"

#include "google/protobuf/descriptor.h"

namespace perennial {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string NameInRow(const Message& row) {
  const auto& type = *row.GetDescriptor();
  if (const FieldDescriptor* name = type.FindFieldByName("name")) {
    return row.GetReflection()->GetString(row, name);
  }
  const Message& resource = row.GetReflection()->GetMessage(row, type.field(0));
  return resource.GetReflection()->GetString(resource,
                                             resource.GetDescriptor()->FindFieldByName("name"));
}

absl::Status CheckRow(const Message& row, int index) {
  for (const char* name : {"request_id", "validate_only"}) {
    const FieldDescriptor* field = row.GetDescriptor()->FindFieldByName(name);
    if (!row.GetReflection()->HasField(row, field)) continue;
    return InvalidField(absl::StrCat("requests[", index, "].", name),
                        "must be unset: the batch has one for all");
  }
  return absl::OkStatus();
}

}  // namespace perennial
