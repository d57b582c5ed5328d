#ifndef PERENNIAL_TESTS_CONFORMANCE_API_METHODS_H_
#define PERENNIAL_TESTS_CONFORMANCE_API_METHODS_H_

// The API as its descriptors tell it, so that a new resource or method is tested like the others
// without being named anywhere.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "perennial/client/connection.h"
#include "perennial/v1/options.pb.h"

namespace perennial::conformance {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using MessagePtr = std::unique_ptr<Message>;

// Every method of every service but those that stream, in the order of the protos.
const std::vector<const MethodDescriptor*>& AllMethods();
// By its own name, which no two services share: "GetOpportunity". Null if there is none.
const MethodDescriptor* FindMethod(const std::string& name);

// Every type of resource, and what its options say of it.
const std::vector<const Descriptor*>& AllResources();
const v1::ResourceType& TypeOf(const Descriptor& resource);
const Descriptor* FindResource(const std::string& type);
// The type that a resource's names are below; null at the top.
const Descriptor* ParentOf(const Descriptor& resource);
// The parent that means "anywhere": "accounts/-/opportunities/-"; "" at the top.
std::string AnyParentOf(const Descriptor& resource);

// Null where the resource does not have the method.
struct StandardMethods {
  const MethodDescriptor* create;
  const MethodDescriptor* get;
  const MethodDescriptor* list;
  const MethodDescriptor* update;
  const MethodDescriptor* erase;
};
StandardMethods MethodsOf(const Descriptor& resource);
// Those that have a Create method.
std::vector<const Descriptor*> CreatableResources();
// The field of a Create or Update request that holds the resource; null in other requests.
const FieldDescriptor* ResourceField(const Descriptor& request);

const v1::FieldRules& RulesOf(const FieldDescriptor& field);
// The fields of a resource that a caller may set: not its name, etag and output-only ones.
std::vector<const FieldDescriptor*> InputFields(const Descriptor& resource);

// Messages without knowing their types. The fields have to be there.
MessagePtr NewMessage(const Descriptor& type);
MessagePtr Copy(const Message& message);
bool HasField(const Message& message, absl::string_view field);
std::string TextOf(const Message& message, absl::string_view field);
void SetText(Message& message, absl::string_view field, const std::string& text);
void SetBool(Message& message, absl::string_view field, bool value);
const Message& Sub(const Message& message, absl::string_view field);
Message& MutableSub(Message& message, absl::string_view field);
// Of the first repeated field.
int ItemCount(const Message& response);
const Message& ItemOf(const Message& response, int index);

absl::StatusOr<MessagePtr> Call(client::Connection& connection, const MethodDescriptor& method,
                                const Message& request, const client::CallOptions& options = {});
// Everything that the list method of the resource finds, anywhere.
std::vector<MessagePtr> ListAll(client::Connection& connection, const Descriptor& resource);

}  // namespace perennial::conformance

#endif  // PERENNIAL_TESTS_CONFORMANCE_API_METHODS_H_
