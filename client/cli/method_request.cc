#include "client/cli/method_request.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/field_option.h"
#include "client/cli/field_text.h"
#include "client/cli/resources.h"
#include "google/protobuf/field_mask.pb.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::FieldMask;
using ::google::protobuf::Message;
using ::google::protobuf::MethodDescriptor;

constexpr char kFieldFlags[] = "Fields";

void SetString(Message& message, const FieldDescriptor& field, const std::string& text) {
  message.GetReflection()->SetString(&message, &field, text);
}

}  // namespace

void AddPaths(const Message& body, const FieldDescriptor& field,
              const std::vector<std::string>& texts, FieldMask& mask) {
  const auto add = [&mask](const std::string& path) {
    const auto& paths = mask.paths();
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) mask.add_paths(path);
  };
  const int before = mask.paths_size();
  for (const std::string& text : texts) {
    if (!field.is_map()) break;
    for (const std::string& key : RemovedKeys(text)) {
      add(absl::StrCat(field.name(), ".", key));
    }
  }
  const auto& reflection = *body.GetReflection();
  const int size = field.is_map() ? reflection.FieldSize(body, &field) : 0;
  if (size == 0 && mask.paths_size() == before) add(field.name());
  for (int i = 0; i < size; ++i) {
    const Message& entry = reflection.GetRepeatedMessage(body, &field, i);
    add(absl::StrCat(field.name(), ".",
                     entry.GetReflection()->GetString(entry, field.message_type()->map_key())));
  }
}

MethodRequest::MethodRequest(const MethodDescriptor& method, std::string pattern,
                             CliContext& context)
    : method_(method),
      request_type_(*method.input_type()),
      body_(FindBody(request_type_)),
      update_mask_(request_type_.FindFieldByName("update_mask")),
      pattern_(std::move(pattern)),
      context_(context) {}

void MethodRequest::AddTo(CLI::App& app, bool several) {
  several_ = several;
  for (int i = 0; i < request_type_.field_count(); ++i) AddField(app, *request_type_.field(i));
}

std::vector<std::string> MethodRequest::Names() const {
  if (name_.option == nullptr) return {};
  return WholeNames(name_.option->results(), name_.pattern);
}

std::unique_ptr<Message> MethodRequest::MakeNameless() const {
  std::unique_ptr<Message> request = NewMessage(request_type_);
  for (const Argument& argument : arguments_) {
    if (argument.option->count() == 0) continue;
    SetFromOption(*argument.option, *argument.field, argument.in_body ? *Body(*request) : *request);
  }
  if (update_mask_ != nullptr) SetMask(*request);
  return request;
}

std::unique_ptr<Message> MethodRequest::Make() const {
  std::unique_ptr<Message> request = several_ ? MakeForSeveral(false) : MakeNameless();
  if (name_.option != nullptr && name_.option->count() > 0) {
    // As it is written: the connection finds what is meant.
    SetString(update_mask_ != nullptr ? *Body(*request) : *request, *name_.field,
              name_.option->results()[0]);
  } else if (name_.option != nullptr) {
    SetString(*request, *name_.field, AllOf(name_.pattern));
  }
  RequireMask(*request);
  return request;
}

std::unique_ptr<Message> MethodRequest::MakeForSeveral(bool more) const {
  std::unique_ptr<Message> request = MakeNameless();
  if (more) return request;
  for (const Argument& argument : arguments_) {
    if (IsRequired(*argument.field) && argument.option->count() == 0) {
      throw CLI::RequiredError(argument.option->get_name());
    }
  }
  RequireMask(*request);
  return request;
}

void MethodRequest::RequireMask(const Message& request) const {
  if (update_mask_ == nullptr) return;
  const Message& mask = request.GetReflection()->GetMessage(request, update_mask_);
  if (dynamic_cast<const FieldMask&>(mask).paths().empty()) {
    throw CLI::RequiredError("a field to change");
  }
}

