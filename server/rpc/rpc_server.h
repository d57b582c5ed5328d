#ifndef PERENNIAL_SERVER_RPC_RPC_SERVER_H_
#define PERENNIAL_SERVER_RPC_RPC_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/storage/sql/database.h"
#include "server/methods/registry.h"

namespace grpc {
class Server;
}

namespace perennial {

struct RpcOptions {
  // Loopback only; port 0 picks a free one.
  std::string listen = "127.0.0.1:50051";
  // Where Prometheus gets its metrics; nowhere where it is empty. Loopback only.
  std::string metrics_listen;
  // What else they are about; it must not block.
  std::function<sql::Statistics()> statistics;
  // Threads that handlers run on.
  int workers = 8;
  // Calls that may wait for one of these threads.
  int queue_size = 1000;
  // For unary calls that come without a deadline.
  absl::Duration default_deadline = absl::Seconds(30);
  // The largest message that is taken.
  int max_message_bytes = 4 << 20;
  bool reflection = true;
  bool log_successful_calls = true;
  // With what was asked for; for tests, whose requests are nobody's secret.
  bool log_failed_requests = false;
};

// INVALID_ARGUMENT says which one is wrong.
absl::Status CheckRpcOptions(const RpcOptions& options);

// Serves all services of the protos over gRPC, with health and reflection.
class RpcServer {
 public:
  // INVALID_ARGUMENT for an address that is not loopback, UNAVAILABLE where a port is taken.
  // `registry` outlives the server.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(const Registry& registry,
                                                          const RpcOptions& options);
  ~RpcServer();

  // "127.0.0.1:50051"
  const std::string& address() const;
  int port() const;
  // 0 where there are none.
  int metrics_port() const;

  // What health checks are told from now on, until Drain; at first that all is well. `perennial.v1.
  // reads` and `perennial.v1.writes` are as given, a service is well where all that it does can be
  // done, and "" where everything can. Whoever watches is told where that changes. By one thread at
  // a time.
  void SetServing(bool reads, bool writes);

  // Tells health checks that the server is going, refuses new calls, and answers those that wait
  // with UNAVAILABLE. Returns when the handlers that run have ended.
  void Drain();

  // The same, and then returns when every call has ended; streams are cut off. Happens at the
  // latest at the end of the object's life.
  void Shutdown();

 private:
  struct Parts;
  explicit RpcServer(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_RPC_SERVER_H_
