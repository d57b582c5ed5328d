#ifndef PERENNIAL_CLIENT_CLI_ERRORS_H_
#define PERENNIAL_CLIENT_CLI_ERRORS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/cli/cli_context.h"
#include "lib/api/errors.h"

namespace perennial::cli {

// What was to be written could not be: its exit code is kUnwritten.
absl::Status UnwrittenError(absl::string_view message);

// The command line says what cannot be, which showed only when the server was asked: its exit code
// is kUsage. Each row is shown on a line of its own.
absl::Status UsageError(absl::string_view message, std::vector<FieldViolation> rows = {});

ExitCode ExitCodeOf(const absl::Status& status);

// On stderr: what was wrong, each field or criterion on a line of its own, and what to
// do about it; or all of it as one JSON object.
void PrintError(CliContext& context, const absl::Status& status);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_ERRORS_H_
