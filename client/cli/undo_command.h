#ifndef PERENNIAL_CLIENT_CLI_UNDO_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_UNDO_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial undo`: takes back what a call, an import or another undo has changed.
void AddUndoCommand(CLI::App& app, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_UNDO_COMMAND_H_
