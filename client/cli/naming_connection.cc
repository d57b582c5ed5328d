#include "client/cli/naming_connection.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/find_name.h"
#include "client/cli/list_command.h"
#include "client/cli/method_command.h"
#include "lib/api/errors.h"
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

std::unique_ptr<Message> NewMessage(const Descriptor& type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

bool IsList(const MethodDescriptor& method) { return absl::StartsWith(method.name(), "List"); }

// What is gone afterwards is not to be the wrong one.
bool TakesIdsOnly(const MethodDescriptor& method) {
  return absl::StartsWith(method.name(), "Delete") || method.name() == "MergeContacts";
}

const Descriptor* ResourceOfPattern(absl::string_view pattern) {
  for (const Descriptor* resource : AllResources()) {
    if (PatternOf(*resource) == pattern) return resource;
  }
  return nullptr;
}

// What the field `parent` names: of lists and what reads the like it may be `-`.
const Descriptor* ParentOfMethod(const MethodDescriptor& method, const FieldDescriptor& parent) {
  const std::string& reference = RulesOf(parent).reference();
  if (!reference.empty()) return ResourceByType(reference);
  const bool lists_resources = IsList(method) && IsResource(ItemType(method));
  return lists_resources ? ResourceOfPattern(ParentPattern(PatternOf(ItemType(method))))
                         : ResourceByType("Account");
}

// Whether something else than a whole name stands there.
bool IsShort(const std::string& text, const Descriptor& resource) {
  const absl::string_view pattern = PatternOf(resource);
  const absl::string_view collection = pattern.substr(0, pattern.find('{'));
  return !text.empty() && text != "-" && !absl::StartsWith(text, collection);
}

size_t VariablesOf(const Descriptor& resource) {
  const absl::string_view pattern = PatternOf(resource);
  return static_cast<size_t>(std::count(pattern.begin(), pattern.end(), '{'));
}

// "acme/jane" by "accounts/{account}/contacts/{contact}"; nothing where that makes no name.
std::optional<std::string> Expanded(const std::string& ids, const Descriptor& resource) {
  const std::vector<std::string> parts = absl::StrSplit(ids, '/');
  if (parts.size() != VariablesOf(resource)) return std::nullopt;
  std::vector<std::string> segments = absl::StrSplit(PatternOf(resource), '/');
  for (size_t i = 0; i < parts.size(); ++i) segments[2 * i + 1] = parts[i];
  const std::string name = absl::StrJoin(segments, "/");
  return MatchesPattern(name, PatternOf(resource)) ? std::optional(name) : std::nullopt;
}

// A place in a request where something else than a whole name stands.
struct ShortName {
  Message* holder;
  const FieldDescriptor* field;
  int index;  // -1 of a field that is not repeated
  const Descriptor* resource;
  std::string written;
  bool is_own;        // of what the request is about, or of its parent
  bool is_unchecked;  // the server does not mind whether it exists
  bool in_batch;      // whether it exists shows in a part of the answer only
  bool is_guess = false;

  void Set(const std::string& name) const {
    const auto& reflection = *holder->GetReflection();
    if (index < 0) return reflection.SetString(holder, field, name);
    reflection.SetRepeatedString(holder, field, index, name);
  }
};

class ShortNames {
 public:
  static std::vector<ShortName> In(const MethodDescriptor& method, Message& request) {
    ShortNames names;
    names.method_ = &method;
    names.AddOf(request, /*in_batch=*/false, /*is_top=*/true);
    // What the others stand below comes first.
    std::stable_partition(names.found_.begin(), names.found_.end(),
                          [](const ShortName& each) { return each.is_own; });
    return names.found_;
  }

 private:
  void AddOf(Message& message, bool in_batch, bool is_top) {
    const auto& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (field->is_map()) continue;
      const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
      if (is_message && !field->is_repeated()) {
        AddOf(*reflection.MutableMessage(&message, field), in_batch, false);
      }
      for (int i = 0;
           is_message && field->is_repeated() && i < reflection.FieldSize(message, field); ++i) {
        const bool is_request = absl::EndsWith(field->message_type()->name(), "Request");
        AddOf(*reflection.MutableRepeatedMessage(&message, field, i), in_batch || is_request,
              is_request);
      }
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        AddField(message, *field, in_batch, is_top);
      }
    }
  }

  void AddField(Message& message, const FieldDescriptor& field, bool in_batch, bool is_top) {
    const Descriptor* resource = ResourceByType(RulesOf(field).reference());
    const bool is_parent = is_top && field.name() == "parent";
    const bool is_name = field.name() == "name" && (is_top || IsResource(*message.GetDescriptor()));
    // The one that says no type.
    const bool is_account = is_top && field.name() == "account" && resource == nullptr;
    bool is_unchecked = is_account || (is_parent && resource == nullptr);
    if (is_parent) resource = ParentOfMethod(*method_, field);
    if (is_account) resource = ResourceByType("Account");
    if (is_name) {
      resource = is_top ? ResourceNamedBy(*message.GetDescriptor()) : message.GetDescriptor();
    }
    if (resource == nullptr) return;
    const auto& reflection = *message.GetReflection();
    const int size = field.is_repeated() ? reflection.FieldSize(message, &field) : 0;
    for (int i = field.is_repeated() ? 0 : -1; i < size; ++i) {
      const std::string text = i < 0 ? reflection.GetString(message, &field)
                                     : reflection.GetRepeatedString(message, &field, i);
      if (IsShort(text, *resource)) {
        found_.push_back({&message, &field, i, resource, text, is_parent || is_name || is_account,
                          is_unchecked, in_batch});
      }
      if (i < 0) break;
    }
  }

  const MethodDescriptor* method_ = nullptr;
  std::vector<ShortName> found_;
};

