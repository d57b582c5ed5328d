#ifndef PERENNIAL_CLIENT_CLI_MY_TASK_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_MY_TASK_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `done`, `skip` and `snooze`, by the numbers of the worklist.
void AddMyTaskCommands(CLI::App& my, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_MY_TASK_COMMAND_H_
