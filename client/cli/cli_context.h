#ifndef PERENNIAL_CLIENT_CLI_CLI_CONTEXT_H_
#define PERENNIAL_CLIENT_CLI_CLI_CONTEXT_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "perennial/client/connection.h"
#include "perennial/client/options.h"

namespace CLI {
class Option;
}

namespace perennial::cli {

enum class Format { kTable, kJson, kCsv };

// What the program exits with.
enum ExitCode {
  kOk = 0,
  kRefused = 1,  // the request is wrong or comes at the wrong time
  kUsage = 2,    // the command line is wrong
  kNotFound = 3,
  kUnavailable = 4,  // no server, too busy, or too late
  kNotAllowed = 5,
  kBroken = 6,     // a fault of the server
  kUnwritten = 7,  // what it printed could not be written
};

// What a command line asks for: makes the calls and prints. An error is printed
// by the caller and decides the exit code.
using Command = std::function<absl::StatusOr<ExitCode>()>;

// What may stand after a flag or in a place of the command line, for completion.
struct Completion {
  std::vector<std::string> choices;
  std::string pattern;  // or the names of resources of this pattern
};

// What every command needs: the flags that all have, the server, and where to print.
class CliContext {
 public:
  using Connector = std::function<std::shared_ptr<client::Connection>(const std::string& target)>;

  CliContext(Connector connector, std::ostream& output, std::ostream& errors, size_t line_width)
      : out(output), err(errors), width(line_width), connector_(std::move(connector)) {}
  CliContext(const CliContext&) = delete;
  CliContext& operator=(const CliContext&) = delete;

  std::ostream& out;
  std::ostream& err;
  const size_t width;  // of the terminal; 0 where output goes elsewhere

  // The flags of every command.
  std::string server = "127.0.0.1:50051";
  std::string actor;
  std::string role;
  std::optional<absl::Duration> timeout;
  Format format = Format::kTable;
  // Of CSV: texts that a spreadsheet would run as formulas stay as they are; it begins with a byte
  // order mark.
  bool csv_raw = false;
  bool csv_bom = false;

  // Set while the command line is parsed and run after it.
  Command command;

  std::map<const CLI::Option*, Completion> completions;

  // Connects when first asked.
  const std::shared_ptr<client::Connection>& connection();

  // By the flags. `timeout` is for commands that take longer than others; the flag wins.
  client::CallOptions call_options(
      std::optional<absl::Duration> default_timeout = std::nullopt) const;

  // One call by the flags.
  absl::Status Call(const google::protobuf::MethodDescriptor& method,
                    const google::protobuf::Message& request, google::protobuf::Message& response,
                    std::optional<absl::Duration> default_timeout = std::nullopt);

 private:
  const Connector connector_;
  std::shared_ptr<client::Connection> connection_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_CLI_CONTEXT_H_
