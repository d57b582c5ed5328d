#include "client/cli/cli_context.h"

#include "client/cli/naming_connection.h"
#include "perennial/client/call.h"
#include "perennial/v1/options.pb.h"

namespace perennial::cli {
namespace {

// A person waits: give up sooner than a program would.
constexpr absl::Duration kFirstBackoff = absl::Milliseconds(100);
constexpr absl::Duration kLongestBackoff = absl::Seconds(1);
// For a server that is not there, of whoever does not say how long they wait.
constexpr absl::Duration kPatience = absl::Seconds(3);

}  // namespace

const std::shared_ptr<client::Connection>& CliContext::connection() {
  if (connection_ != nullptr) return connection_;
  const auto say = [this](const std::string& written, const Candidate& found) {
    if (format == Format::kTable) err << written << " is " << Described(found) << '\n';
  };
  connection_ = std::make_shared<NamingConnection>(connector_(server), say);
  return connection_;
}

client::CallOptions CliContext::call_options(std::optional<absl::Duration> default_timeout) const {
  client::CallOptions options;
  options.timeout = timeout ? timeout : default_timeout;
  client::RetryPolicy& retry = options.retry.emplace();
  retry.initial_backoff = kFirstBackoff;
  retry.max_backoff = kLongestBackoff;
  if (!timeout) retry.patience = kPatience;
  if (!actor.empty()) options.actor = actor;
  v1::Role parsed;
  if (v1::Role_Parse(role, &parsed)) options.role = parsed;
  return options;
}

absl::Status CliContext::Call(const google::protobuf::MethodDescriptor& method,
                              const google::protobuf::Message& request,
                              google::protobuf::Message& response,
                              std::optional<absl::Duration> default_timeout) {
  return client::CallWithRetries(*connection(), method, request, response,
                                 call_options(default_timeout));
}

}  // namespace perennial::cli
