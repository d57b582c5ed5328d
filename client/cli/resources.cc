#include "client/cli/resources.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/list_command.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::MethodDescriptor;

constexpr int kPageSize = 1000;
// Of the 100 terms and 4000 bytes that a filter may have.
constexpr size_t kMostTerms = 50;
constexpr size_t kMostBytes = 3600;

// The first of a file's methods that is one; null if none is.
template <class IsOne>
const MethodDescriptor* FindMethodIn(const google::protobuf::FileDescriptor& file,
                                     const IsOne& is_one) {
  for (int i = 0; i < file.service_count(); ++i) {
    for (int j = 0; j < file.service(i)->method_count(); ++j) {
      if (is_one(*file.service(i)->method(j))) return file.service(i)->method(j);
    }
  }
  return nullptr;
}

std::string Term(absl::string_view field, absl::string_view value) {
  return absl::StrCat(field, " = \"", absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"\"", "\\\""}}),
                      "\"");
}

}  // namespace

std::unique_ptr<Message> NewMessage(const Descriptor& type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

const MethodDescriptor* FindListMethod(const Descriptor& resource) {
  return FindMethodIn(*resource.file(), [&resource](const MethodDescriptor& method) {
    return absl::StartsWith(method.name(), "List") && &ItemType(method) == &resource;
  });
}

const MethodDescriptor* FindUpdateMethod(const Descriptor& resource) {
  return FindMethodIn(*resource.file(), [&resource](const MethodDescriptor& method) {
    return absl::StartsWith(method.name(), "Update") && method.output_type() == &resource;
  });
}

const MethodDescriptor* FindBatchMethod(const MethodDescriptor& method) {
  return FindMethodIn(*method.file(), [&method](const MethodDescriptor& candidate) {
    const auto* requests = candidate.input_type()->FindFieldByName("requests");
    return absl::StartsWith(candidate.name(), "Batch") && requests != nullptr &&
           requests->message_type() == method.input_type();
  });
}

const FieldDescriptor* FindBody(const Descriptor& request) {
  for (int i = 0; i < request.field_count(); ++i) {
    const auto* type = request.field(i)->message_type();
    if (type != nullptr && IsResource(*type)) return request.field(i);
  }
  return nullptr;
}

std::string WholeName(const std::string& name, absl::string_view pattern) {
  const std::vector<std::string> segments = absl::StrSplit(pattern, '/');
  const bool is_short = segments.size() == 2 && !absl::StrContains(name, '/');
  return is_short ? absl::StrCat(segments[0], "/", name) : name;
}

std::vector<std::string> WholeNames(const std::vector<std::string>& names,
                                    absl::string_view pattern) {
  std::vector<std::string> whole;
  for (const std::string& name : names) {
    std::string one = WholeName(name, pattern);
    if (std::find(whole.begin(), whole.end(), one) == whole.end()) whole.push_back(std::move(one));
  }
  return whole;
}

std::string AllOf(absl::string_view pattern) {
  std::vector<std::string> segments = absl::StrSplit(pattern, '/');
  for (std::string& segment : segments) {
    if (absl::StartsWith(segment, "{")) segment = "-";
  }
  return absl::StrJoin(segments, "/");
}

std::string TextOf(const Message& message, const char* field) {
  const auto* descriptor = message.GetDescriptor()->FindFieldByName(field);
  return descriptor == nullptr ? "" : message.GetReflection()->GetString(message, descriptor);
}

void SetText(Message& message, const char* field, const std::string& text) {
  const auto* descriptor = message.GetDescriptor()->FindFieldByName(field);
  if (descriptor != nullptr) message.GetReflection()->SetString(&message, descriptor, text);
}

absl::Status ForEach(CliContext& context, const Descriptor& resource, const std::string& filter,
                     const std::function<void(const Message&)>& take) {
  const MethodDescriptor& method = *FindListMethod(resource);
  const auto request = NewMessage(*method.input_type());
  SetText(*request, "parent", AllOf(ParentPattern(PatternOf(resource))));
  SetText(*request, "filter", filter);
  request->GetReflection()->SetInt32(
      request.get(), request->GetDescriptor()->FindFieldByName("page_size"), kPageSize);
  const FieldDescriptor* items = ItemsField(method);
  do {
    const auto page = NewMessage(*method.output_type());
    RETURN_IF_ERROR(context.Call(method, *request, *page));
    for (int i = 0; i < page->GetReflection()->FieldSize(*page, items); ++i) {
      take(page->GetReflection()->GetRepeatedMessage(*page, items, i));
    }
    SetText(*request, "page_token", TextOf(*page, "next_page_token"));
  } while (!TextOf(*request, "page_token").empty());
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ResourcePtr>> ListAll(CliContext& context, const Descriptor& resource,
                                                 const std::string& filter) {
  std::vector<ResourcePtr> all;
  RETURN_IF_ERROR(ForEach(context, resource, filter, [&](const Message& item) {
    std::unique_ptr<Message> copy = NewMessage(resource);
    copy->CopyFrom(item);
    all.push_back(std::move(copy));
  }));
  return all;
}

std::vector<std::string> FiltersFor(absl::string_view field,
                                    const std::vector<std::string>& values) {
  std::vector<std::string> filters;
  size_t terms = 0;
  for (const std::string& value : values) {
    const std::string term = Term(field, value);
    const bool fits =
        terms > 0 && terms < kMostTerms && filters.back().size() + 4 + term.size() <= kMostBytes;
    if (fits) {
      absl::StrAppend(&filters.back(), " OR ", term);
      ++terms;
    } else {
      filters.push_back(term);
      terms = 1;
    }
  }
  return filters;
}

absl::StatusOr<std::map<std::string, ResourcePtr>> ReadAll(CliContext& context,
                                                           const Descriptor& resource,
                                                           const std::vector<std::string>& names) {
  std::map<std::string, ResourcePtr> found;
  for (const std::string& filter : FiltersFor("name", names)) {
    ASSIGN_OR_RETURN(const std::vector<ResourcePtr> some, ListAll(context, resource, filter));
    for (const ResourcePtr& one : some) found.emplace(TextOf(*one, "name"), one);
  }
  return found;
}

}  // namespace perennial::cli
