#ifndef PERENNIAL_CLIENT_CLI_BOARD_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_BOARD_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial board`: the open pipeline, stage by stage.
void AddBoardCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_BOARD_COMMAND_H_
