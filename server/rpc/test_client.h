#ifndef PERENNIAL_SERVER_RPC_TEST_CLIENT_H_
#define PERENNIAL_SERVER_RPC_TEST_CLIENT_H_

// Calls methods by name, for tests: without stubs, and with bytes that are no message too.

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/support/sync_stream.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "google/rpc/status.pb.h"
#include "lib/api/errors.h"

namespace perennial {

// Of an error that carries no details too.
inline absl::Status FromGrpcStatus(const grpc::Status& status) {
  google::rpc::Status details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    return FromRpcStatus(details);
  }
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

inline grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

inline std::string ToString(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  return buffer.DumpToSingleSlice(&slice).ok() ? std::string(slice.begin(), slice.end()) : "";
}

class TestClient {
 public:
  using Stream = grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>;

  // Has a connection of its own.
  explicit TestClient(const std::string& address)
      : channel_(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), Alone())) {}

  // `method` is "/perennial.v1.ClockService/GetTime".
  absl::StatusOr<std::string> CallBytes(const std::string& method, const std::string& request,
                                        grpc::ClientContext& context) {
    grpc::ByteBuffer response;
    const grpc::internal::RpcMethod rpc(method.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
    const grpc::Status status =
        grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
            channel_.get(), rpc, &context, ToBuffer(request), &response);
    if (!status.ok()) return FromGrpcStatus(status);
    return ToString(response);
  }

  template <class Response>
  absl::StatusOr<Response> Call(const std::string& method, const google::protobuf::Message& request,
                                grpc::ClientContext& context) {
    const auto bytes = CallBytes(method, request.SerializeAsString(), context);
    if (!bytes.ok()) return bytes.status();
    Response response;
    if (!response.ParseFromString(*bytes)) return absl::UnknownError("not a response");
    return response;
  }

  template <class Response>
  absl::StatusOr<Response> Call(const std::string& method,
                                const google::protobuf::Message& request) {
    grpc::ClientContext context;
    return Call<Response>(method, request, context);
  }

  std::unique_ptr<Stream> Open(const std::string& method, grpc::ClientContext& context) {
    const grpc::internal::RpcMethod rpc(method.c_str(), grpc::internal::RpcMethod::BIDI_STREAMING);
    return std::unique_ptr<Stream>(
        grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(
            channel_.get(), rpc, &context));
  }

 private:
  static grpc::ChannelArguments Alone() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return arguments;
  }

  const std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_TEST_CLIENT_H_
