#ifndef PERENNIAL_CLIENT_CLI_REPORT_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_REPORT_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial report`: the track record in numbers, and the opportunities behind them.
void AddReportCommands(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_REPORT_COMMAND_H_
