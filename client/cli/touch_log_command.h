#ifndef PERENNIAL_CLIENT_CLI_TOUCH_LOG_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_TOUCH_LOG_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial touches log`: records a touch from a line of what somebody remembers. `app` is that
// of the touches.
void AddTouchLogCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_TOUCH_LOG_COMMAND_H_
