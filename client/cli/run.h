#ifndef PERENNIAL_CLIENT_CLI_RUN_H_
#define PERENNIAL_CLIENT_CLI_RUN_H_

#include <string>
#include <vector>

#include "client/cli/cli_context.h"

namespace perennial::cli {

// Runs the command line `perennial args...`: prints to the context's streams and answers
// what to exit with.
ExitCode Run(std::vector<std::string> args, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_RUN_H_
