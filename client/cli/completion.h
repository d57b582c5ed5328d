#ifndef PERENNIAL_CLIENT_CLI_COMPLETION_H_
#define PERENNIAL_CLIENT_CLI_COMPLETION_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// `perennial completion bash|zsh`, which prints a script for the shell, and the hidden
// `perennial __complete WORD...` that the script calls.
void AddCompletionCommands(CLI::App& app, CliContext& context);

// What the last of `words` may become, being behind "perennial" and the other words on a
// command line: commands, flags, values of flags, and, where the server answers quickly, names.
// One that ends in "=" or "/" goes on.
std::vector<std::string> Complete(const CLI::App& app, const std::vector<std::string>& words,
                                  CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_COMPLETION_H_
