#include "perennial/client/call.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "absl/random/random.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/ids.h"
#include "perennial/client/errors.h"
#include "perennial/client/time_line.h"
#include "perennial/v1/options.pb.h"

namespace perennial::client {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MethodDescriptor;

constexpr absl::Duration kDefaultTimeout = absl::Seconds(10);
constexpr absl::Duration kLongTimeout = absl::Hours(1);

absl::Duration DefaultTimeout(const MethodDescriptor& method) {
  return method.options().GetExtension(v1::long_running) ? kLongTimeout : kDefaultTimeout;
}

bool Passes(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return true;
    case absl::StatusCode::kResourceExhausted:
      return RetryDelayOf(status).has_value();
    case absl::StatusCode::kAborted:
      return ReasonOf(status) == v1::WRITE_CONFLICT;
    default:
      return false;
  }
}

// A deadline is told as such: of what, how long that had, and after how many attempts.
absl::Status TooLate(const absl::Status& status, const MethodDescriptor& method,
                     absl::Duration timeout, int attempts) {
  absl::Status told(
      status.code(),
      absl::StrCat(method.service()->name(), ".", method.name(), " was not done within ",
                   absl::FormatDuration(timeout), " (", attempts,
                   attempts == 1 ? " attempt" : " attempts", "): ", status.message()));
  status.ForEachPayload(
      [&](absl::string_view url, const absl::Cord& payload) { told.SetPayload(url, payload); });
  return told;
}

absl::Status AttemptUntilAnswered(Connection& connection, const MethodDescriptor& method,
                                  const Message& request, Message& response,
                                  const CallOptions& options, bool safe_to_repeat) {
  const absl::Time start = absl::Now();
  const absl::Time deadline = start + options.timeout.value_or(DefaultTimeout(method));
  const RetryPolicy policy = options.retry.value_or(RetryPolicy());
  absl::Status last;
  CallOptions attempt = options;
  const bool identified = method.input_type()->FindFieldByName("request_id") != nullptr;
  const auto* source = identified ? dynamic_cast<const TimeLineSource*>(&connection) : nullptr;
  for (int attempts = 1;; ++attempts) {
    // The first that is known, for all attempts: one that comes after the database was restored is
    // not to be carried out.
    const std::string time_line = source == nullptr ? "" : source->time_line();
    if (!time_line.empty()) attempt.metadata.emplace(kTimeLineMetadata, time_line);
    attempt.timeout = deadline - absl::Now();
    const absl::Status status = connection.Call(method, request, response, attempt);
    // Whoever waited in vain for a server is told why it could not be reached.
    if (absl::IsDeadlineExceeded(status)) {
      return absl::IsUnavailable(last) ? last : TooLate(status, method, deadline - start, attempts);
    }
    if (status.ok() || !safe_to_repeat) return status;
    last = status;
    const auto delay = RetryDelay(policy, attempts, status, RandomPart());
    const absl::Time give_up =
        absl::IsUnavailable(status) ? std::min(deadline, start + policy.patience) : deadline;
    if (!delay || absl::Now() + *delay >= give_up) return status;
    absl::SleepFor(*delay);
    // A server that restarts is waited for, and not asked in vain.
    attempt.wait_for_ready = policy.patience == absl::InfiniteDuration();
  }
}

}  // namespace

double RandomPart() {
  thread_local absl::InsecureBitGen generator;
  return absl::Uniform(generator, 0.0, 1.0);
}

bool IsRead(const MethodDescriptor& method) {
  return method.options().GetExtension(v1::required_role) == v1::VIEWER;
}

std::optional<absl::Duration> RetryDelay(const RetryPolicy& policy, int attempts,
                                         const absl::Status& status, double random) {
  if (attempts >= policy.max_attempts || !Passes(status)) return std::nullopt;
  const absl::Duration backoff =
      std::min(policy.max_backoff, policy.initial_backoff * std::exp2(attempts - 1));
  // Callers that were refused together are not to come back together.
  const absl::Duration spread = backoff * (1 - random / 2);
  const auto asked = RetryDelayOf(status);
  return asked ? *asked + (backoff - spread) : spread;
}

absl::Status CallWithRetries(Connection& connection, const MethodDescriptor& method,
                             const Message& request, Message& response,
                             const CallOptions& options) {
  const FieldDescriptor* request_id = method.input_type()->FindFieldByName("request_id");
  if (request_id == nullptr || !request.GetReflection()->GetString(request, request_id).empty()) {
    return AttemptUntilAnswered(connection, method, request, response, options,
                                request_id != nullptr || IsRead(method));
  }
  const std::unique_ptr<Message> identified(request.New());
  identified->CopyFrom(request);
  identified->GetReflection()->SetString(identified.get(), request_id, NewRequestId());
  return AttemptUntilAnswered(connection, method, *identified, response, options, true);
}

}  // namespace perennial::client
