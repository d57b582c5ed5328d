#include "server/rpc/calls.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace perennial {
namespace {

class UnaryCall final : public Task {
 public:
  UnaryCall(const ServedMethod& method, grpc::CallbackServerContext& context,
            const grpc::ByteBuffer& request, grpc::ByteBuffer& response)
      // gRPC's own reactor: it costs no allocation and no thread hop when the call is done.
      : reactor_(context.DefaultReactor()),
        scope_(method, context),
        request_(request),
        response_(response) {}

  // From here on this object deletes itself.
  grpc::ServerUnaryReactor* Start() {
    grpc::ServerUnaryReactor* reactor = reactor_;
    absl::Status status = scope_.Authorize();
    if (status.ok()) status = scope_.Admit(*this);
    if (!status.ok()) Finish(status);
    return reactor;
  }

  void Run() override {
    absl::Status status = scope_.BeginWork();
    if (status.ok()) status = scope_.RunHandler(request_, response_);
    Finish(status);
  }

  void Abandon() override { Finish(scope_.AbandonWork()); }

 private:
  void Finish(const absl::Status& status) {
    reactor_->Finish(scope_.End(status));
    delete this;
  }

  grpc::ServerUnaryReactor* const reactor_;
  CallScope scope_;
  const grpc::ByteBuffer& request_;
  grpc::ByteBuffer& response_;
};

// At any moment one thing is under way: a read, the work on what was read, or the write of its
// answer. So exactly one of the functions below meets the end, also when the call is cancelled:
// then the read or the write fails. Where the server stops during a read, OnStop has it.
class StreamCall final : public Task,
                         public IdleStreams::Stream,
                         public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  StreamCall(const ServedMethod& method, grpc::CallbackServerContext& context)
      : context_(context),
        scope_(method, context),
        idle_streams_(method.environment->idle_streams) {
    const absl::Status status = scope_.Authorize();
    if (status.ok()) {
      Read();
    } else {
      End(status);
    }
  }

  void OnStop() override { End(CallScope::Stopping()); }

  void OnReadDone(bool ok) override {
    if (!idle_streams_.Remove(*this)) return;
    if (ok) {
      const absl::Status status = scope_.Admit(*this);
      if (!status.ok()) End(status);
    } else {
      End(context_.IsCancelled() ? Cancelled() : absl::OkStatus());
    }
  }

  void Run() override {
    absl::Status status = scope_.BeginWork();
    if (status.ok()) status = scope_.RunHandler(request_, response_);
    if (status.ok()) {
      StartWrite(&response_);
    } else {
      End(status);
    }
  }

  void Abandon() override { End(scope_.AbandonWork()); }

  void OnWriteDone(bool ok) override {
    if (ok) {
      Read();
    } else {
      End(Cancelled());
    }
  }

  void OnDone() override { delete this; }

 private:
  static absl::Status Cancelled() { return absl::CancelledError("The caller cancelled the call"); }

  void Read() {
    if (!idle_streams_.Add(*this)) return End(CallScope::Stopping());
    StartRead(&request_);
  }

  void End(const absl::Status& status) { Finish(scope_.End(status)); }

  grpc::CallbackServerContext& context_;
  CallScope scope_;
  IdleStreams& idle_streams_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

// The handler's stream says what is written and when the call ends; this object is gone after that.
class ResponsesCall final : public Task,
                            public ResponseWriter,
                            public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  ResponsesCall(const ServedMethod& method, grpc::CallbackServerContext& context,
                const grpc::ByteBuffer& request)
      : context_(context), scope_(method, context), request_(request) {
    absl::Status status = scope_.Authorize();
    if (status.ok()) status = scope_.Admit(*this);
    if (!status.ok()) End(status);
  }

  void Run() override {
    const absl::Status status = scope_.BeginWork();
    if (!status.ok()) return End(status);
    auto opened = scope_.OpenStream(request_, *this);
    if (!opened.ok()) return End(opened.status());
    const std::shared_ptr<ResponseStream> stream = *std::move(opened);
    bool cancelled;
    {
      absl::MutexLock lock(&mutex_);
      stream_ = stream;
      cancelled = cancelled_;
    }
    // From here on this object may be gone at any time.
    if (cancelled) {
      stream->OnCancelled();
    } else {
      stream->Start();
    }
  }

  void Abandon() override { End(scope_.AbandonWork()); }

  void Write(std::string response) override {
    MoveInto(std::move(response), response_);
    StartWrite(&response_);
  }

  void Cancel() override { context_.TryCancel(); }

  void End(const absl::Status& status) override { Finish(scope_.End(status)); }

  void OnWriteDone(bool ok) override { stream()->OnWritten(ok); }

  void OnCancel() override {
    {
      absl::MutexLock lock(&mutex_);
      cancelled_ = true;
    }
    if (const auto opened = stream()) opened->OnCancelled();
  }

  void OnDone() override { delete this; }

 private:
  std::shared_ptr<ResponseStream> stream() {
    absl::MutexLock lock(&mutex_);
    return stream_;
  }

  grpc::CallbackServerContext& context_;
  CallScope scope_;
  const grpc::ByteBuffer& request_;
  grpc::ByteBuffer response_;
  absl::Mutex mutex_;
  std::shared_ptr<ResponseStream> stream_ ABSL_GUARDED_BY(mutex_);
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* ServeResponses(const ServedMethod& method,
                                                           grpc::CallbackServerContext& context,
                                                           const grpc::ByteBuffer& request) {
  return new ResponsesCall(method, context, request);
}

grpc::ServerUnaryReactor* ServeUnary(const ServedMethod& method,
                                     grpc::CallbackServerContext& context,
                                     const grpc::ByteBuffer& request, grpc::ByteBuffer& response) {
  return (new UnaryCall(method, context, request, response))->Start();
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* ServeStream(
    const ServedMethod& method, grpc::CallbackServerContext& context) {
  return new StreamCall(method, context);
}

}  // namespace perennial
