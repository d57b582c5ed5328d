#ifndef PERENNIAL_CLIENT_CLI_EDIT_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_EDIT_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// Adds `edit`, which brings in what was changed in an exported sheet.
void AddEditCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_EDIT_COMMAND_H_
