#ifndef PERENNIAL_CLIENT_CLI_FIELD_OPTION_H_
#define PERENNIAL_CLIENT_CLI_FIELD_OPTION_H_

#include <CLI/CLI.hpp>
#include <string>

#include "client/cli/cli_context.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

// "display_name" -> "--display-name"
std::string FlagName(const google::protobuf::FieldDescriptor& field);

// Adds an option for a field: `names` is a flag, or a positional. What it is given is checked
// as the command line is parsed: see field_text.h.
CLI::Option* AddFieldOption(CLI::App& app, const std::string& names,
                            const google::protobuf::FieldDescriptor& field, CliContext& context);

// Sets the field to what the option was given; leaves it where it was given nothing.
void SetFromOption(const CLI::Option& option, const google::protobuf::FieldDescriptor& field,
                   google::protobuf::Message& message);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_FIELD_OPTION_H_
