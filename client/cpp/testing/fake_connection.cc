#include "client/cpp/testing/fake_connection.h"

#include <deque>

#include "absl/strings/str_cat.h"

namespace perennial::client {
namespace {

using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::MethodDescriptor;

// Answers each message when it is written.
class FakeStream : public Stream {
 public:
  FakeStream(FakeConnection& connection, const MethodDescriptor& method, CallOptions options)
      : connection_(connection), method_(method), options_(std::move(options)) {}

  bool Write(const Message& request) override {
    if (!status_.ok()) return false;
    std::unique_ptr<Message> response(
        MessageFactory::generated_factory()->GetPrototype(method_.output_type())->New());
    status_ = connection_.Call(method_, request, *response, options_);
    if (status_.ok()) responses_.push_back(std::move(response));
    return status_.ok();
  }

  bool WritesDone() override { return status_.ok(); }

  bool Read(Message& response) override {
    if (responses_.empty()) return false;
    response.CopyFrom(*responses_.front());
    responses_.pop_front();
    return true;
  }

  absl::Status Finish() override { return status_; }

  void Cancel() override { status_ = absl::CancelledError("cancelled"); }

 private:
  FakeConnection& connection_;
  const MethodDescriptor& method_;
  const CallOptions options_;
  std::deque<std::unique_ptr<Message>> responses_;
  absl::Status status_;
};

}  // namespace

absl::Status FakeConnection::Call(const MethodDescriptor& method, const Message& request,
                                  Message& response, const CallOptions& options) {
  std::shared_ptr<Message> copy(request.New());
  copy->CopyFrom(request);
  {
    absl::MutexLock lock(&mutex_);
    records_.push_back({method.name(), std::move(copy), options});
  }
  const auto function = functions_.find(method.name());
  if (function == functions_.end()) {
    return absl::UnimplementedError(absl::StrCat("the test has no ", method.name()));
  }
  return function->second(request, response);
}

std::unique_ptr<Stream> FakeConnection::StartStream(const MethodDescriptor& method,
                                                    const CallOptions& options) {
  return std::make_unique<FakeStream>(*this, method, options);
}

std::vector<FakeConnection::Record> FakeConnection::records() const {
  absl::MutexLock lock(&mutex_);
  return records_;
}

}  // namespace perennial::client
