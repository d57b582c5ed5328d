#ifndef PERENNIAL_CLIENT_CLI_SHOW_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_SHOW_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial show`: one page on a customer.
void AddShowCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_SHOW_COMMAND_H_
