#include "server/rpc/service.h"

#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/rpc/calls.h"

namespace perennial {
namespace {

using google::protobuf::MethodDescriptor;
using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::internal::RpcMethod;

RpcMethod::RpcType TypeOf(const MethodDescriptor& descriptor) {
  if (descriptor.client_streaming()) return RpcMethod::BIDI_STREAMING;
  return descriptor.server_streaming() ? RpcMethod::SERVER_STREAMING : RpcMethod::NORMAL_RPC;
}

ServedMethod Serve(const MethodDescriptor& descriptor, const Registry& registry,
                   CallEnvironment& environment) {
  ServedMethod method;
  method.path = absl::StrCat("/", descriptor.service()->full_name(), "/", descriptor.name());
  method.name = absl::StrCat(descriptor.service()->name(), ".", descriptor.name());
  method.type = TypeOf(descriptor);
  const auto handler = registry.methods().find(descriptor.full_name());
  if (handler != registry.methods().end()) method.handler = &handler->second;
  method.metrics = environment.metrics.AddMethod(method.name);
  method.environment = &environment;
  return method;
}

grpc::internal::MethodHandler* MakeHandler(const ServedMethod& method) {
  switch (method.type) {
    case RpcMethod::NORMAL_RPC:
      return new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
          [&method](CallbackServerContext* context, const ByteBuffer* request,
                    ByteBuffer* response) {
            return ServeUnary(method, *context, *request, *response);
          });
    case RpcMethod::SERVER_STREAMING:
      return new grpc::internal::CallbackServerStreamingHandler<ByteBuffer, ByteBuffer>(
          [&method](CallbackServerContext* context, const ByteBuffer* request) {
            return ServeResponses(method, *context, *request);
          });
    default:
      return new grpc::internal::CallbackBidiHandler<ByteBuffer, ByteBuffer>(
          [&method](CallbackServerContext* context) { return ServeStream(method, *context); });
  }
}

}  // namespace

Service::Service(const google::protobuf::ServiceDescriptor& descriptor, const Registry& registry,
                 CallEnvironment& environment) {
  for (int i = 0; i < descriptor.method_count(); ++i) {
    const ServedMethod& method =
        served_methods_.emplace_back(Serve(*descriptor.method(i), registry, environment));
    AddMethod(new grpc::internal::RpcServiceMethod(method.path.c_str(), method.type, nullptr));
    MarkMethodCallback(i, MakeHandler(method));
  }
}

}  // namespace perennial
