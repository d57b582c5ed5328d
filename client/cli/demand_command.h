#ifndef PERENNIAL_CLIENT_CLI_DEMAND_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_DEMAND_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial feedback demand`: what customers ask for, added up. `app` is that of the feedback.
void AddDemandCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_DEMAND_COMMAND_H_