// The account that a request is about, where it says so by a whole name.
std::string AccountIn(const Message& message) {
  for (const char* name : {"parent", "name"}) {
    const auto* field = message.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) continue;
    const std::string text = message.GetReflection()->GetString(message, field);
    if (!absl::StrContains(text, "/-")) return std::string(OwnAccount(text));
  }
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const auto* field = message.GetDescriptor()->field(i);
    const bool is_body = field->message_type() != nullptr && !field->is_repeated() &&
                         IsResource(*field->message_type());
    if (is_body) return AccountIn(message.GetReflection()->GetMessage(message, field));
  }
  return "";
}

}  // namespace

const Descriptor* ResourceNamedBy(const Descriptor& request) {
  constexpr std::pair<const char*, const char*> kOthers[] = {
      {"CheckGateRequest", "Opportunity"},
      {"AlignTermRequest", "Subscription"},
      {"UndoCancellationRequest", "Subscription"}};
  for (const auto& [name, type] : kOthers) {
    if (request.name() == name) return ResourceByType(type);
  }
  const Descriptor* longest = nullptr;
  for (const Descriptor* resource : AllResources()) {
    const bool is_longer = longest == nullptr || resource->name().size() > longest->name().size();
    if (is_longer && absl::StrContains(request.name(), resource->name())) longest = resource;
  }
  return longest;
}

std::string NamingConnection::Known(const std::string& key) {
  const absl::MutexLock lock(&mutex_);
  const auto known = found_.find(key);
  return known == found_.end() ? "" : known->second;
}

void NamingConnection::Remember(const std::string& key, const std::string& name) {
  const absl::MutexLock lock(&mutex_);
  found_.emplace(key, name);
}

// One call, with what it takes to name what it is about.
class NamingConnection::NamedCall {
 public:
  NamedCall(NamingConnection& connection, const MethodDescriptor& method, const Message& request,
            const client::CallOptions& options)
      : connection_(connection), method_(method), options_(options), request_(request.New()) {
    request_->CopyFrom(request);
    names_ = ShortNames::In(method, *request_);
  }

  absl::Status Make(Message& response) {
    RETURN_IF_ERROR(Guess());
    const absl::Status status = connection_.server_->Call(method_, *request_, response, options_);
    if (!has_guesses_) return status;
    ASSIGN_OR_RETURN(const bool is_missing, IsMissing(status, response));
    if (!is_missing) return status;
    const absl::Status found = FindAll();
    // Where nobody can look it up, what the server said stands.
    if (found.code() == absl::StatusCode::kUnimplemented) return status;
    RETURN_IF_ERROR(found);
    response.Clear();
    return connection_.server_->Call(method_, *request_, response, options_);
  }

 private:
  // Ids are taken at their word; what can be none is looked up.
  absl::Status Guess() {
    for (ShortName& name : names_) {
      const std::string known = connection_.Known(KeyOf(name));
      const std::optional<std::string> guess = GuessOf(name);
      if (!known.empty()) {
        name.Set(known);
      } else if (guess.has_value()) {
        name.Set(*guess);
        name.is_guess = has_guesses_ = true;
        // The server says so itself, or the list is empty.
        if (IsList(method_) || !name.is_unchecked) continue;
        RETURN_IF_ERROR(Settle(name));
      } else {
        RETURN_IF_ERROR(SettleOwn());
        RETURN_IF_ERROR(FindFor(name));
      }
    }
    return absl::OkStatus();
  }

  // A guess that something depends on before the call.
  absl::Status Settle(ShortName& name) {
    ASSIGN_OR_RETURN(const bool exists,
                     Exists(*Expanded(name.written, *name.resource), *name.resource));
    name.is_guess = false;
    return exists ? absl::OkStatus() : FindFor(name);
  }

