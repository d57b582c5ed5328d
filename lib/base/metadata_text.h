#ifndef PERENNIAL_LIB_BASE_METADATA_TEXT_H_
#define PERENNIAL_LIB_BASE_METADATA_TEXT_H_

// Text in the metadata of a call, whose values are printable ASCII alone.

#include <string>

#include "absl/strings/string_view.h"

namespace perennial {

// Every byte that is not printable ASCII, and `%`, as `%XX`: the percent-encoding of URLs.
std::string EncodeMetadataText(absl::string_view text);

// The text again. A `%` that no two hexadecimal digits follow stands for itself.
std::string DecodeMetadataText(absl::string_view value);

// Whether a value can be sent as it is.
bool IsMetadataText(absl::string_view value);

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_METADATA_TEXT_H_
