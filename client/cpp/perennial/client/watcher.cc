#include "perennial/client/watcher.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/time/clock.h"
#include "perennial/client/call.h"

namespace perennial::client {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(5);

}  // namespace

Watcher::Watcher(std::shared_ptr<Connection> connection,
                 const google::protobuf::MethodDescriptor& method, v1::WatchRequest request,
                 CallOptions options)
    : connection_(std::move(connection)),
      method_(method),
      request_(std::move(request)),
      options_(std::move(options)),
      patience_(options_.timeout.value_or(kPatience)) {
  options_.timeout.reset();
}

Watcher::~Watcher() {
  Stop();
  Close().IgnoreError();
}

absl::StatusOr<v1::WatchResponse> Watcher::Next() {
  RetryPolicy policy = options_.retry.value_or(RetryPolicy());
  // What bounds it is the patience.
  policy.max_attempts = RetryPolicy().max_attempts;
  const absl::Time give_up = absl::Now() + patience_;
  for (int attempts = 1;; ++attempts) {
    v1::WatchResponse response;
    if (Open() && stream_->Read(response)) {
      request_.set_resume_token(response.resume_token());
      return response;
    }
    const absl::Status status = Close();
    const auto stopped = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopped_; };
    absl::MutexLock lock(&mutex_);
    if (stopped_) return absl::CancelledError("the watcher was stopped");
    const auto delay = RetryDelay(policy, std::min(attempts, 20), status, RandomPart());
    if (!delay || absl::Now() + *delay >= give_up) return status;
    mutex_.AwaitWithTimeout(absl::Condition(&stopped), *delay);
  }
}

void Watcher::Stop() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  if (stream_ != nullptr) stream_->Cancel();
}

bool Watcher::Open() {
  if (stream_ != nullptr) return true;
  {
    absl::MutexLock lock(&mutex_);
    if (stopped_) return false;
    stream_ = connection_->StartStream(method_, options_);
  }
  return stream_->Write(request_) && stream_->WritesDone();
}

absl::Status Watcher::Close() {
  if (stream_ == nullptr) return absl::OkStatus();
  absl::Status status = stream_->Finish();
  // Without a reason too: a server that is stopped cuts off what does not end in time.
  if (status.ok() || absl::IsCancelled(status)) {
    status = absl::UnavailableError("the server ended the stream");
  }
  absl::MutexLock lock(&mutex_);
  stream_.reset();
  return status;
}

}  // namespace perennial::client
