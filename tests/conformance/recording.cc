#include "tests/conformance/recording.h"

#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace perennial::conformance {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

std::string JsonOf(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) std::abort();
  return json;
}

constexpr size_t kSaysLittle = 1 << 20;

// Whether all that the method has to say can be seen: an answer that is empty shows little.
bool SaysSomething(const MethodDescriptor& method, const Message& response) {
  return response.ByteSizeLong() > 0 || method.output_type()->field_count() == 0;
}

class RecordingConnection : public client::Connection {
 public:
  RecordingConnection(std::shared_ptr<client::Connection> connection, std::string folder)
      : connection_(std::move(connection)), folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
  }

  client::CallOptions options() const override { return connection_->options(); }

  absl::Status Call(const MethodDescriptor& method, const Message& request, Message& response,
                    const client::CallOptions& options) override {
    absl::Status status = connection_->Call(method, request, response, options);
    if (status.ok()) Keep(method, request, response);
    return status;
  }

  std::unique_ptr<client::Stream> StartStream(const MethodDescriptor& method,
                                              const client::CallOptions& options) override {
    return connection_->StartStream(method, options);
  }

 private:
  void Keep(const MethodDescriptor& method, const Message& request, const Message& response) {
    size_t size = request.ByteSizeLong() + response.ByteSizeLong();
    // Where there is nothing better.
    if (!SaysSomething(method, response)) size += kSaysLittle;
    const absl::MutexLock lock(&mutex_);
    const std::string path =
        absl::StrCat(folder_, "/", method.service()->name(), ".", method.name(), ".json");
    auto [best, is_first] = best_.emplace(path, size);
    if (!is_first && best->second <= size) return;
    const std::string text = absl::StrCat("{\"request\": ", JsonOf(request),
                                          ", \"response\": ", JsonOf(response), "}\n");
    std::error_code missing;
    const auto before = std::filesystem::file_size(path, missing);
    // Another program may have found a better one.
    if (is_first && !missing && (size >= kSaysLittle || before <= text.size())) return;
    best->second = size;
    std::ofstream(path) << text;
  }

  const std::shared_ptr<client::Connection> connection_;
  const std::string folder_;
  absl::Mutex mutex_;
  std::map<std::string, size_t> best_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::shared_ptr<client::Connection> Record(std::shared_ptr<client::Connection> connection,
                                           const std::string& folder) {
  return std::make_shared<RecordingConnection>(std::move(connection), folder);
}

}  // namespace perennial::conformance
