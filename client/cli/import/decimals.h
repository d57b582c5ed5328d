#ifndef PERENNIAL_CLIENT_CLI_IMPORT_DECIMALS_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_DECIMALS_H_

// Decimal numbers of at most six decimals, as texts. INVALID_ARGUMENT names the value that is none,
// or the result that is beyond Money's bounds.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace perennial::cli {

absl::StatusOr<std::string> AddDecimals(absl::string_view a, absl::string_view b);
absl::StatusOr<std::string> SubtractDecimals(absl::string_view a, absl::string_view b);
// Rounded to six decimals, half away from zero.
absl::StatusOr<std::string> MultiplyDecimals(absl::string_view a, absl::string_view b);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_DECIMALS_H_
