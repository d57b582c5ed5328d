#ifndef PERENNIAL_CLIENT_CLI_BACKUP_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_BACKUP_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial backup FILE`: a copy of the server's database, whole or not at all.
void AddBackupCommand(CLI::App& app, CliContext& context);

// `perennial restore FILE --to=DATABASE`: runs the `perenniald` that stands beside this program.
void AddRestoreCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_BACKUP_COMMAND_H_
