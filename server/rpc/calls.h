#ifndef PERENNIAL_SERVER_RPC_CALLS_H_
#define PERENNIAL_SERVER_RPC_CALLS_H_

// How calls of each shape go through gRPC's callback API. Nothing here blocks gRPC's threads.

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "server/rpc/call_scope.h"

namespace perennial {

// One request, one response. `request` and `response` belong to gRPC and live until the call ends.
grpc::ServerUnaryReactor* ServeUnary(const ServedMethod& method,
                                     grpc::CallbackServerContext& context,
                                     const grpc::ByteBuffer& request, grpc::ByteBuffer& response);

// One request, responses until the caller or the handler ends it. `request` lives until then.
grpc::ServerWriteReactor<grpc::ByteBuffer>* ServeResponses(const ServedMethod& method,
                                                           grpc::CallbackServerContext& context,
                                                           const grpc::ByteBuffer& request);

// Answers each message of a stream before it reads the next one. An error ends the stream.
grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* ServeStream(
    const ServedMethod& method, grpc::CallbackServerContext& context);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_CALLS_H_
