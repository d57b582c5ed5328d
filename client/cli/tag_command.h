#ifndef PERENNIAL_CLIENT_CLI_TAG_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_TAG_COMMAND_H_

#include <CLI/CLI.hpp>

#include "client/cli/cli_context.h"
#include "google/protobuf/descriptor.h"

namespace perennial::cli {

// Adds `tag` to the commands about a resource that has labels; nothing where it has none.
void AddTagCommand(CLI::App& app, const google::protobuf::Descriptor& resource,
                   CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_TAG_COMMAND_H_
