#ifndef PERENNIAL_SERVER_RPC_CALL_SCOPE_H_
#define PERENNIAL_SERVER_RPC_CALL_SCOPE_H_

#include <grpcpp/impl/rpc_method.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/ids.h"
#include "lib/storage/call.h"
#include "server/methods/registry.h"
#include "server/rpc/metrics.h"
#include "server/rpc/status.h"
#include "server/rpc/worker_pool.h"

namespace perennial {

// Streams that wait for their callers' next message. Thread-safe.
class IdleStreams {
 public:
  class Stream {
   public:
    // Instead of the message: the server stops.
    virtual void OnStop() = 0;

   protected:
    ~Stream() = default;
  };

  // False once the server stops.
  bool Add(Stream& stream);
  // False where OnStop has come or comes instead.
  bool Remove(Stream& stream);
  void Stop();

 private:
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<Stream*> streams_ ABSL_GUARDED_BY(mutex_);
};

// What all calls of a server share.
struct CallEnvironment {
  const Store& store;
  WorkerPool& pool;
  Metrics& metrics;
  // For unary calls that come without one.
  const absl::Duration default_deadline;
  const bool log_successful_calls;
  const bool log_failed_requests;
  // Tells the servers of a process apart where the log counts what repeats.
  const std::string log_kind = NewRequestId();
  FaultIds fault_ids = {};
  IdleStreams idle_streams = {};
};

// A method as it is served.
struct ServedMethod {
  std::string path;  // "/perennial.v1.PipelineService/GetOpportunity"
  std::string name;  // "PipelineService.GetOpportunity"
  grpc::internal::RpcMethod::RpcType type = grpc::internal::RpcMethod::NORMAL_RPC;
  const Registry::Method* handler = nullptr;  // UNIMPLEMENTED where there is none
  std::unique_ptr<Metrics::Method> metrics;
  CallEnvironment* environment = nullptr;
};

// The message in a buffer as a string that gRPC frees.
void MoveInto(std::string bytes, grpc::ByteBuffer& buffer);

// What happens around the handler of every call, from its arrival to its end: who calls and
// whether they may, admission, deadline, and what the caller, the log and the metrics are told.
// Used by one thread at a time.
class CallScope {
 public:
  CallScope(const ServedMethod& method, grpc::CallbackServerContext& context);
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

  // Whether the call may be carried out: UNIMPLEMENTED, INVALID_ARGUMENT, PERMISSION_DENIED.
  absl::Status Authorize();

  // Lets `task` wait for a thread. RESOURCE_EXHAUSTED, UNAVAILABLE.
  absl::Status Admit(Task& task);

  // In the task's Run, before anything else. CANCELLED or DEADLINE_EXCEEDED where nobody waits
  // for the answer any more.
  absl::Status BeginWork();
  // In the task's Abandon, instead: UNAVAILABLE.
  absl::Status AbandonWork();
  // UNAVAILABLE.
  static absl::Status Stopping();

  absl::Status RunHandler(const grpc::ByteBuffer& request, grpc::ByteBuffer& response);
  // Instead, for a method that only streams its responses.
  absl::StatusOr<std::unique_ptr<ResponseStream>> OpenStream(const grpc::ByteBuffer& request,
                                                             ResponseWriter& writer);

  // To be called once, while the context is still there. Answers what the caller is told.
  grpc::Status End(const absl::Status& status);

 private:
  void Log(const absl::Status& status, const absl::Status& told, absl::string_view error_id,
           absl::Duration latency);

  const ServedMethod& method_;
  CallEnvironment& environment_;
  grpc::CallbackServerContext& context_;
  const absl::Time start_;
  Call call_;
  int64_t request_bytes_ = 0;
  std::string failed_request_;  // as text; empty where it is not to be logged
  std::string library_said_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_CALL_SCOPE_H_
