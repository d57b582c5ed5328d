#ifndef PERENNIAL_LIB_STORAGE_TX_REFERENCES_H_
#define PERENNIAL_LIB_STORAGE_TX_REFERENCES_H_

// What holds between resources that name one another.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "lib/storage/resource_table.h"
#include "lib/storage/tx/identity_map.h"
#include "lib/storage/tx/row_locks.h"

namespace perennial {

class ReadTx;
class WriteTx;

// Holds the parent of a new resource, and what a resource refers to and did not refer to `before`,
// which is null for a new one. NOT_FOUND where one of them does not exist.
absl::Status HoldReferences(const ResourceTable& table, const google::protobuf::Message& resource,
                            const google::protobuf::Message* before, const IdentityMap& known,
                            RowLocks& locks);

// FAILED_PRECONDITION (RESOURCE_IN_USE) while other resources are below it or refer to it.
absl::Status CheckUnused(const ResourceTable& table, const std::string& name, ReadTx& tx);

// Whatever names one of `names`, resources of this type and of one account, in a field that refers
// to such resources, names `replacement` instead, and once only where the field is a list.
absl::Status ReplaceReferences(const ResourceTable& target, const std::vector<std::string>& names,
                               const std::string& replacement, WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_TX_REFERENCES_H_
