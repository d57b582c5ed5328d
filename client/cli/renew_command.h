#ifndef PERENNIAL_CLIENT_CLI_RENEW_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_RENEW_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial renew`: from what was agreed to the new term.
void AddRenewCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_RENEW_COMMAND_H_
