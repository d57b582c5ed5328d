#ifndef PERENNIAL_CLIENT_CLI_RESOURCES_H_
#define PERENNIAL_CLIENT_CLI_RESOURCES_H_

// Resources of any type, by their descriptors: which methods there are for them, and reading many.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/cli_context.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

using ResourcePtr = std::shared_ptr<const google::protobuf::Message>;

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor& type);

// The method that lists the resources; null if there is none.
const google::protobuf::MethodDescriptor* FindListMethod(
    const google::protobuf::Descriptor& resource);
// The method that changes fields of one; null if there is none.
const google::protobuf::MethodDescriptor* FindUpdateMethod(
    const google::protobuf::Descriptor& resource);
// The method that takes several requests of `method` at once; null if there is none.
const google::protobuf::MethodDescriptor* FindBatchMethod(
    const google::protobuf::MethodDescriptor& method);

// The resource in the request: what is created or changed; null if there is none.
const google::protobuf::FieldDescriptor* FindBody(const google::protobuf::Descriptor& request);

// The name that "acme" is short for: "accounts/acme". Where a name has more parts, none is
// guessed.
std::string WholeName(const std::string& name, absl::string_view pattern);
// Of several, each once.
std::vector<std::string> WholeNames(const std::vector<std::string>& names,
                                    absl::string_view pattern);
// "accounts/{account}/contacts/{contact}" -> "accounts/-/contacts/-"
std::string AllOf(absl::string_view pattern);

// The text of a field; empty where the message has no field of the name.
std::string TextOf(const google::protobuf::Message& message, const char* field);
// Sets it, where the message has the field.
void SetText(google::protobuf::Message& message, const char* field, const std::string& text);

// Calls `take` with each that matches, of every account, in the order of their names.
absl::Status ForEach(CliContext& context, const google::protobuf::Descriptor& resource,
                     const std::string& filter,
                     const std::function<void(const google::protobuf::Message&)>& take);
// All of these.
absl::StatusOr<std::vector<ResourcePtr>> ListAll(CliContext& context,
                                                 const google::protobuf::Descriptor& resource,
                                                 const std::string& filter);

// Filters that find what has these values in a field, each within what a filter may have.
std::vector<std::string> FiltersFor(absl::string_view field,
                                    const std::vector<std::string>& values);

// Those of the names that are there, by name.
absl::StatusOr<std::map<std::string, ResourcePtr>> ReadAll(
    CliContext& context, const google::protobuf::Descriptor& resource,
    const std::vector<std::string>& names);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_RESOURCES_H_
