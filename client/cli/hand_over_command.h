#ifndef PERENNIAL_CLIENT_CLI_HAND_OVER_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_HAND_OVER_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// Adds the command that hands what one person has to another, under this verb.
void AddHandOverCommand(CLI::App& app, const char* verb, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_HAND_OVER_COMMAND_H_
