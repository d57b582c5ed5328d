#ifndef PERENNIAL_CLIENT_CLI_REASSIGN_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_REASSIGN_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// Adds `reassign` to the commands about accounts: they get another owner, together with those of
// their open renewals and tasks that the owner had.
void AddReassignCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_REASSIGN_COMMAND_H_
