#include "tests/conformance/api_methods.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "perennial/client/call.h"
#include "perennial/v1/proto_files.h"
#include "perennial/v1/resource.pb.h"
#include "tests/conformance/matchers.h"

namespace perennial::conformance {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MessageFactory;

constexpr int kLargestPage = 1000;

const FieldDescriptor& FieldOf(const Message& message, absl::string_view name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(std::string(name));
  if (field == nullptr) {
    ADD_FAILURE() << message.GetDescriptor()->name() << " has no field " << name;
    std::abort();
  }
  return *field;
}

const FieldDescriptor* FirstRepeated(const Descriptor& message) {
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->is_repeated()) return message.field(i);
  }
  return nullptr;
}

// Lists that take a filter: others with the same items answer a part of them.
bool ListsAll(const MethodDescriptor& method, const Descriptor& resource) {
  if (!absl::StartsWith(method.name(), "List")) return false;
  const FieldDescriptor* items = FirstRepeated(*method.output_type());
  return items != nullptr && items->message_type() == &resource &&
         method.input_type()->FindFieldByName("filter") != nullptr;
}

}  // namespace

const std::vector<const MethodDescriptor*>& AllMethods() {
  static const auto* methods = [] {
    auto* found = new std::vector<const MethodDescriptor*>;
    for (const char* name : kProtoFiles) {
      const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
      for (int i = 0; i < file->service_count(); ++i) {
        for (int j = 0; j < file->service(i)->method_count(); ++j) {
          const MethodDescriptor* method = file->service(i)->method(j);
          const bool unary = !method->client_streaming() && !method->server_streaming();
          if (unary) found->push_back(method);
        }
      }
    }
    return found;
  }();
  return *methods;
}

const MethodDescriptor* FindMethod(const std::string& name) {
  for (const MethodDescriptor* method : AllMethods()) {
    if (method->name() == name) return method;
  }
  return nullptr;
}

const std::vector<const Descriptor*>& AllResources() {
  static const auto* resources = [] {
    auto* found = new std::vector<const Descriptor*>;
    const auto* kinds = v1::Resource::descriptor()->FindOneofByName("kind");
    for (int i = 0; i < kinds->field_count(); ++i) {
      found->push_back(kinds->field(i)->message_type());
    }
    return found;
  }();
  return *resources;
}

const v1::ResourceType& TypeOf(const Descriptor& resource) {
  return resource.options().GetExtension(v1::resource);
}

const Descriptor* FindResource(const std::string& type) {
  for (const Descriptor* resource : AllResources()) {
    if (TypeOf(*resource).type() == type) return resource;
  }
  return nullptr;
}

const Descriptor* ParentOf(const Descriptor& resource) {
  std::vector<std::string> parts = absl::StrSplit(TypeOf(resource).pattern(), '/');
  parts.resize(parts.size() - 2);
  const std::string pattern = absl::StrJoin(parts, "/");
  for (const Descriptor* parent : AllResources()) {
    if (TypeOf(*parent).pattern() == pattern) return parent;
  }
  return nullptr;
}

std::string AnyParentOf(const Descriptor& resource) {
  std::vector<std::string> parts = absl::StrSplit(TypeOf(resource).pattern(), '/');
  parts.resize(parts.size() - 2);
  for (size_t i = 1; i < parts.size(); i += 2) parts[i] = "-";
  return absl::StrJoin(parts, "/");
}

StandardMethods MethodsOf(const Descriptor& resource) {
  const std::string& type = TypeOf(resource).type();
  StandardMethods methods = {FindMethod("Create" + type), FindMethod("Get" + type), nullptr,
                             FindMethod("Update" + type), FindMethod("Delete" + type)};
  for (const MethodDescriptor* method : AllMethods()) {
    if (ListsAll(*method, resource)) methods.list = method;
  }
  return methods;
}

