#ifndef PERENNIAL_CLIENT_CLI_WATCH_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_WATCH_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `watch`: prints what changes, as it happens.
void AddWatchCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_WATCH_COMMAND_H_
