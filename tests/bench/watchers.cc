#include "tests/bench/watchers.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/date.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial::bench {
namespace {

constexpr char kMethod[] = "/perennial.v1.HistoryService/Watch";
constexpr int kStreamsPerChannel = 50;
constexpr std::chrono::milliseconds kLookAround(20);
constexpr absl::Duration kOpenTimeout = absl::Seconds(30);

grpc::ByteBuffer Wrap(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

// Looks again and again: what is awaited counts in atomics that a busy thread bumps.
template <class Condition>
bool Await(Condition condition, absl::Duration timeout) {
  const absl::Time end = absl::Now() + timeout;
  while (!condition()) {
    if (absl::Now() >= end) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

}  // namespace

struct Watchers::Stream {
  enum class Step { kStart, kWrite, kRead };

  std::unique_ptr<grpc::GenericStub> stub;  // null where it was not started
  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;
  grpc::ByteBuffer request, response;
  Step step = Step::kStart;
  bool begun = false;
};

struct Watchers::Parts {
  grpc::CompletionQueue completions;
  std::deque<Stream> streams;
};

Watchers::Watchers(bool parse) : parse_(parse), parts_(std::make_unique<Parts>()) {}

absl::StatusOr<std::unique_ptr<Watchers>> Watchers::Open(const Options& options) {
  std::unique_ptr<Watchers> watchers(new Watchers(options.parse));
  std::deque<Stream>& streams = watchers->parts_->streams;
  streams.resize(options.requests.size());
  watchers->thread_ = std::thread([w = watchers.get()] { w->Drive(); });
  std::shared_ptr<grpc::Channel> channel;
  for (size_t i = 0; i < streams.size(); ++i) {
    // In waves: a server's queue has a bound.
    if (i % kStreamsPerChannel == 0) {
      if (!watchers->AwaitBegun(static_cast<int>(i))) break;
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      channel =
          grpc::CreateCustomChannel(options.address, grpc::InsecureChannelCredentials(), arguments);
    }
    watchers->Start(streams[i], channel, options.requests[i]);
  }
  if (!watchers->AwaitBegun(static_cast<int>(streams.size()))) {
    return absl::UnavailableError(
        absl::StrCat(watchers->begun_.load(), " of ", streams.size(), " streams opened"));
  }
  return watchers;
}

void Watchers::Start(Stream& stream, const std::shared_ptr<grpc::Channel>& channel,
                     const std::string& request) {
  stream.stub = std::make_unique<grpc::GenericStub>(channel);
  stream.request = Wrap(request);
  stream.context.set_wait_for_ready(true);
  stream.call = stream.stub->PrepareCall(&stream.context, kMethod, &parts_->completions);
  ++started_;
  stream.call->StartCall(&stream);
}

bool Watchers::AwaitBegun(int count) {
  return Await([&] { return begun_ + failed_ == count; }, kOpenTimeout) && failed_ == 0;
}

Watchers::~Watchers() {
  done_ = true;
  for (Stream& stream : parts_->streams) stream.context.TryCancel();
  if (thread_.joinable()) thread_.join();
  parts_->completions.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (parts_->completions.Next(&tag, &ok)) {
  }
}

void Watchers::Drive() {
  void* tag = nullptr;
  bool ok = false;
  // Each stream that was started waits for one thing at any time, until it is over.
  int over = 0;
  while (!done_ || over < started_) {
    const auto soon = std::chrono::system_clock::now() + kLookAround;
    if (parts_->completions.AsyncNext(&tag, &ok, soon) != grpc::CompletionQueue::GOT_EVENT) {
      continue;
    }
    Stream& stream = *static_cast<Stream*>(tag);
    if (!ok || done_) {
      ++over;
      // A stream that ends is not read any more; its error does not matter, but that it has one.
      if (!std::exchange(stream.begun, true)) ++failed_;
      continue;
    }
    if (stream.step == Stream::Step::kStart) {
      stream.step = Stream::Step::kWrite;
      stream.call->WriteLast(stream.request, grpc::WriteOptions(), &stream);
      continue;
    }
    if (stream.step == Stream::Step::kRead) {
      if (!std::exchange(stream.begun, true)) ++begun_;
      grpc::Slice slice;
      if (stream.response.DumpToSingleSlice(&slice).ok()) {
        Count(std::string(reinterpret_cast<const char*>(slice.begin()), slice.size()));
      }
    }
    stream.step = Stream::Step::kRead;
    stream.call->Read(&stream.response, &stream);
  }
}

void Watchers::Count(const std::string& bytes) {
  if (!parse_) {
    ++delivered_;
    return;
  }
  const absl::Time now = absl::Now();
  v1::WatchResponse response;
  if (!response.ParseFromString(bytes) || response.changes().empty()) return;
  absl::MutexLock lock(&mutex_);
  for (const v1::Change& change : response.changes()) {
    latencies_.push_back(now - ToTime(change.change_time()));
  }
  delivered_ += response.changes_size();
}

bool Watchers::AwaitDelivered(int64_t count, absl::Duration timeout) {
  return Await([&] { return delivered_ >= count; }, timeout);
}

std::vector<absl::Duration> Watchers::TakeLatencies() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(latencies_, {});
}

}  // namespace perennial::bench
