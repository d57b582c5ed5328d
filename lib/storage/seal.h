#ifndef PERENNIAL_LIB_STORAGE_SEAL_H_
#define PERENNIAL_LIB_STORAGE_SEAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace perennial {

enum class Sealed {
  kResource,
  kOther,  // a message without a name
};

// What the column `data` of a row has in it: the serialized resource, and behind it a checksum of
// it and of its name, so that a bit that has flipped on its way is noticed when it is read. Where
// `beside` is given, what other columns of the row say, there is a checksum of that, too. Checksums
// have the form of fields that no message has: whoever parses the whole skips them.
std::string Seal(absl::string_view name, absl::string_view data, absl::string_view beside = "");

// The resource without its checksums. DATA_LOSS (DATA_DAMAGED, with the name) where they do not
// fit. What a program wrote that did not know of checksums has none, and is taken as it is where it
// begins as the resource of that name does, or nothing is said of what it is.
absl::StatusOr<absl::string_view> Unseal(absl::string_view name, absl::string_view stored,
                                         Sealed what = Sealed::kResource);

// The same, of a row whose other columns say so.
absl::StatusOr<absl::string_view> UnsealBeside(absl::string_view name, absl::string_view stored,
                                               absl::string_view beside);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_SEAL_H_
