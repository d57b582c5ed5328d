// perennial_bench_echo ADDRESS BYTES
//
// The ceiling: answers GetOpportunity, and every message of Watch, with as many bytes as are asked
// for, and does nothing else.
// What gRPC alone takes for a call, nobody who serves calls by it gets below.

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
namespace {

using grpc::ByteBuffer;
using grpc::CallbackServerContext;

// Says the same again and again, as fast as it is read.
class Flood final : public grpc::ServerWriteReactor<ByteBuffer> {
 public:
  explicit Flood(const grpc::Slice& message) : message_(&message, 1) { StartWrite(&message_); }
  void OnWriteDone(bool ok) override {
    if (ok) {
      StartWrite(&message_);
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }
  void OnDone() override { delete this; }

 private:
  const ByteBuffer message_;
};

class Echo final : public grpc::Service {
 public:
  explicit Echo(size_t bytes) : answer_(std::string(bytes, 'x')) {
    AddMethod(new grpc::internal::RpcServiceMethod("/perennial.v1.PipelineService/GetOpportunity",
                                                   grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodCallback(
        0, new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
               [this](CallbackServerContext* context, const ByteBuffer*, ByteBuffer* response) {
                 *response = ByteBuffer(&answer_, 1);
                 grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
                 reactor->Finish(grpc::Status::OK);
                 return reactor;
               }));
    AddMethod(new grpc::internal::RpcServiceMethod("/perennial.v1.HistoryService/Watch",
                                                   grpc::internal::RpcMethod::SERVER_STREAMING,
                                                   nullptr));
    MarkMethodCallback(
        1, new grpc::internal::CallbackServerStreamingHandler<ByteBuffer, ByteBuffer>(
               [this](CallbackServerContext*, const ByteBuffer*) { return new Flood(answer_); }));
  }

 private:
  const grpc::Slice answer_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "perennial_bench_echo ADDRESS BYTES\n");
    return 2;
  }
  // As the server does.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  Echo echo(std::strtoul(argv[2], nullptr, 10));
  grpc::ServerBuilder builder;
  builder.AddListeningPort(argv[1], grpc::InsecureServerCredentials());
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  server->Wait();
}