void MethodRequest::CheckForSeveral() const {
  for (const Argument& argument : arguments_) {
    const std::string& name = argument.field->name();
    if (argument.option->count() > 0 && (name == "etag" || name == "request_id")) {
      throw CLI::ValidationError(argument.option->get_name(), "is for one alone");
    }
  }
}

void MethodRequest::AddField(CLI::App& app, const FieldDescriptor& field) {
  if (&field == body_) return AddBody(app);
  if (&field == update_mask_ || field.name() == "page_token") return;
  if (field.name() == "name") return AddName(app, field, "NAME", pattern_);
  if (field.name() == "parent") return AddName(app, field, "PARENT", ParentPattern(pattern_));
  if (field.name() == "validate_only") {
    return AddArgument(app, "--validate-only,--dry-run", field);
  }
  if (field.name() == "include_total_size") return AddArgument(app, "--total", field);
  const bool is_new_id = body_ != nullptr && field.name() == body_->name() + "_id";
  AddArgument(app, is_new_id ? "--id" : FlagName(field), field);
}

void MethodRequest::AddBody(CLI::App& app) {
  const Descriptor& resource = *body_->message_type();
  for (int i = 0; i < resource.field_count(); ++i) {
    const FieldDescriptor& field = *resource.field(i);
    const v1::FieldRules& rules = RulesOf(field);
    const bool is_update = update_mask_ != nullptr;
    if (field.name() == "name") {
      if (is_update) AddName(app, field, "NAME", pattern_);
    } else if (!rules.output_only() && !(is_update && rules.immutable()) &&
               !(!is_update && field.name() == "etag")) {
      AddArgument(app, FlagName(field), field);
    }
  }
  // Several at a time only as JSON.
  if (body_->is_repeated()) AddArgument(app, FlagName(*body_), *body_);
}

bool MethodRequest::IsRequired(const FieldDescriptor& field) const {
  return RulesOf(field).required() && update_mask_ == nullptr &&
         !(body_ != nullptr && body_->is_repeated());
}

void MethodRequest::AddArgument(CLI::App& app, const std::string& flags,
                                const FieldDescriptor& field) {
  CLI::Option* option = AddFieldOption(app, flags, field, context_);
  const bool in_body = body_ != nullptr && field.containing_type() == body_->message_type();
  if (in_body && field.name() != "etag") option->group(kFieldFlags);
  if (IsRequired(field) && !several_) option->required();
  arguments_.push_back({option, &field, in_body});
}

// Where a parent may be `-`, none is needed.
void MethodRequest::AddName(CLI::App& app, const FieldDescriptor& field, const char* positional,
                            const std::string& pattern) {
  name_ = {AddFieldOption(app, positional, field, context_), &field, pattern};
  context_.completions[name_.option] = {{}, pattern};
  if (field.name() == "parent" && RulesOf(field).reference().empty()) {
    app.add_flag("--all", "Of every account; so it is without PARENT.")->excludes(name_.option);
  } else if (several_) {
    name_.option->expected(-1)->description("Those that are named.");
    name_.option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  } else {
    name_.option->required();
  }
}

Message* MethodRequest::Body(Message& request) const {
  const auto& reflection = *request.GetReflection();
  if (!body_->is_repeated()) return reflection.MutableMessage(&request, body_);
  if (reflection.FieldSize(request, body_) == 0) reflection.AddMessage(&request, body_);
  return reflection.MutableRepeatedMessage(&request, body_, 0);
}

void MethodRequest::SetMask(Message& request) const {
  FieldMask mask;
  for (const Argument& argument : arguments_) {
    if (!argument.in_body || argument.option->count() == 0 || argument.field->name() == "etag") {
      continue;
    }
    AddPaths(*Body(request), *argument.field, argument.option->results(), mask);
  }
  request.GetReflection()->MutableMessage(&request, update_mask_)->CopyFrom(mask);
}

}  // namespace perennial::cli
