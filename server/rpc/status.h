#ifndef PERENNIAL_SERVER_RPC_STATUS_H_
#define PERENNIAL_SERVER_RPC_STATUS_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"

namespace perennial {

// What the caller is told of an error. One that carries no reason was not made for callers: it
// may quote SQL, hosts or paths. INTERNAL takes its place, with a new `id` by which the log has
// it; otherwise `id` stays empty.
absl::Status ForCaller(const absl::Status& status, std::string& id);

// With google.rpc.Status as its details. A status that is too large for gRPC's clients is cut:
// its message first, then its list of violations.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_STATUS_H_
