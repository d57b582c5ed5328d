#include "tests/bench/load.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"

namespace perennial::bench {
namespace {

constexpr std::chrono::seconds kCallTimeout(60);

grpc::ByteBuffer Wrap(const std::string& bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size(), grpc::Slice::STATIC_SLICE);
  return grpc::ByteBuffer(&slice, 1);
}

absl::Status ToStatus(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

// What the threads of a run share.
class Run {
 public:
  explicit Run(const LoadClient::Job& job) : job_(job), end_(absl::Now() + job.time) {}

  const std::string& method() const { return job_.method; }

  // nullptr when it is over.
  const std::string* Next() {
    if (failed_ || absl::Now() >= end_) return nullptr;
    const int64_t call = started_++;
    if (call >= job_.calls) return nullptr;
    return &(*job_.requests)[(job_.first + static_cast<size_t>(call)) % job_.requests->size()];
  }

  void Fail(const absl::Status& status) {
    absl::MutexLock lock(&mutex_);
    status_.Update(status);
    failed_ = true;
  }

  absl::Status status() {
    absl::MutexLock lock(&mutex_);
    return status_;
  }

 private:
  const LoadClient::Job& job_;
  const absl::Time end_;
  std::atomic<int64_t> started_{0};
  std::atomic<bool> failed_{false};
  absl::Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

// One of the calls in flight: when it is answered the next one takes its place.
class Slot {
 public:
  bool Start(Run& run, grpc::GenericStub& stub, grpc::CompletionQueue& queue) {
    const std::string* request = run.Next();
    if (request == nullptr) return false;
    start_ = absl::Now();
    context_.emplace();
    context_->set_deadline(std::chrono::system_clock::now() + kCallTimeout);
    reader_ = stub.PrepareUnaryCall(&*context_, run.method(), Wrap(*request), &queue);
    reader_->StartCall();
    reader_->Finish(&response_, &status_, this);
    return true;
  }

  const grpc::Status& status() const { return status_; }
  absl::Duration latency() const { return absl::Now() - start_; }

 private:
  absl::Time start_;
  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader_;
  grpc::ByteBuffer response_;
  grpc::Status status_;
};

void Drive(Run& run, const std::shared_ptr<grpc::Channel>& channel, int in_flight,
           std::vector<absl::Duration>& latencies) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  std::deque<Slot> slots(in_flight);
  int open = 0;
  for (Slot& slot : slots) open += slot.Start(run, stub, queue) ? 1 : 0;
  void* tag = nullptr;
  bool ok = false;
  while (open > 0 && queue.Next(&tag, &ok)) {
    Slot& slot = *static_cast<Slot*>(tag);
    latencies.push_back(slot.latency());
    if (!slot.status().ok()) run.Fail(ToStatus(slot.status()));
    if (!slot.Start(run, stub, queue)) --open;
  }
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
}

}  // namespace

absl::Duration Measurement::Percentile(double share) const {
  if (latencies.empty()) return absl::ZeroDuration();
  std::vector<absl::Duration> sorted = latencies;
  const auto rank = static_cast<size_t>(share * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), sorted.begin() + rank, sorted.end());
  return sorted[rank];
}

LoadClient::LoadClient(std::vector<std::shared_ptr<grpc::Channel>> channels)
    : channels_(std::move(channels)) {}

absl::StatusOr<std::unique_ptr<LoadClient>> LoadClient::Connect(const std::string& address,
                                                                int channels,
                                                                absl::Duration timeout) {
  const auto deadline = absl::ToChronoTime(absl::Now() + timeout);
  std::vector<std::shared_ptr<grpc::Channel>> connected;
  for (int i = 0; i < channels; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 50);
    connected.push_back(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
    if (!connected.back()->WaitForConnected(deadline)) {
      return absl::UnavailableError(absl::StrCat("nobody answers at ", address));
    }
  }
  return std::unique_ptr<LoadClient>(new LoadClient(std::move(connected)));
}

absl::StatusOr<Measurement> LoadClient::Run(const Job& job) {
  bench::Run run(job);
  const int channels = std::min(static_cast<int>(channels_.size()), job.in_flight);
  std::vector<std::vector<absl::Duration>> latencies(channels);
  std::vector<std::thread> threads;
  const absl::Time start = absl::Now();
  for (int i = 0; i < channels; ++i) {
    const int in_flight = job.in_flight / channels + (i < job.in_flight % channels ? 1 : 0);
    threads.emplace_back([this, &run, &latencies, i, in_flight] {
      Drive(run, channels_[i], in_flight, latencies[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  Measurement measurement;
  measurement.time = absl::Now() - start;
  RETURN_IF_ERROR(run.status());
  for (const std::vector<absl::Duration>& of_channel : latencies) {
    measurement.latencies.insert(measurement.latencies.end(), of_channel.begin(), of_channel.end());
  }
  measurement.calls = static_cast<int64_t>(measurement.latencies.size());
  return measurement;
}

absl::StatusOr<std::string> LoadClient::Call(const std::string& method,
                                             const std::string& request) {
  grpc::GenericStub stub(channels_.front());
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
  grpc::ByteBuffer response;
  grpc::Status status;
  const auto reader = stub.PrepareUnaryCall(&context, method, Wrap(request), &queue);
  reader->StartCall();
  reader->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  RETURN_IF_ERROR(ToStatus(status));
  grpc::Slice slice;
  if (!response.DumpToSingleSlice(&slice).ok()) return absl::InternalError("no answer");
  return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

}  // namespace perennial::bench
