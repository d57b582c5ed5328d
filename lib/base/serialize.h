#ifndef PERENNIAL_LIB_BASE_SERIALIZE_H_
#define PERENNIAL_LIB_BASE_SERIALIZE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace perennial {

// Equal messages become equal bytes, in whatever order their maps were filled.
std::string SerializeDeterministic(const google::protobuf::Message& message);

// Appends a field of bytes, text or an already serialized message as it stands in a serialized
// message.
void AppendField(const google::protobuf::FieldDescriptor& field, absl::string_view value,
                 std::string& bytes);

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_SERIALIZE_H_
