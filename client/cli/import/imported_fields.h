#ifndef PERENNIAL_CLIENT_CLI_IMPORT_IMPORTED_FIELDS_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_IMPORTED_FIELDS_H_

// What the server takes of an import: nothing else is offered.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/import/mapping.h"
#include "google/protobuf/descriptor.h"

namespace perennial::cli {

// The fields of Resource whose types can be imported, and these types' names.
const std::vector<const google::protobuf::FieldDescriptor*>& ImportedKinds();
std::string ImportedTypeList();

// Whether a row may set the field of a resource; true of all that is within such a field.
bool IsImported(const google::protobuf::FieldDescriptor& field);

// INVALID_ARGUMENT, with its place, where it may not.
absl::Status CheckImported(const google::protobuf::FieldDescriptor& field, const MappingNode& node,
                           const std::string& at, int index = -1);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_IMPORTED_FIELDS_H_
