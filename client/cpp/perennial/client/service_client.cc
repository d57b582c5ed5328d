#include "perennial/client/service_client.h"

#include <cassert>
#include <string>

namespace perennial::client {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::DescriptorPool;
using ::google::protobuf::MethodDescriptor;
using ::google::protobuf::ServiceDescriptor;

// A client that names what the protos do not have is a fault of ours.
const ServiceDescriptor& FindService(absl::string_view name) {
  const auto* service = DescriptorPool::generated_pool()->FindServiceByName(std::string(name));
  assert(service != nullptr);
  return *service;
}

const MethodDescriptor& FindMethod(const ServiceDescriptor& service, absl::string_view name) {
  const auto* method = service.FindMethodByName(std::string(name));
  assert(method != nullptr);
  return *method;
}

}  // namespace

ServiceClient::ServiceClient(absl::string_view service, std::shared_ptr<Connection> connection,
                             ClientOptions options)
    : service_(FindService(service)),
      connection_(std::move(connection)),
      options_(Merge(std::move(options), connection_->options())) {}

Method::Method(ServiceClient& client, absl::string_view name,
               [[maybe_unused]] const Descriptor* request,
               [[maybe_unused]] const Descriptor* response)
    : client_(client), descriptor_(FindMethod(client.service_, name)) {
  assert(descriptor_.input_type() == request && descriptor_.output_type() == response);
  client.methods_.push_back(&descriptor_);
}

}  // namespace perennial::client
