#ifndef PERENNIAL_CLIENT_CLI_COMMANDS_H_
#define PERENNIAL_CLIENT_CLI_COMMANDS_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// Every command of `perennial`.
void AddCommands(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_COMMANDS_H_
