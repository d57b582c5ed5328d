#ifndef PERENNIAL_CLIENT_CLI_MY_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_MY_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial my`: the worklist, and `my done`, `my skip` and `my snooze` by its numbers.
void AddMyCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_MY_COMMAND_H_
