#ifndef PERENNIAL_CLIENT_CLI_NEXT_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_NEXT_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial next`: the one thing to do now.
void AddNextCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_NEXT_COMMAND_H_
