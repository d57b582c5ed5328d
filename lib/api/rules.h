#ifndef PERENNIAL_LIB_API_RULES_H_
#define PERENNIAL_LIB_API_RULES_H_

// What the protos declare about a field (perennial.v1.rules), its defaults filled in.

#include "google/protobuf/descriptor.h"
#include "perennial/v1/options.pb.h"

namespace perennial {

// Of a string that says nothing else.
inline constexpr int kDefaultMaxLength = 200;

const v1::FieldRules& RulesOf(const google::protobuf::FieldDescriptor& field);

// The most characters of a string, or of each element or value of several.
int MaxLength(const google::protobuf::FieldDescriptor& field);

// The most elements of a repeated field or map.
int MaxItems(const google::protobuf::FieldDescriptor& field);

// Whether the message is a resource.
bool IsResource(const google::protobuf::Descriptor& message);

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_RULES_H_
