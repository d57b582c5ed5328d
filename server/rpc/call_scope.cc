#include "server/rpc/call_scope.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "google/protobuf/message.h"
#include "lib/api/errors.h"
#include "lib/base/log.h"
#include "lib/base/no_throw.h"
#include "lib/base/status.h"
#include "lib/storage/time_line.h"
#include "server/rpc/caller.h"
#include "server/rpc/library_log.h"
#include "server/rpc/status.h"

namespace perennial {
namespace {

constexpr absl::Duration kRetryDelay = absl::Milliseconds(500);

absl::Time DeadlineOf(const grpc::ServerContextBase& context, absl::Time otherwise) {
  const std::chrono::system_clock::time_point deadline = context.deadline();
  return deadline == std::chrono::system_clock::time_point::max() ? otherwise
                                                                  : absl::FromChrono(deadline);
}

// Copies only what came in pieces.
absl::StatusOr<grpc::Slice> ToSlice(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (buffer.TrySingleSlice(&slice).ok() || buffer.DumpToSingleSlice(&slice).ok()) return slice;
  return MakeError(absl::StatusCode::kInvalidArgument, v1::MALFORMED_REQUEST,
                   "The request cannot be read");
}

// In one line. What is no such message is told by the error.
std::string TextOf(const ServedMethod& method, absl::string_view request) {
  const std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(method.handler->descriptor->input_type())
          ->New());
  message->ParsePartialFromArray(request.data(), static_cast<int>(request.size()));
  return message->ShortDebugString();
}

}  // namespace

void MoveInto(std::string bytes, grpc::ByteBuffer& buffer) {
  auto* owned = new std::string(std::move(bytes));
  const grpc::Slice slice(
      owned->data(), owned->size(), [](void* string) { delete static_cast<std::string*>(string); },
      owned);
  grpc::ByteBuffer(&slice, 1).Swap(&buffer);
}

bool IdleStreams::Add(Stream& stream) {
  absl::MutexLock lock(&mutex_);
  if (!stopped_) streams_.insert(&stream);
  return !stopped_;
}

bool IdleStreams::Remove(Stream& stream) {
  absl::MutexLock lock(&mutex_);
  return streams_.erase(&stream) != 0;
}

void IdleStreams::Stop() {
  std::set<Stream*> streams;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    streams.swap(streams_);
  }
  for (Stream* stream : streams) stream->OnStop();
}

CallScope::CallScope(const ServedMethod& method, grpc::CallbackServerContext& context)
    : method_(method), environment_(*method.environment), context_(context), start_(absl::Now()) {
  environment_.metrics.in_flight().Increment();
  context_.AddInitialMetadata(kTimeLineMetadata, TimeLineText(environment_.store.time_line()));
}

absl::Status CallScope::Authorize() {
  RETURN_IF_ERROR(ReadCaller(context_, call_));
  if (method_.handler == nullptr) {
    return absl::UnimplementedError(absl::StrCat(method_.name, " is not implemented"));
  }
  if (call_.role < method_.handler->required_role) {
    return MakeError(absl::StatusCode::kPermissionDenied, v1::ROLE_TOO_LOW,
                     absl::StrCat(method_.name, " needs the role ",
                                  v1::Role_Name(method_.handler->required_role),
                                  ", the caller has ", v1::Role_Name(call_.role)));
  }
  const bool unary = method_.type == grpc::internal::RpcMethod::NORMAL_RPC;
  call_.deadline =
      DeadlineOf(context_, unary ? start_ + environment_.default_deadline : absl::InfiniteFuture());
  return absl::OkStatus();
}

absl::Status CallScope::Admit(Task& task) {
  environment_.metrics.waiting().Increment();
  // When Submit returns the task may have run and be gone, and this object with it.
  CallEnvironment& environment = environment_;
  const WorkerPool::Admission admission = environment.pool.Submit(task);
  if (admission == WorkerPool::Admission::kAdmitted) return absl::OkStatus();
  environment.metrics.waiting().Decrement();
  if (admission == WorkerPool::Admission::kShutDown) return Stopping();
  return RetryLater(absl::StatusCode::kResourceExhausted, v1::OVERLOADED,
                    "Too many calls are waiting", kRetryDelay);
}

