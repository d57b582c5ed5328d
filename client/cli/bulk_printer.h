#ifndef PERENNIAL_CLIENT_CLI_BULK_PRINTER_H_
#define PERENNIAL_CLIENT_CLI_BULK_PRINTER_H_

#include <vector>

#include "client/cli/bulk.h"
#include "client/cli/cli_context.h"

namespace perennial::cli {

// What became, or would become, of each row: a table with a line for each that fits the terminal,
// fields as old → new, and below those that failed what they need; CSV; or JSON. How many there are
// of each kind is told on stderr. Answers kRefused where a row failed.
ExitCode PrintBulk(CliContext& context, const std::vector<BulkResult>& results, bool validate_only);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_BULK_PRINTER_H_
