#ifndef PERENNIAL_CLIENT_CLI_METHOD_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_METHOD_COMMAND_H_

// A command that calls one method: its flags are in method_request.h. Where the server takes
// several requests of the method at once, so does the command: see bulk_command.h.

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cli/cli_context.h"
#include "client/cli/printer.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

// What a command does with its request instead of calling the method and printing the answer.
using MethodRun = absl::StatusOr<ExitCode> (*)(CliContext& context,
                                               const google::protobuf::Message& request);

struct MethodCommandSpec {
  const char* verb;     // "list", or "check-gate|gate" with another name for it
  const char* method;   // "PipelineService.CheckGate"
  const char* example;  // what comes after the verb
  // For a method that takes longer than others.
  std::optional<absl::Duration> timeout = std::nullopt;
  // Where several are asked for by a filter: the filter that those have for which it can be done.
  const char* scope = "";
  MethodRun run = nullptr;
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