absl::Status CallScope::BeginWork() {
  environment_.metrics.waiting().Decrement();
  if (absl::Now() >= call_.deadline) {
    return MakeError(absl::StatusCode::kDeadlineExceeded, v1::DEADLINE_PASSED,
                     "The deadline passed before the work was begun");
  }
  if (context_.IsCancelled()) return absl::CancelledError("The caller cancelled the call");
  return absl::OkStatus();
}

absl::Status CallScope::AbandonWork() {
  environment_.metrics.waiting().Decrement();
  return Stopping();
}

absl::Status CallScope::Stopping() {
  return RetryLater(absl::StatusCode::kUnavailable, v1::SERVER_UNAVAILABLE,
                    "The server is stopping", kRetryDelay);
}

absl::Status CallScope::RunHandler(const grpc::ByteBuffer& request, grpc::ByteBuffer& response) {
  ASSIGN_OR_RETURN(const grpc::Slice slice, ToSlice(request));
  const absl::string_view bytes(reinterpret_cast<const char*>(slice.begin()), slice.size());
  request_bytes_ += static_cast<int64_t>(bytes.size());
  const LibraryMessages messages(library_said_);
  // What a library throws ends this call, not the server.
  const absl::Status status = NoThrow([&]() -> absl::Status {
    ASSIGN_OR_RETURN(std::string answer, method_.handler->run(bytes, call_));
    MoveInto(std::move(answer), response);
    return absl::OkStatus();
  });
  if (!status.ok() && environment_.log_failed_requests) failed_request_ = TextOf(method_, bytes);
  return status;
}

absl::StatusOr<std::unique_ptr<ResponseStream>> CallScope::OpenStream(
    const grpc::ByteBuffer& request, ResponseWriter& writer) {
  ASSIGN_OR_RETURN(const grpc::Slice slice, ToSlice(request));
  const absl::string_view bytes(reinterpret_cast<const char*>(slice.begin()), slice.size());
  request_bytes_ += static_cast<int64_t>(bytes.size());
  // Opening has a bound, whatever the stream has.
  Call opening = call_;
  opening.deadline = std::min(call_.deadline, absl::Now() + environment_.default_deadline);
  const LibraryMessages messages(library_said_);
  return NoThrow([&] { return method_.handler->open(bytes, opening, writer); });
}

grpc::Status CallScope::End(const absl::Status& status) {
  std::string error_id;
  const absl::Status told = ForCaller(status, environment_.fault_ids, error_id);
  // The clock may have gone back meanwhile.
  const absl::Duration latency = std::max(absl::Now() - start_, absl::ZeroDuration());
  method_.metrics->Record(told.code(), latency);
  environment_.metrics.in_flight().Decrement();
  if (!status.ok() || environment_.log_successful_calls) {
    Log(status, told, error_id, latency);
  }
  return ToGrpcStatus(told);
}

void CallScope::Log(const absl::Status& status, const absl::Status& told,
                    absl::string_view error_id, absl::Duration latency) {
  const std::string code = absl::StatusCodeToString(told.code());
  const std::string peer = context_.peer();
  absl::InlinedVector<LogField, 11> fields = {{"method", method_.name},
                                              {"code", code},
                                              {"micros", absl::ToInt64Microseconds(latency)},
                                              {"actor", call_.actor},
                                              {"request_bytes", request_bytes_},
                                              {"peer", peer}};
  if (status.ok()) return LogLine(Severity::kInfo, "call", fields);
  const std::string reason = v1::ErrorReason_Name(ReasonOf(told));
  const std::string error = status.ToString(absl::StatusToStringMode::kWithNoExtraData);
  fields.insert(fields.end(), {{"reason", reason}, {"error", error}});
  if (!failed_request_.empty()) fields.emplace_back("request", failed_request_);
  if (!library_said_.empty()) fields.emplace_back("protobuf", library_said_);
  if (!error_id.empty()) fields.emplace_back("error_id", error_id);
  LogRepeatable(
      absl::StrJoin({absl::string_view(environment_.log_kind), absl::string_view(method_.name),
                     absl::string_view(code), absl::string_view(reason), error_id},
                    " "),
      absl::StrCat(call_.actor, "\n", error), error_id.empty() ? Severity::kInfo : Severity::kError,
      "call", fields);
}

}  // namespace perennial
