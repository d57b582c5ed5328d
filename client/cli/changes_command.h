#ifndef PERENNIAL_CLIENT_CLI_CHANGES_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_CHANGES_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial changes`: who changed what, when and why.
void AddChangesCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_CHANGES_COMMAND_H_
