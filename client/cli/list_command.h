#ifndef PERENNIAL_CLIENT_CLI_LIST_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_LIST_COMMAND_H_

// What the commands that list have in common.

#include <CLI/CLI.hpp>
#include <cstdint>

#include "absl/status/statusor.h"
#include "client/cli/cli_context.h"
#include "client/cli/printer.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

struct ListOptions {
  Columns columns;           // of the table
  bool csv_columns = false;  // CSV has them as well, and not every field
  int64_t limit = 50;        // 0: all
  bool show_resume_token = false;
};

// What a List method lists, and the field of its response.
const google::protobuf::Descriptor& ItemType(const google::protobuf::MethodDescriptor& method);

const google::protobuf::FieldDescriptor* ItemsField(
    const google::protobuf::MethodDescriptor& method);

// The method that lists the resources of a pattern; null if there is none.
const google::protobuf::MethodDescriptor* ListMethodOf(const std::string& pattern);

inline constexpr char kShowResumeToken[] =
    "Print, on stderr, the token from which `perennial watch --from` goes on.";
void PrintResumeToken(CliContext& context, const std::string& token);

// What is wrong with a text that should be a count; empty where nothing is.
std::string CheckCount(const std::string& text);

// Adds --limit, --columns and --show-resume-token.
void AddListFlags(CLI::App& app, const google::protobuf::Descriptor& item, ListOptions& options);

// Calls a List method, page after page, and prints what it finds. Says on stderr if there is more
// than the limit.
absl::StatusOr<ExitCode> PrintList(CliContext& context,
                                   const google::protobuf::MethodDescriptor& method,
                                   const google::protobuf::Message& request,
                                   const ListOptions& options);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_LIST_COMMAND_H_
