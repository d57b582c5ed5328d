#ifndef PERENNIAL_CLIENT_CLI_METHOD_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_METHOD_COMMAND_H_

// A command that calls one method. Its arguments are the fields of the request:
// `name` or `parent` comes without a flag, every other field has one. The fields of a
// resource that is created or changed are flags like the others.

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cli/cli_context.h"
#include "client/cli/printer.h"
#include "google/protobuf/descriptor.h"

namespace perennial::cli {

struct MethodCommandSpec {
  const char* verb;     // "list", or "check-gate|gate" with another name for it
  const char* method;   // "PipelineService.CheckGate"
  const char* example;  // what comes after the verb
  // For a method that takes longer than others.
  std::optional<absl::Duration> timeout = std::nullopt;
};

// The resource that a group of commands is about.
struct CommandGroup {
  const google::protobuf::Descriptor* resource;  // null where it is about none
  Columns columns;                               // of its lists
};

// Adds the command to the app of its group.
void AddMethodCommand(CLI::App& app, const CommandGroup& group, const MethodCommandSpec& spec,
                      CliContext& context);

// Of perennial.v1, by a name such as "PipelineService.CheckGate".
const google::protobuf::MethodDescriptor& FindMethod(absl::string_view name);

// Adds a subcommand with its description, and its example below its help.
CLI::App* AddCommand(CLI::App& app, absl::string_view verb, const std::string& description,
                     absl::string_view example);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_METHOD_COMMAND_H_
