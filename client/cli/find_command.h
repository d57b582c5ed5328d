#ifndef PERENNIAL_CLIENT_CLI_FIND_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_FIND_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial find`: whatever has a text.
void AddFindCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_FIND_COMMAND_H_
