#ifndef PERENNIAL_CLIENT_CLI_IMPORT_SUGGEST_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_SUGGEST_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/cli/import/csv.h"

namespace perennial::cli {

// A mapping to start from, for people to finish: what the names, the headers and the first values
// of a folder's CSV files look like. What it does not know, and which files it cannot read, it says
// in comments. NOT_FOUND where the folder has no CSV file.
absl::StatusOr<std::string> SuggestMapping(const std::string& folder);

// The part for one file; only comments where it looks like nothing that is imported.
std::string SuggestFile(const CsvTable& table, char delimiter);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_SUGGEST_H_
