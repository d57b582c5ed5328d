#ifndef PERENNIAL_CLIENT_CLI_EXPORT_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_EXPORT_COMMAND_H_

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "client/cli/cli_context.h"
#include "client/cli/method_command.h"

namespace perennial::cli {

// Adds `export`, for the resources of these groups of commands, by their names.
void AddExportCommand(CLI::App& app, const std::map<std::string, CommandGroup>& groups,
                      CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_EXPORT_COMMAND_H_
