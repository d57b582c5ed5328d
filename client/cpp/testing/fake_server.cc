#include "client/cpp/testing/fake_server.h"

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/byte_buffer.h"
#include "lib/api/errors.h"

namespace perennial::client {
namespace {

using ::google::protobuf::DescriptorPool;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::MethodDescriptor;

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(type)->New());
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
                      ToRpcStatus(status).SerializeAsString());
}

CallOptions OptionsOf(const grpc::GenericCallbackServerContext& context) {
  CallOptions options;
  for (const auto& [key, value] : context.client_metadata()) {
    const std::string text(value.data(), value.size());
    if (key == "x-perennial-actor") options.actor = text;
    options.metadata.emplace(std::string(key.data(), key.size()), text);
  }
  if (context.deadline() != std::chrono::system_clock::time_point::max()) {
    options.timeout = absl::FromChrono(context.deadline()) - absl::Now();
  }
  return options;
}

// Answers each message as it comes; after the first, if the method is unary.
class Reactor : public grpc::ServerGenericBidiReactor {
 public:
  Reactor(FakeConnection& connection, grpc::GenericCallbackServerContext& context)
      : connection_(connection), options_(OptionsOf(context)) {
    // "/perennial.v1.AccountService/GetAccount"
    const std::string name =
        absl::StrReplaceAll(absl::StripPrefix(context.method(), "/"), {{"/", "."}});
    method_ = DescriptorPool::generated_pool()->FindMethodByName(name);
    if (method_ == nullptr) {
      Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, name));
    } else {
      StartRead(&request_);
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    std::vector<grpc::Slice> slices;
    std::string bytes;
    if (!request_.Dump(&slices).ok()) return Finish(grpc::Status::CANCELLED);
    for (const grpc::Slice& slice : slices) {
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    const std::unique_ptr<Message> request = NewMessage(method_->input_type());
    const std::unique_ptr<Message> response = NewMessage(method_->output_type());
    if (!request->ParseFromString(bytes)) return Finish(grpc::Status::CANCELLED);
    const absl::Status status = connection_.Call(*method_, *request, *response, options_);
    if (!status.ok()) return Finish(ToGrpcStatus(status));
    const grpc::Slice slice(response->SerializeAsString());
    response_ = grpc::ByteBuffer(&slice, 1);
    if (!method_->client_streaming()) {
      return StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
    }
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    if (method_->client_streaming() && ok) StartRead(&request_);
    if (method_->client_streaming() && !ok) Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override { delete this; }

 private:
  FakeConnection& connection_;
  const CallOptions options_;
  const MethodDescriptor* method_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

}  // namespace

class FakeServer::Service : public grpc::CallbackGenericService {
 public:
  Service(FakeConnection& connection, std::string& address) : connection_(connection) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    address = absl::StrCat("127.0.0.1:", port);
  }
  ~Service() override { server_->Shutdown(std::chrono::system_clock::now()); }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Reactor(connection_, *context);
  }

 private:
  FakeConnection& connection_;
  std::unique_ptr<grpc::Server> server_;
};

FakeServer::FakeServer(FakeConnection& connection)
    : service_(std::make_unique<Service>(connection, address_)) {}

FakeServer::~FakeServer() = default;

}  // namespace perennial::client
