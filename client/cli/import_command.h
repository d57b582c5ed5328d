#ifndef PERENNIAL_CLIENT_CLI_IMPORT_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial import`: brings in what other systems hold.
void AddImportCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_COMMAND_H_