  absl::Status SettleOwn() {
    for (ShortName& name : names_) {
      if (name.is_own && name.is_guess) RETURN_IF_ERROR(Settle(name));
    }
    return absl::OkStatus();
  }

  std::string KeyOf(const ShortName& name) const {
    return absl::StrJoin({name.resource->name(), AccountOf(name), name.written}, "\n");
  }

  // Below which it is, where that is known.
  std::string AccountOf(const ShortName& name) const {
    return name.is_own ? "" : AccountIn(*request_);
  }

  std::optional<std::string> GuessOf(const ShortName& name) const {
    const bool is_bare = !absl::StrContains(name.written, '/');
    if (name.in_batch && is_bare) return std::nullopt;
    const std::optional<std::string> expanded = Expanded(name.written, *name.resource);
    const std::string account = AccountIn(*request_);
    if (expanded.has_value() || !is_bare || name.is_own || account.empty()) return expanded;
    return Expanded(absl::StrCat(IdOf(account), "/", name.written), *name.resource);
  }

  // Whether something that the request names was not there.
  absl::StatusOr<bool> IsMissing(const absl::Status& status, const Message& response) const {
    if (status.code() == absl::StatusCode::kNotFound) return true;
    if (!status.ok() || !IsList(method_)) return false;
    if (response.GetReflection()->FieldSize(response, ItemsField(method_)) > 0) return false;
    for (const ShortName& name : names_) {
      if (!name.is_unchecked || !name.is_guess) continue;
      ASSIGN_OR_RETURN(const bool exists,
                       Exists(*Expanded(name.written, *name.resource), *name.resource));
      return !exists;
    }
    return false;
  }

  absl::StatusOr<bool> Exists(const std::string& name, const Descriptor& resource) const {
    const auto* service = ListMethodOf(std::string(PatternOf(resource)))->service();
    const auto* method = service->FindMethodByName(absl::StrCat("Get", resource.name()));
    const auto request = NewMessage(*method->input_type());
    const auto response = NewMessage(*method->output_type());
    request->GetReflection()->SetString(request.get(),
                                        method->input_type()->FindFieldByName("name"), name);
    const absl::Status status = connection_.server_->Call(*method, *request, *response, options_);
    if (status.code() == absl::StatusCode::kNotFound) return false;
    RETURN_IF_ERROR(status);
    return true;
  }

  absl::Status FindAll() {
    for (ShortName& name : names_) {
      if (name.is_guess) RETURN_IF_ERROR(FindFor(name));
    }
    return absl::OkStatus();
  }

  absl::Status FindFor(ShortName& name) {
    ASSIGN_OR_RETURN(const std::string found,
                     FindBelow(AccountOf(name), *name.resource, name.written));
    if (TakesIdsOnly(method_) && Expanded(name.written, *name.resource) != found) {
      return MakeError(absl::StatusCode::kNotFound, v1::RESOURCE_NOT_FOUND,
                       absl::StrCat("there is no ", name.resource->name(), " \"", name.written,
                                    "\", and ", found, " is not deleted by a part of its name"));
    }
    connection_.Remember(KeyOf(name), found);
    name.Set(found);
    return absl::OkStatus();
  }

  // Of "acme/jane" acme first.
  absl::StatusOr<std::string> FindBelow(const std::string& account, const Descriptor& resource,
                                        const std::string& written) {
    std::string parent = EveryParent(resource);
    std::string last = written;
    const std::string parent_pattern = ParentPattern(PatternOf(resource));
    const size_t slash = written.rfind('/');
    const bool has_parts = slash != std::string::npos && !parent_pattern.empty() &&
                           std::count(written.begin(), written.end(), '/') + 1 ==
                               static_cast<int64_t>(VariablesOf(resource));
    if (has_parts) {
      ASSIGN_OR_RETURN(parent,
                       FindBelow("", *ResourceOfPattern(parent_pattern), written.substr(0, slash)));
      last = written.substr(slash + 1);
    } else if (!account.empty() && absl::StartsWith(parent, "accounts/-")) {
      parent = account + parent.substr(std::string("accounts/-").size());
    }
    ASSIGN_OR_RETURN(const Candidate found,
                     FindName(*connection_.server_, options_, resource, parent, last));
    if (IdOf(found.name) != last && connection_.on_found_ != nullptr) {
      connection_.on_found_(last, found);
    }
    return found.name;
  }

  NamingConnection& connection_;
  const MethodDescriptor& method_;
  const client::CallOptions& options_;
  const std::unique_ptr<Message> request_;
  std::vector<ShortName> names_;
  bool has_guesses_ = false;
};

absl::Status NamingConnection::Call(const MethodDescriptor& method, const Message& request,
                                    Message& response, const client::CallOptions& options) {
  return NamedCall(*this, method, request, options).Make(response);
}

}  // namespace perennial::cli
