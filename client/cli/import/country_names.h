#ifndef PERENNIAL_CLIENT_CLI_IMPORT_COUNTRY_NAMES_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_COUNTRY_NAMES_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace perennial::cli {

// The two letters of ISO 3166-1 for a country's English name, a usual other one, or its own code of
// two or three letters, whatever their case.
std::optional<std::string> CountryCode(absl::string_view name);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_COUNTRY_NAMES_H_
