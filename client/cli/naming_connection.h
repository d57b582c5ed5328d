#ifndef PERENNIAL_CLIENT_CLI_NAMING_CONNECTION_H_
#define PERENNIAL_CLIENT_CLI_NAMING_CONNECTION_H_

// The way through which every command calls: it makes whole names of what people write for them.
// Where a request has a name (of what it is about, of its parent, of what a field refers to) there
// may stand
//
//   accounts/acme/contacts/jane   the name, which goes as it is, without a further call
//   acme/jane, or acme            its ids alone
//   jane                          the id of what is below the account that the request is about
//   Doe, or "acme corp"           a part of a display name or id that fits one only
//
// Ids are tried first, so that they cost no further call where they exist; what is not found is
// looked up by FindName, once. What is deleted or merged away is never guessed: that takes ids.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "client/cli/name_match.h"
#include "google/protobuf/descriptor.h"
#include "perennial/client/connection.h"

namespace perennial::cli {

class NamingConnection : public client::Connection {
 public:
  // Is told whatever was looked up, and what it was taken for.
  using OnFound = std::function<void(const std::string& written, const Candidate& found)>;

  NamingConnection(std::shared_ptr<client::Connection> server, OnFound on_found)
      : server_(std::move(server)), on_found_(std::move(on_found)) {}

  client::CallOptions options() const override { return server_->options(); }
  absl::Status Call(const google::protobuf::MethodDescriptor& method,
                    const google::protobuf::Message& request, google::protobuf::Message& response,
                    const client::CallOptions& options) override;
  // Takes whole names only.
  std::unique_ptr<client::Stream> StartStream(const google::protobuf::MethodDescriptor& method,
                                              const client::CallOptions& options) override {
    return server_->StartStream(method, options);
  }

 private:
  class NamedCall;

  // What was looked up before, so that every page of a list is of the same; empty where it was not.
  std::string Known(const std::string& key);
  void Remember(const std::string& key, const std::string& name);

  const std::shared_ptr<client::Connection> server_;
  const OnFound on_found_;
  absl::Mutex mutex_;
  // By type, account and what was written.
  std::map<std::string, std::string> found_ ABSL_GUARDED_BY(mutex_);
};

// What the field `name` of a request names, such as Contact of VerifyContactRequest; null where the
// request says it by no name of its own.
const google::protobuf::Descriptor* ResourceNamedBy(const google::protobuf::Descriptor& request);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_NAMING_CONNECTION_H_
