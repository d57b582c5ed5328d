#ifndef PERENNIAL_LIB_STORAGE_SEAL_H_
#define PERENNIAL_LIB_STORAGE_SEAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace perennial {

// What the column `data` of a row has in it: the serialized resource, and behind it a checksum of
// it and of its name, so that a bit that has flipped on its way is noticed when it is read. The
// checksum has the form of a field that no message has: whoever parses the whole skips it.
std::string Seal(absl::string_view name, absl::string_view data);

// The resource without its checksum. DATA_LOSS (DATA_DAMAGED, with the name) where that does not
// fit. What a program wrote that did not know of checksums has none, and is taken as it is.
absl::StatusOr<absl::string_view> Unseal(absl::string_view name, absl::string_view stored);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_SEAL_H_
