#ifndef PERENNIAL_CLIENT_CLI_ADVANCE_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_ADVANCE_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial opportunities advance`: moves one, several, or all that match a filter one stage
// forward. `app` is the one of the group.
void AddAdvanceCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_ADVANCE_COMMAND_H_
