#include <netdb.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/impl/client_unary_call.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/impl/rpc_method.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/proto_buffer_writer.h"
#include "grpcpp/support/sync_stream.h"
#include "lib/api/errors.h"
#include "lib/base/metadata_text.h"
#include "lib/base/status.h"
#include "perennial/client/connection.h"
#include "perennial/client/time_line.h"

namespace perennial::client {
namespace {

using ::google::protobuf::Message;
using ::google::protobuf::MethodDescriptor;

constexpr int kFirstReconnectMs = 100;
constexpr int kLastReconnectMs = 2000;
constexpr int kKeepaliveMs = 20000;
constexpr int kKeepaliveTimeoutMs = 10000;

std::string PathOf(const MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

absl::Status ToStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    return FromRpcStatus(details);
  }
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

// gRPC ends the program at metadata that cannot be sent.
absl::Status CheckMetadata(const CallOptions& options) {
  for (const auto& [key, value] : options.metadata) {
    const bool is_key = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
      return absl::ascii_islower(static_cast<unsigned char>(c)) ||
             absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
    });
    if (!is_key) {
      return absl::InvalidArgumentError(
          absl::StrCat("the metadata key \"", absl::CHexEscape(key),
                       "\" must have lower-case letters, digits, '-', '_' and '.' alone"));
    }
    if (!absl::EndsWith(key, "-bin") && !IsMetadataText(value)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the value of the metadata \"", key, "\" must have printable ASCII characters alone"));
    }
  }
  return absl::OkStatus();
}

void Prepare(const CallOptions& options, grpc::ClientContext& context) {
  if (options.timeout) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + *options.timeout));
  }
  context.set_wait_for_ready(options.wait_for_ready);
  if (options.actor) context.AddMetadata("x-perennial-actor", EncodeMetadataText(*options.actor));
  if (options.role) context.AddMetadata("x-perennial-role", v1::Role_Name(*options.role));
  for (const auto& [key, value] : options.metadata) context.AddMetadata(key, value);
}

class GrpcStream : public Stream {
 public:
  GrpcStream(grpc::ChannelInterface& channel, const MethodDescriptor& method,
             const CallOptions& options)
      : path_(PathOf(method)) {
    Prepare(options, context_);
    stream_.reset(grpc::internal::ClientReaderWriterFactory<Message, Message>::Create(
        &channel,
        grpc::internal::RpcMethod(path_.c_str(), grpc::internal::RpcMethod::BIDI_STREAMING),
        &context_));
  }

  bool Write(const Message& request) override { return stream_->Write(request); }
  bool WritesDone() override { return stream_->WritesDone(); }
  bool Read(Message& response) override { return stream_->Read(&response); }
  absl::Status Finish() override { return ToStatus(stream_->Finish()); }
  void Cancel() override { context_.TryCancel(); }

 private:
  const std::string path_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<Message, Message>> stream_;
};

// One that ends before it has begun.
class RefusedStream : public Stream {
 public:
  explicit RefusedStream(absl::Status status) : status_(std::move(status)) {}
  bool Write(const Message&) override { return false; }
  bool WritesDone() override { return false; }
  bool Read(Message&) override { return false; }
  absl::Status Finish() override { return status_; }
  void Cancel() override {}

 private:
  const absl::Status status_;
};

class GrpcConnection : public Connection, public TimeLineSource {
 public:
  GrpcConnection(std::shared_ptr<grpc::ChannelInterface> channel, CallOptions options)
      : channel_(std::move(channel)), options_(std::move(options)) {}

  CallOptions options() const override { return options_; }

  absl::Status Call(const MethodDescriptor& method, const Message& request, Message& response,
                    const CallOptions& options) override {
    RETURN_IF_ERROR(CheckMetadata(options));
    grpc::ClientContext context;
    Prepare(options, context);
    const std::string path = PathOf(method);
    const grpc::internal::RpcMethod rpc(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
    const grpc::Status status = grpc::internal::BlockingUnaryCall<Message, Message>(
        channel_.get(), rpc, &context, request, &response);
    RememberTimeLine(context);
    return ToStatus(status);
  }

  std::string time_line() const override {
    absl::MutexLock lock(&mutex_);
    return time_line_;
  }

  std::unique_ptr<Stream> StartStream(const MethodDescriptor& method,
                                      const CallOptions& options) override {
    const absl::Status status = CheckMetadata(options);
    if (!status.ok()) return std::make_unique<RefusedStream>(status);
    return std::make_unique<GrpcStream>(*channel_, method, options);
  }

 private:
  void RememberTimeLine(const grpc::ClientContext& context) {
    const auto& metadata = context.GetServerInitialMetadata();
    const auto found = metadata.find(kTimeLineMetadata);
    if (found == metadata.end()) return;
    const absl::string_view told(found->second.data(), found->second.size());
    absl::MutexLock lock(&mutex_);
    if (time_line_ != told) time_line_ = std::string(told);
  }

  const std::shared_ptr<grpc::ChannelInterface> channel_;
  const CallOptions options_;
  mutable absl::Mutex mutex_;
  std::string time_line_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

namespace {

// "127.0.0.1:50051" of "localhost:50051"; nothing where the name is not known.
std::vector<std::string> AddressesOf(const std::string& server) {
  const size_t colon = server.rfind(':');
  if (colon == std::string::npos) return {};
  addrinfo hints = {};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(server.substr(0, colon).c_str(), nullptr, &hints, &found) != 0) return {};
  std::vector<std::string> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    char host[NI_MAXHOST];
    if (getnameinfo(each->ai_addr, each->ai_addrlen, host, sizeof(host), nullptr, 0,
                    NI_NUMERICHOST) == 0) {
      addresses.push_back(absl::StrCat(host, server.substr(colon)));
    }
  }
  freeaddrinfo(found);
  return addresses;
}

// gRPC takes several servers by their addresses only.
std::string TargetOf(const std::string& servers) {
  const bool has_scheme = absl::StartsWith(servers, "ipv4:") || absl::StartsWith(servers, "ipv6:");
  if (has_scheme || !absl::StrContains(servers, ',')) return servers;
  std::vector<std::string> all;
  for (const absl::string_view server : absl::StrSplit(servers, ',')) {
    for (std::string& address : AddressesOf(std::string(absl::StripAsciiWhitespace(server)))) {
      all.push_back(std::move(address));
    }
  }
  return all.empty() ? servers : absl::StrCat("ipv4:", absl::StrJoin(all, ","));
}

}  // namespace

std::shared_ptr<Connection> Connect(const std::string& target, ConnectionOptions options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.max_receive_bytes);
  // Our own retries know which calls are safe to repeat; gRPC's do not.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kLastReconnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLastReconnectMs);
  // A watcher learns within half a minute that its server is gone without a word.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  // Each connection is one: no sharing of sockets with others to the same target.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (options.credentials == nullptr) options.credentials = grpc::InsecureChannelCredentials();
  return std::make_shared<GrpcConnection>(
      grpc::CreateCustomChannel(TargetOf(target), options.credentials, arguments),
      std::move(options.calls));
}

}  // namespace perennial::client
