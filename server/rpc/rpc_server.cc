#include "server/rpc/rpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <utility>

#include "absl/time/clock.h"
#include "google/protobuf/descriptor.h"
#include "grpc/health/v1/health.pb.h"
#include "lib/base/status.h"
#include "perennial/v1/options.pb.h"
#include "perennial/v1/proto_files.h"
#include "server/rpc/listener.h"
#include "server/rpc/loopback.h"
#include "server/rpc/metrics.h"
#include "server/rpc/service.h"
#include "server/rpc/worker_pool.h"

namespace perennial {
namespace {

using google::protobuf::ServiceDescriptor;

// Answers that are on their way when the server stops have this time to be written, and
// connections that are ended to be found closed.
constexpr absl::Duration kFlush = absl::Milliseconds(100);
constexpr std::chrono::seconds kGrace(1);

// More often than this, clients may not ask whether the server is there.
constexpr int kMinPingMs = 5000;

// A program that is linked with gRPC's reflection has it in every server, unless it is taken out.
class NoReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    const std::string reflection = grpc::reflection::ProtoServerReflectionPlugin().name();
    const auto is_reflection = [&](const auto& plugin) { return plugin->name() == reflection; };
    plugins->erase(std::remove_if(plugins->begin(), plugins->end(), is_reflection), plugins->end());
  }
};

std::vector<const ServiceDescriptor*> AllServices() {
  std::vector<const ServiceDescriptor*> services;
  for (const char* name : kProtoFiles) {
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

// Whoever may only look may call what writes nothing.
bool Writes(const ServiceDescriptor& service) {
  for (int i = 0; i < service.method_count(); ++i) {
    const auto& options = service.method(i)->options();
    if (options.GetExtension(v1::required_role) > v1::VIEWER) return true;
  }
  return false;
}

}  // namespace

absl::Status CheckRpcOptions(const RpcOptions& options) {
  RETURN_IF_ERROR(LoopbackAddress(options.listen).status());
  if (options.metrics_listen.empty()) return absl::OkStatus();
  return LoopbackAddress(options.metrics_listen).status();
}

// What is below uses what is above.
struct RpcServer::Parts {
  Parts(const Registry& registry, const RpcOptions& options)
      : pool(options.workers, options.queue_size), environment{registry.store(),
                                                               pool,
                                                               metrics,
                                                               options.default_deadline,
                                                               options.log_successful_calls,
                                                               options.log_failed_requests} {
    for (const ServiceDescriptor* descriptor : AllServices()) {
      services.emplace_back(*descriptor, registry, environment);
    }
  }

  Metrics metrics;
  WorkerPool pool;
  CallEnvironment environment;
  std::deque<Service> services;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<Listener> listener;
  std::map<std::string, bool> serving;  // what health checks were told last, by name
  std::string address;
  int port = 0;
  int metrics_port = 0;
};

RpcServer::RpcServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

RpcServer::~RpcServer() { Shutdown(); }

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(const Registry& registry,
                                                            const RpcOptions& options) {
  ASSIGN_OR_RETURN(const std::string address, LoopbackAddress(options.listen));
  auto parts = std::make_unique<Parts>(registry, options);
  if (!options.metrics_listen.empty()) {
    ASSIGN_OR_RETURN(const std::string metrics_address, LoopbackAddress(options.metrics_listen));
    ASSIGN_OR_RETURN(parts->metrics_port,
                     parts->metrics.Expose(metrics_address, options.statistics));
  }

  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  parts->acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      grpc::InsecureServerCredentials());
  // Watchers may ask whether the server is still there.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingMs);
  builder.SetMaxReceiveMessageSize(options.max_message_bytes);
  for (Service& service : parts->services) builder.RegisterService(&service);
  if (!options.reflection) builder.SetOption(std::make_unique<NoReflection>());
  // gRPC serves health without its descriptor, which reflection needs: this links it.
  grpc::health::v1::HealthCheckRequest::descriptor();
  ASSIGN_OR_RETURN(parts->listener, Listener::Open(address));
  parts->port = parts->listener->port();
  parts->server = builder.BuildAndStart();
  if (parts->server == nullptr) return absl::InternalError("gRPC does not start");
  parts->address = WithPort(address, parts->port);
  std::unique_ptr<RpcServer> server(new RpcServer(std::move(parts)));
  server->SetServing(true, true);
  server->parts_->listener->Start(*server->parts_->acceptor);
  return server;
}

const std::string& RpcServer::address() const { return parts_->address; }
int RpcServer::port() const { return parts_->port; }
int RpcServer::metrics_port() const { return parts_->metrics_port; }

void RpcServer::SetServing(bool reads, bool writes) {
  const auto tell = [this](const std::string& name, bool well) {
    const auto [told, is_new] = parts_->serving.emplace(name, well);
    if (!is_new && std::exchange(told->second, well) == well) return;
    parts_->server->GetHealthCheckService()->SetServingStatus(name, well);
  };
  for (const ServiceDescriptor* service : AllServices()) {
    tell(service->full_name(), reads && (writes || !Writes(*service)));
  }
  tell("perennial.v1.reads", reads);
  tell("perennial.v1.writes", writes);
  tell("", reads && writes);
}

void RpcServer::Drain() {
  parts_->server->GetHealthCheckService()->Shutdown();
  parts_->environment.idle_streams.Stop();
  parts_->pool.Shutdown();
}

void RpcServer::Shutdown() {
  Drain();
  if (parts_->listener != nullptr) {
    parts_->listener->Stop();
    absl::SleepFor(kFlush);
    parts_->listener->Disconnect();
    parts_->listener.reset();
  }
  parts_->server->Shutdown(std::chrono::system_clock::now() + kGrace);
}

}  // namespace perennial
