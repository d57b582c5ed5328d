#ifndef PERENNIAL_LIB_STORAGE_TX_EXTERNAL_IDS_H_
#define PERENNIAL_LIB_STORAGE_TX_EXTERNAL_IDS_H_

// Who resources are in other systems (perennial.v1.FieldRules.identity): one resource of a type for
// each id of a system.

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "lib/storage/resource_table.h"
#include "lib/storage/sql/database.h"

namespace perennial {

// A system's key, and the id there.
using ExternalId = std::pair<std::string, std::string>;

// Those that a resource of the table has, in order.
std::vector<ExternalId> ExternalIdsOf(const ResourceTable& table,
                                      const google::protobuf::Message& resource);

// Writes down those of a resource that has just been written, in its transaction; null where it was
// not or is not there. ALREADY_EXISTS (RESOURCE_ALREADY_EXISTS) names the other one that has it.
absl::Status UpdateExternalIds(const ResourceTable& table, const google::protobuf::Message* before,
                               const google::protobuf::Message* after, sql::Connection& connection);

// Answers each of these ids that is known, with the name of the resource that has it.
absl::Status FindByExternalIds(
    const ResourceTable& table, const std::vector<ExternalId>& ids, sql::Connection& connection,
    absl::FunctionRef<void(const ExternalId& id, const std::string& name)> on_found);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_TX_EXTERNAL_IDS_H_