std::vector<const Descriptor*> CreatableResources() {
  std::vector<const Descriptor*> resources = AllResources();
  resources.erase(std::remove_if(resources.begin(), resources.end(),
                                 [](const Descriptor* resource) {
                                   return MethodsOf(*resource).create == nullptr;
                                 }),
                  resources.end());
  return resources;
}

const FieldDescriptor* ResourceField(const Descriptor& request) {
  for (int i = 0; i < request.field_count(); ++i) {
    const FieldDescriptor* field = request.field(i);
    if (field->message_type() != nullptr && !field->is_repeated() &&
        field->message_type()->options().HasExtension(v1::resource)) {
      return field;
    }
  }
  return nullptr;
}

const v1::FieldRules& RulesOf(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::rules);
}

std::vector<const FieldDescriptor*> InputFields(const Descriptor& resource) {
  std::vector<const FieldDescriptor*> fields;
  for (int i = 0; i < resource.field_count(); ++i) {
    const FieldDescriptor* field = resource.field(i);
    if (field->name() == "name" || field->name() == "etag" || RulesOf(*field).output_only()) {
      continue;
    }
    fields.push_back(field);
  }
  return fields;
}

MessagePtr NewMessage(const Descriptor& type) {
  return MessagePtr(MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

MessagePtr Copy(const Message& message) {
  MessagePtr copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

bool HasField(const Message& message, absl::string_view field) {
  return message.GetDescriptor()->FindFieldByName(std::string(field)) != nullptr;
}

std::string TextOf(const Message& message, absl::string_view field) {
  return message.GetReflection()->GetString(message, &FieldOf(message, field));
}

void SetText(Message& message, absl::string_view field, const std::string& text) {
  message.GetReflection()->SetString(&message, &FieldOf(message, field), text);
}

void SetBool(Message& message, absl::string_view field, bool value) {
  message.GetReflection()->SetBool(&message, &FieldOf(message, field), value);
}

const Message& Sub(const Message& message, absl::string_view field) {
  return message.GetReflection()->GetMessage(message, &FieldOf(message, field));
}

Message& MutableSub(Message& message, absl::string_view field) {
  return *message.GetReflection()->MutableMessage(&message, &FieldOf(message, field));
}

int ItemCount(const Message& response) {
  return response.GetReflection()->FieldSize(response, FirstRepeated(*response.GetDescriptor()));
}

const Message& ItemOf(const Message& response, int index) {
  return response.GetReflection()->GetRepeatedMessage(
      response, FirstRepeated(*response.GetDescriptor()), index);
}

absl::StatusOr<MessagePtr> Call(client::Connection& connection, const MethodDescriptor& method,
                                const Message& request, const client::CallOptions& options) {
  MessagePtr response = NewMessage(*method.output_type());
  absl::Status status = client::CallWithRetries(connection, method, request, *response,
                                                client::Merge(options, connection.options()));
  if (!status.ok()) return status;
  return response;
}

std::vector<MessagePtr> ListAll(client::Connection& connection, const Descriptor& resource) {
  const MethodDescriptor& method = *MethodsOf(resource).list;
  const MessagePtr request = NewMessage(*method.input_type());
  request->GetReflection()->SetInt32(request.get(), &FieldOf(*request, "page_size"), kLargestPage);
  if (HasField(*request, "parent")) SetText(*request, "parent", AnyParentOf(resource));
  std::vector<MessagePtr> found;
  do {
    const absl::StatusOr<MessagePtr> page = Call(connection, method, *request);
    if (!page.ok()) {
      ADD_FAILURE() << method.name() << " " << Describe(page.status());
      break;
    }
    for (int i = 0; i < ItemCount(**page); ++i) found.push_back(Copy(ItemOf(**page, i)));
    SetText(*request, "page_token", TextOf(**page, "next_page_token"));
  } while (!TextOf(*request, "page_token").empty());
  return found;
}

}  // namespace perennial::conformance
