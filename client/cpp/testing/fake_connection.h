#ifndef PERENNIAL_CLIENT_CPP_TESTING_FAKE_CONNECTION_H_
#define PERENNIAL_CLIENT_CPP_TESTING_FAKE_CONNECTION_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "perennial/client/connection.h"

namespace perennial::client {

// A server made of functions: what tests call in place of a real one. Methods
// without a function are UNIMPLEMENTED. Thread-safe once all are set.
class FakeConnection : public Connection {
 public:
  // A call that arrived.
  struct Record {
    std::string method;  // "GetAccount"
    std::shared_ptr<const google::protobuf::Message> request;
    CallOptions options;
  };

  // `function` takes a request and answers StatusOr<a response>. For a stream it answers each
  // message.
  //
  //   connection.On<v1::GetAccountRequest, v1::Account>("GetAccount", [](const auto& request)
  //   {...});
  template <class Request, class Response>
  void On(const std::string& method,
          std::function<absl::StatusOr<Response>(const Request&)> function) {
    functions_[method] = [function = std::move(function)](
                             const google::protobuf::Message& request,
                             google::protobuf::Message& response) -> absl::Status {
      absl::StatusOr<Response> answer = function(dynamic_cast<const Request&>(request));
      if (answer.ok()) response.CopyFrom(*answer);
      return answer.status();
    };
  }

  void set_options(CallOptions options) { options_ = std::move(options); }
  CallOptions options() const override { return options_; }

  absl::Status Call(const google::protobuf::MethodDescriptor& method,
                    const google::protobuf::Message& request, google::protobuf::Message& response,
                    const CallOptions& options) override;
  std::unique_ptr<Stream> StartStream(const google::protobuf::MethodDescriptor& method,
                                      const CallOptions& options) override;

  // Every call so far; of a stream, every message.
  std::vector<Record> records() const;
  // The request of the last call.
  template <class Request>
  Request LastRequest() const {
    return dynamic_cast<const Request&>(*records().back().request);
  }

 private:
  std::map<std::string, std::function<absl::Status(const google::protobuf::Message&,
                                                   google::protobuf::Message&)>>
      functions_;
  CallOptions options_;
  mutable absl::Mutex mutex_;
  std::vector<Record> records_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_CPP_TESTING_FAKE_CONNECTION_H_
