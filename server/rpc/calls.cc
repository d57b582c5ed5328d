#include "server/rpc/calls.h"

#include "absl/status/status.h"

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
// then the read or the write fails.
class StreamCall final : public Task,
                         public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  StreamCall(const ServedMethod& method, grpc::CallbackServerContext& context)
      : context_(context), scope_(method, context) {
    const absl::Status status = scope_.Authorize();
    if (status.ok()) {
      StartRead(&request_);
    } else {
      End(status);
    }
  }

  void OnReadDone(bool ok) override {
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
      StartRead(&request_);
    } else {
      End(Cancelled());
    }
  }

  void OnDone() override { delete this; }

 private:
  static absl::Status Cancelled() { return absl::CancelledError("The caller cancelled the call"); }

  void End(const absl::Status& status) { Finish(scope_.End(status)); }

  grpc::CallbackServerContext& context_;
  CallScope scope_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

}  // namespace

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
