#ifndef PERENNIAL_SERVER_RPC_LISTENER_H_
#define PERENNIAL_SERVER_RPC_LISTENER_H_

#include <grpcpp/server_builder.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"

namespace perennial {

// Takes connections for a gRPC server and ends them before that shuts down: from then on gRPC
// answers calls that still come with CANCELLED, without a word why.
class Listener {
 public:
  // `address` is one of LoopbackAddress. UNAVAILABLE where the port is taken.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(const std::string& address);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { Stop(); }

  int port() const;

  // From here on connections are taken. `acceptor` lives until Stop, and its server is started.
  void Start(grpc::experimental::ExternalConnectionAcceptor& acceptor);

  // No connection is taken any more.
  void Stop();

  // Ends every connection that was taken. What was written to them arrives; nothing else does.
  void Disconnect() const;

 private:
  Listener(int socket, const sockaddr_storage& address);
  void Accept(grpc::experimental::ExternalConnectionAcceptor& acceptor) const;

  int socket_;  // -1 after Stop
  const sockaddr_storage address_;
  std::thread accepting_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_LISTENER_H_
