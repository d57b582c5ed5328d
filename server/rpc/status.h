#ifndef PERENNIAL_SERVER_RPC_STATUS_H_
#define PERENNIAL_SERVER_RPC_STATUS_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace perennial {

// Gives faults their ids. One that comes again at once keeps its id: the log only counts it then,
// and still has every id. Thread-safe.
class FaultIds {
 public:
  std::string IdOf(const absl::Status& fault);

 private:
  struct Named {
    std::string id;
    absl::Time time;
  };
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Named> named_ ABSL_GUARDED_BY(mutex_);
};

// What the caller is told of an error. One that carries no reason was not made for callers: it
// may quote SQL, hosts or paths. INTERNAL takes its place, with the `id` by which the log has
// it; otherwise `id` stays empty.
absl::Status ForCaller(const absl::Status& status, FaultIds& ids, std::string& id);

// With google.rpc.Status as its details. A status that is too large for gRPC's clients is cut:
// its message first, then its list of violations.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_STATUS_H_
