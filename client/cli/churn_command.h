#ifndef PERENNIAL_CLIENT_CLI_CHURN_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_CHURN_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial churn`: closes a renewal as churned.
void AddChurnCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_CHURN_COMMAND_H_
