#ifndef PERENNIAL_SERVER_METHODS_REGISTRY_H_
#define PERENNIAL_SERVER_METHODS_REGISTRY_H_

// Which function carries out which method. A handler is a plain function of
// its request and a transaction; what every call needs (parsing, the rules of
// the fields, retries by request_id, validate_only) happens around it, here
// and in the rpc layer.
//
//   registry.Get<v1::GetOpportunityRequest, v1::Opportunity>("PipelineService.GetOpportunity");
//   registry.Write("PipelineService.AdvanceOpportunity", AdvanceOpportunity);

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "lib/storage/account_summary.h"
#include "lib/storage/call.h"
#include "lib/storage/standard_reads.h"
#include "lib/storage/store.h"
#include "lib/storage/tx.h"
#include "server/methods/response_stream.h"

namespace perennial {

class Registry {
 public:
  explicit Registry(Store& store) : store_(store) {}
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  struct Method {
    const google::protobuf::MethodDescriptor* descriptor = nullptr;
    v1::Role required_role = v1::ROLE_UNSPECIFIED;
    // Takes a serialized request and answers a serialized response. For a
    // method that streams: one message of the stream and its answer. Blocks on the database.
    // `call` has actor, role and deadline; the rest is filled in from the request.
    std::function<absl::StatusOr<std::string>(absl::string_view request, Call call)> run;
    // Instead, for a method that only streams its responses: takes the serialized request and
    // answers what they come from. `writer` lives until its End.
    std::function<absl::StatusOr<std::unique_ptr<ResponseStream>>(
        absl::string_view request, Call call, ResponseWriter& writer)>
        open;
  };

  // A Get or List method as lib/storage/standard_reads.h has them.
  template <class Request, class Resource>
  void Get(absl::string_view method) {
    AddRead<Request, Resource>(
        method,
        [](const Request& request, ReadTx& tx) {
          return GetStored(request, ResourceTable::Of<Resource>(), tx);
        },
        &Store::ReadByQuery);
  }
  template <class Request, class Response>
  void List(absl::string_view method) {
    AddRead<Request, Response>(
        method,
        [](const Request& request, ReadTx& tx) {
          return ListStored(request, *Response::descriptor(), tx);
        },
        &Store::ReadByQuery);
  }

  // One reading transaction.
  template <class Request, class Response>
  void Read(absl::string_view method,
            absl::StatusOr<Response> (*handler)(const Request&, ReadTx&)) {
    AddRead<Request, Response>(
        method, [handler](const Request& request, ReadTx& tx) -> absl::StatusOr<std::string> {
          ASSIGN_OR_RETURN(Response answer, handler(request, tx));
          RETURN_IF_ERROR(FillInSummaries(answer, tx));
          return Serialize(answer);
        });
  }

  // A list whose handler adds to ListStored what other fields of its request ask for.
  template <class Request, class Response>
  void ListBy(absl::string_view method,
              absl::StatusOr<std::string> (*handler)(const Request&, ReadTx&)) {
    AddRead<Request, Response>(method, handler, &Store::ReadByQuery);
  }

  // One writing transaction.
  template <class Request, class Response>
  void Write(absl::string_view method,
             absl::StatusOr<Response> (*handler)(const Request&, WriteTx&)) {
    Add<Request, Response>(method, [this, handler](const Request& request, const Call& call) {
      return store_.Write(call, [&](WriteTx& tx) -> absl::StatusOr<std::string> {
        ASSIGN_OR_RETURN(Response answer, handler(request, tx));
        RETURN_IF_ERROR(tx.Settle());
        RETURN_IF_ERROR(tx.Refresh(answer));
        RETURN_IF_ERROR(FillInSummaries(answer, tx));
        return Serialize(answer);
      });
    });
  }

  // Anything else: several transactions, or none.
  template <class Request, class Response>
  void Run(absl::string_view method,
           std::function<absl::StatusOr<Response>(const Request&, const Call&)> handler) {
    Add<Request, Response>(
        method,
        [handler = std::move(handler)](const Request& request,
                                       const Call& call) -> absl::StatusOr<std::string> {
          ASSIGN_OR_RETURN(const Response answer, handler(request, call));
          return Serialize(answer);
        });
  }

  // One request, many responses.
  template <class Request, class Response>
  void Stream(absl::string_view name, std::function<absl::StatusOr<std::unique_ptr<ResponseStream>>(
                                          const Request&, const Call&, ResponseWriter&)>
                                          handler) {
    const auto& method = FindMethod(name, *Request::descriptor(), *Response::descriptor());
    const RequestFields fields(method);
    AddMethod(method).open =
        [fields, name = std::string(name), handler = std::move(handler)](
            absl::string_view bytes, Call call,
            ResponseWriter& writer) -> absl::StatusOr<std::unique_ptr<ResponseStream>> {
      call.method = name;
      Request request;
      RETURN_IF_ERROR(Prepare(fields, bytes, request, call));
      return handler(request, call, writer);
    };
  }

  const Store& store() const { return store_; }

  // By full name, such as "perennial.v1.PipelineService.GetOpportunity".
  const std::map<std::string, Method, std::less<>>& methods() const { return methods_; }

 private:
  using StoreRead = absl::Status (Store::*)(const Call&, absl::FunctionRef<absl::Status(ReadTx&)>);

  // What a request says about its own call.
  struct RequestFields {
    explicit RequestFields(const google::protobuf::MethodDescriptor& method);
    const google::protobuf::FieldDescriptor* request_id;
    const google::protobuf::FieldDescriptor* validate_only;
    const google::protobuf::FieldDescriptor* reason;
    bool streaming;
  };

  template <class Request, class Response, class Handler>
  void AddRead(absl::string_view method, Handler handler, StoreRead read = &Store::Read) {
    Add<Request, Response>(method,
                           [this, handler, read](const Request& request,
                                                 const Call& call) -> absl::StatusOr<std::string> {
                             std::string response;
                             const StoreRead how =
                                 IsOfSeveralQueries(request) ? &Store::Read : read;
                             RETURN_IF_ERROR((store_.*how)(call, [&](ReadTx& tx) -> absl::Status {
                               ASSIGN_OR_RETURN(response, handler(request, tx));
                               return absl::OkStatus();
                             }));
                             return response;
                           });
  }

  template <class Request, class Response, class Handler>
  void Add(absl::string_view name, Handler handler) {
    const auto& method = FindMethod(name, *Request::descriptor(), *Response::descriptor());
    const RequestFields fields(method);
    AddMethod(method).run = [fields, name = std::string(name), handler = std::move(handler)](
                                absl::string_view bytes, Call call) -> absl::StatusOr<std::string> {
      call.method = name;
      Request request;
      RETURN_IF_ERROR(Prepare(fields, bytes, request, call));
      return handler(request, call);
    };
  }

  // The method must be in the protos with these messages: a fault of ours otherwise.
  static const google::protobuf::MethodDescriptor& FindMethod(
      absl::string_view name, const google::protobuf::Descriptor& request,
      const google::protobuf::Descriptor& response);
  Method& AddMethod(const google::protobuf::MethodDescriptor& method);
  // Parses the request, checks it against its rules and completes the call.
  static absl::Status Prepare(const RequestFields& fields, absl::string_view bytes,
                              google::protobuf::Message& request, Call& call);
  static absl::StatusOr<std::string> Serialize(const google::protobuf::Message& message);

  Store& store_;
  std::map<std::string, Method, std::less<>> methods_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_METHODS_REGISTRY_H_
