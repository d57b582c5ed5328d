#ifndef PERENNIAL_SERVER_WORKFLOWS_IMPORT_IDENTIFY_H_
#define PERENNIAL_SERVER_WORKFLOWS_IMPORT_IDENTIFY_H_

// Which resource a row of an import means.

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial {

// Names that rows give, and those that the resources have.
using Aliases = absl::flat_hash_map<std::string, std::string>;

// Gives the resource, what it is below and what it refers to their own names.
void Rename(const Aliases& aliases, google::protobuf::Message& resource);

// The text that the id of `name` was made of, as it is kept; empty where the row says none.
std::string IdentityTextOf(const v1::ImportRow& row, absl::string_view name);

// Bounded; texts that differ stay different.
std::string KeptIdentity(absl::string_view text);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_IMPORT_IDENTIFY_H_
