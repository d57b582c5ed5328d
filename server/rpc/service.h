#ifndef PERENNIAL_SERVER_RPC_SERVICE_H_
#define PERENNIAL_SERVER_RPC_SERVICE_H_

#include <grpcpp/impl/service_type.h>

#include <deque>

#include "google/protobuf/descriptor.h"
#include "server/methods/registry.h"
#include "server/rpc/call_scope.h"

namespace perennial {

// A service of the protos, made from its descriptor: every method is known to gRPC, and those
// without a handler answer UNIMPLEMENTED.
class Service final : public grpc::Service {
 public:
  // Its arguments outlive the service.
  Service(const google::protobuf::ServiceDescriptor& descriptor, const Registry& registry,
          CallEnvironment& environment);

 private:
  std::deque<ServedMethod> served_methods_;  // gRPC and calls point into it
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_SERVICE_H_
