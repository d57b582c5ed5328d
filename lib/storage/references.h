#ifndef PERENNIAL_LIB_STORAGE_REFERENCES_H_
#define PERENNIAL_LIB_STORAGE_REFERENCES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "lib/storage/tx.h"

namespace perennial {

// Whatever names one of `names`, resources of this type and of one account, in a field that refers
// to such resources, names `replacement` instead, and once only where the field is a list.
absl::Status ReplaceReferences(const ResourceTable& target, const std::vector<std::string>& names,
                               const std::string& replacement, WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_REFERENCES_H_
