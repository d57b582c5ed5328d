#ifndef PERENNIAL_CLIENT_CLI_DISPLAY_WIDTH_H_
#define PERENNIAL_CLIENT_CLI_DISPLAY_WIDTH_H_

// How much room texts in UTF-8 take in a terminal: East Asian characters are two columns wide,
// combining ones none.

#include <cstddef>

#include "absl/strings/string_view.h"

namespace perennial::cli {

size_t DisplayWidth(absl::string_view text);

// As much of the text's beginning as `width` columns hold.
absl::string_view FirstColumns(absl::string_view text, size_t width);
// The same of its end.
absl::string_view LastColumns(absl::string_view text, size_t width);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_DISPLAY_WIDTH_H_
