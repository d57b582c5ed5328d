#ifndef PERENNIAL_CLIENT_SERVICE_CLIENT_H_
#define PERENNIAL_CLIENT_SERVICE_CLIENT_H_

// What the clients of all services are made of. A client is a list of its
// methods, each of which is an object that is called like a function:
//
//   CatalogClient catalog(Connect("127.0.0.1:50051"));
//   absl::StatusOr<v1::Product> product = catalog.GetProduct(request);
//   for (absl::StatusOr<v1::Product>& each : catalog.ListProducts(list_request)) ...

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/empty.pb.h"
#include "perennial/client/call.h"
#include "perennial/client/connection.h"
#include "perennial/client/list_range.h"
#include "perennial/client/options.h"

namespace perennial::client {

// The base of a service's client. Thread-safe, as its methods are.
class ServiceClient {
 public:
  ServiceClient(const ServiceClient&) = delete;
  ServiceClient& operator=(const ServiceClient&) = delete;

  // In the order in which the client lists them.
  const std::vector<const google::protobuf::MethodDescriptor*>& methods() const { return methods_; }

 protected:
  // `service` is a full name, such as "perennial.v1.CatalogService".
  ServiceClient(absl::string_view service, std::shared_ptr<Connection> connection,
                ClientOptions options);
  ~ServiceClient() = default;

 private:
  friend class Method;

  const google::protobuf::ServiceDescriptor& service_;
  const std::shared_ptr<Connection> connection_;
  const CallOptions options_;
  std::vector<const google::protobuf::MethodDescriptor*> methods_;
};

// The base of a method, which belongs to a client and lives as long.
class Method {
 public:
  Method(const Method&) = delete;
  Method& operator=(const Method&) = delete;

  const google::protobuf::MethodDescriptor& descriptor() const { return descriptor_; }

 protected:
  // The service must have a method of that name, and of these messages.
  Method(ServiceClient& client, absl::string_view name, const google::protobuf::Descriptor* request,
         const google::protobuf::Descriptor* response);
  ~Method() = default;

  const std::shared_ptr<Connection>& connection() const { return client_.connection_; }
  CallOptions Complete(const CallOptions& options) const {
    return Merge(options, client_.options_);
  }
  absl::Status Call(const google::protobuf::Message& request, google::protobuf::Message& response,
                    const CallOptions& options) const {
    return CallWithRetries(*connection(), descriptor_, request, response, Complete(options));
  }

 private:
  const ServiceClient& client_;
  const google::protobuf::MethodDescriptor& descriptor_;
};

// One request, one response.
template <class Request, class Response>
class UnaryMethod : public Method {
 public:
  UnaryMethod(ServiceClient& client, absl::string_view name)
      : Method(client, name, Request::descriptor(), Response::descriptor()) {}

  absl::StatusOr<Response> operator()(const Request& request,
                                      const CallOptions& options = {}) const {
    Response response;
    absl::Status status = Call(request, response, options);
    if (!status.ok()) return status;
    return response;
  }
};

// A method whose response says no more than that it was carried out.
template <class Request>
class DeleteMethod : public Method {
 public:
  DeleteMethod(ServiceClient& client, absl::string_view name)
      : Method(client, name, Request::descriptor(), google::protobuf::Empty::descriptor()) {}

  absl::Status operator()(const Request& request, const CallOptions& options = {}) const {
    google::protobuf::Empty response;
    return Call(request, response, options);
  }
};

// A method that answers page by page. Called, it answers a range over the items of all
// pages; `Page` answers the one that the request asks for.
template <class Request, class Response, class Item>
class ListMethod : public Method {
 public:
  ListMethod(ServiceClient& client, absl::string_view name)
      : Method(client, name, Request::descriptor(), Response::descriptor()) {}

  ListRange<Request, Response, Item> operator()(Request request,
                                                const CallOptions& options = {}) const {
    return ListRange<Request, Response, Item>(connection(), descriptor(), std::move(request),
                                              Complete(options));
  }

  absl::StatusOr<Response> Page(const Request& request, const CallOptions& options = {}) const {
    Response response;
    absl::Status status = Call(request, response, options);
    if (!status.ok()) return status;
    return response;
  }
};

// Many requests, many responses. See Stream.
template <class Request, class Response>
class TypedStream {
 public:
  explicit TypedStream(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

  bool Write(const Request& request) { return stream_->Write(request); }
  bool WritesDone() { return stream_->WritesDone(); }
  bool Read(Response& response) { return stream_->Read(response); }
  absl::Status Finish() { return stream_->Finish(); }

 private:
  std::unique_ptr<Stream> stream_;
};

// Starts a stream. Streams are not attempted again.
template <class Request, class Response>
class StreamMethod : public Method {
 public:
  StreamMethod(ServiceClient& client, absl::string_view name)
      : Method(client, name, Request::descriptor(), Response::descriptor()) {}

  TypedStream<Request, Response> operator()(const CallOptions& options = {}) const {
    return TypedStream<Request, Response>(
        connection()->StartStream(descriptor(), Complete(options)));
  }
};

// The lines of which a client is a list, one for each method of its service. Requests
// are named after their method, and so are the responses of lists.
#define PERENNIAL_UNARY(method, response) \
  const UnaryMethod<v1::method##Request, v1::response> method { *this, #method }
#define PERENNIAL_LIST(method, item) \
  const ListMethod<v1::method##Request, v1::method##Response, v1::item> method { *this, #method }
#define PERENNIAL_DELETE(method) \
  const DeleteMethod<v1::method##Request> method { *this, #method }
#define PERENNIAL_STREAM(method) \
  const StreamMethod<v1::method##Request, v1::method##Response> method { *this, #method }

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_SERVICE_CLIENT_H_
