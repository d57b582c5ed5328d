#ifndef PERENNIAL_CLIENT_CLI_BULK_COMMAND_H_
#define PERENNIAL_CLIENT_CLI_BULK_COMMAND_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/bulk.h"
#include "client/cli/cli_context.h"
#include "client/cli/method_request.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

// Which resources a command is for, where it takes several: NAME..., --filter or --from-file, one
// of them.
class BulkSelection {
 public:
  // `scope` is a filter that those have which --filter may find; may be empty.
  BulkSelection(const google::protobuf::Descriptor& resource, std::string scope)
      : resource_(resource), scope_(std::move(scope)) {}

  void AddTo(CLI::App& app);
  // Throws unless there is exactly one of them.
  void Check(const std::vector<std::string>& names) const;

  bool has_filter() const { return !filter_.empty(); }
  const std::string& from_file() const { return from_file_; }
  const std::string& encoding() const { return encoding_; }
  bool clear_empty() const { return clear_empty_; }

  // What --filter finds, and `more` such as " AND stage = UPSELL".
  absl::StatusOr<std::vector<ResourcePtr>> FindMatches(CliContext& context,
                                                       const std::string& more = "") const;

 private:
  const google::protobuf::Descriptor& resource_;
  const std::string scope_;
  std::string filter_;
  std::string from_file_;
  std::string encoding_;
  bool clear_empty_ = false;
};

// The way of a command that calls a method for one resource to call it for many: those that are
// named, that match a filter, or that a file names. Of a file the columns are further fields of
// each request.
class BulkCommand {
 public:
  // `request` makes what goes for each of them, and has the names.
  BulkCommand(const google::protobuf::MethodDescriptor& method,
              const google::protobuf::Descriptor& resource, std::string scope,
              const MethodRequest& request, CliContext& context)
      : method_(method),
        resource_(resource),
        request_(request),
        context_(context),
        selection_(resource, std::move(scope)) {}

  void AddTo(CLI::App& app) { selection_.AddTo(app); }

  // Whether the command line names one resource, to be called for as ever.
  bool IsForOne() const;

  // Throws where the command line is wrong.
  Command Parse() const;

 private:
  const google::protobuf::MethodDescriptor& method_;
  const google::protobuf::Descriptor& resource_;
  const MethodRequest& request_;
  CliContext& context_;
  BulkSelection selection_;
};

// Calls the method for each of the resources, with what `common` has for all, guarded by how they
// were read, and prints what became of them.
absl::StatusOr<ExitCode> RunForAll(CliContext& context,
                                   const google::protobuf::MethodDescriptor& method,
                                   const google::protobuf::Message& common,
                                   const std::vector<ResourcePtr>& resources);
// The same for the names; those that are not there fail.
absl::StatusOr<ExitCode> RunForNames(CliContext& context,
                                     const google::protobuf::MethodDescriptor& method,
                                     const google::protobuf::Descriptor& resource,
                                     const google::protobuf::Message& common,
                                     const std::vector<std::string>& names);

// The same for the rows of the file that is selected.
absl::StatusOr<ExitCode> RunForFile(CliContext& context,
                                    const google::protobuf::MethodDescriptor& method,
                                    const google::protobuf::Descriptor& resource,
                                    const google::protobuf::Message& common,
                                    const BulkSelection& selection);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_BULK_COMMAND_H_
