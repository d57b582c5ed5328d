#include "client/cli/method_command.h"

#include <cassert>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/comments.h"
#include "client/cli/field_option.h"
#include "client/cli/field_text.h"
#include "client/cli/list_command.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "lib/api/fields.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/api/search_text.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::DescriptorPool;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::FieldMask;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::MethodDescriptor;

constexpr char kFieldFlags[] = "Fields";

std::unique_ptr<Message> NewMessage(const Descriptor* type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(type)->New());
}

// "accounts/{account}/contacts/{contact}" -> "accounts/-/contacts/-"
std::string AllOf(const std::string& pattern) {
  std::vector<std::string> segments = absl::StrSplit(pattern, '/');
  for (std::string& segment : segments) {
    if (absl::StartsWith(segment, "{")) segment = "-";
  }
  return absl::StrJoin(segments, "/");
}

// The name that "acme" is short for: "accounts/acme".
std::string WholeName(const std::string& name, const std::string& pattern) {
  const std::vector<std::string> segments = absl::StrSplit(pattern, '/');
  const bool is_short = segments.size() == 2 && !absl::StrContains(name, '/');
  return is_short ? absl::StrCat(segments[0], "/", name) : name;
}

// The resource in the request: what is created or changed; null if there is none.
const FieldDescriptor* FindBody(const Descriptor& request) {
  for (int i = 0; i < request.field_count(); ++i) {
    const auto* type = request.field(i)->message_type();
    if (type != nullptr && IsResource(*type)) return request.field(i);
  }
  return nullptr;
}

class MethodCommand {
 public:
  MethodCommand(const MethodDescriptor& method, const CommandGroup& group,
                std::optional<absl::Duration> timeout, CliContext& context)
      : method_(method),
        request_type_(*method.input_type()),
        body_(FindBody(request_type_)),
        update_mask_(request_type_.FindFieldByName("update_mask")),
        filter_(request_type_.FindFieldByName("filter")),
        is_list_(request_type_.FindFieldByName("page_token") != nullptr),
        pattern_(group.resource != nullptr ? std::string(PatternOf(*group.resource)) : ""),
        timeout_(timeout),
        context_(context) {
    list_options_.columns = group.columns;
  }

  void AddTo(CLI::App& app) {
    for (int i = 0; i < request_type_.field_count(); ++i) AddField(app, *request_type_.field(i));
    if (!is_list_) return;
    AddListFlags(app, ItemType(method_), list_options_);
    if (filter_ == nullptr || FieldTable::Of(ItemType(method_)).Find("search") == nullptr) return;
    app.add_option("--search", search_,
                   "Only those whose texts have words that begin so, in whatever case and Unicode "
                   "form; the best matches first unless ordered otherwise.")
        ->check([](const std::string& text) { return CheckSearch(SearchWords(text)); });
  }

  // The request that the command line asks for. Throws if that cannot be one.
  std::unique_ptr<Message> MakeRequest() const {
    std::unique_ptr<Message> request = NewMessage(&request_type_);
    for (const Argument& argument : arguments_) {
      if (argument.option->count() == 0) continue;
      SetFromOption(*argument.option, *argument.field,
                    argument.in_body ? *Body(*request) : *request);
    }
    if (name_.option != nullptr && name_.option->count() > 0) {
      const std::string name = WholeName(name_.option->results()[0], name_.pattern);
      SetString(update_mask_ != nullptr ? *Body(*request) : *request, *name_.field, name);
    } else if (name_.option != nullptr) {
      SetString(*request, *name_.field, AllOf(name_.pattern));
    }
    if (update_mask_ != nullptr) SetMask(*request);
    if (!search_.empty()) AddSearch(*request);
    return request;
  }

  absl::StatusOr<ExitCode> Run(const Message& request) const {
    if (is_list_) return PrintList(context_, method_, request, list_options_);
    const std::unique_ptr<Message> response = NewMessage(method_.output_type());
    RETURN_IF_ERROR(context_.Call(method_, request, *response, timeout_));
    if (method_.output_type() == google::protobuf::Empty::descriptor() &&
        context_.format == Format::kTable) {
      context_.out << "done: " << name_.option->results()[0] << '\n';
    } else {
      PrintMessage(context_, *response);
    }
    const auto* validate_only = request_type_.FindFieldByName("validate_only");
    if (validate_only != nullptr && request.GetReflection()->GetBool(request, validate_only)) {
      context_.err << "nothing was written: this only checked\n";
    }
    return kOk;
  }

 private:
  struct Argument {
    CLI::Option* option;
    const FieldDescriptor* field;
    bool in_body;
  };
  struct NameArgument {
    CLI::Option* option = nullptr;
    const FieldDescriptor* field = nullptr;
    std::string pattern;
  };

  void AddField(CLI::App& app, const FieldDescriptor& field) {
    if (&field == body_) return AddBody(app);
    if (&field == update_mask_ || field.name() == "page_token") return;
    if (field.name() == "name") return AddName(app, field, "NAME", pattern_);
    if (field.name() == "parent") return AddName(app, field, "PARENT", ParentPattern(pattern_));
    if (field.name() == "validate_only")
      return AddArgument(app, "--validate-only,--dry-run", field);
    if (field.name() == "include_total_size") return AddArgument(app, "--total", field);
    const bool is_new_id = body_ != nullptr && field.name() == body_->name() + "_id";
    AddArgument(app, is_new_id ? "--id" : FlagName(field), field);
  }

  void AddBody(CLI::App& app) {
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

  void AddArgument(CLI::App& app, const std::string& flags, const FieldDescriptor& field) {
    CLI::Option* option = AddFieldOption(app, flags, field, context_);
    const bool in_body = body_ != nullptr && field.containing_type() == body_->message_type();
    if (in_body && field.name() != "etag") option->group(kFieldFlags);
    if (RulesOf(field).required() && update_mask_ == nullptr &&
        !(body_ != nullptr && body_->is_repeated())) {
      option->required();
    }
    arguments_.push_back({option, &field, in_body});
  }

  // Where a parent may be `-`, none is needed.
  void AddName(CLI::App& app, const FieldDescriptor& field, const char* positional,
               const std::string& pattern) {
    name_ = {AddFieldOption(app, positional, field, context_), &field, pattern};
    context_.completions[name_.option] = {{}, pattern};
    if (field.name() == "parent" && RulesOf(field).reference().empty()) {
      app.add_flag("--all", "Of every account; so it is without PARENT.")->excludes(name_.option);
    } else {
      name_.option->required();
    }
  }

  Message* Body(Message& request) const {
    const auto& reflection = *request.GetReflection();
    if (!body_->is_repeated()) return reflection.MutableMessage(&request, body_);
    if (reflection.FieldSize(request, body_) == 0) reflection.AddMessage(&request, body_);
    return reflection.MutableRepeatedMessage(&request, body_, 0);
  }

  static void SetString(Message& message, const FieldDescriptor& field, const std::string& text) {
    message.GetReflection()->SetString(&message, &field, text);
  }

  void AddSearch(Message& request) const {
    const std::string filter = request.GetReflection()->GetString(request, filter_);
    const std::string search = absl::StrCat(
        "search:\"", absl::StrReplaceAll(search_, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
    SetString(request, *filter_, filter.empty() ? search : absl::StrCat("(", filter, ") ", search));
  }

  // Names the fields that were given; of maps, the keys.
  void SetMask(Message& request) const {
    FieldMask mask;
    for (const Argument& argument : arguments_) {
      if (!argument.in_body || argument.option->count() == 0 || argument.field->name() == "etag") {
        continue;
      }
      AddPaths(*Body(request), argument, mask);
    }
    if (mask.paths().empty()) throw CLI::RequiredError("a field to change");
    request.GetReflection()->MutableMessage(&request, update_mask_)->CopyFrom(mask);
  }

  static void AddPaths(const Message& body, const Argument& argument, FieldMask& mask) {
    const FieldDescriptor& field = *argument.field;
    const int before = mask.paths_size();
    for (const std::string& text : argument.option->results()) {
      if (!field.is_map()) break;
      for (const std::string& key : RemovedKeys(text)) {
        mask.add_paths(absl::StrCat(field.name(), ".", key));
      }
    }
    const auto& reflection = *body.GetReflection();
    const int size = field.is_map() ? reflection.FieldSize(body, &field) : 0;
    if (size == 0 && mask.paths_size() == before) mask.add_paths(field.name());
    for (int i = 0; i < size; ++i) {
      const Message& entry = reflection.GetRepeatedMessage(body, &field, i);
      mask.add_paths(
          absl::StrCat(field.name(), ".",
                       entry.GetReflection()->GetString(entry, field.message_type()->map_key())));
    }
  }

  const MethodDescriptor& method_;
  const Descriptor& request_type_;
  const FieldDescriptor* const body_;
  const FieldDescriptor* const update_mask_;
  const FieldDescriptor* const filter_;
  const bool is_list_;
  const std::string pattern_;
  const std::optional<absl::Duration> timeout_;
  CliContext& context_;
  ListOptions list_options_;
  std::string search_;
  NameArgument name_;
  std::vector<Argument> arguments_;
};

std::string Describe(const MethodDescriptor& method) {
  // The protos leave out what the names of standard methods say.
  constexpr std::pair<absl::string_view, absl::string_view> kStandard[] = {
      {"List", "Lists those that match a filter. "},
      {"Get", "Shows one. "},
      {"Create", "Creates one. "},
      {"Update", "Changes the fields that are given. "},
      {"Delete", "Deletes one. "},
  };
  const std::string comment = CommentOf(method);
  for (const auto& [prefix, description] : kStandard) {
    if (absl::StartsWith(method.name(), prefix)) return absl::StrCat(description, comment);
  }
  return comment;
}

}  // namespace

const MethodDescriptor& FindMethod(absl::string_view name) {
  const auto* method =
      DescriptorPool::generated_pool()->FindMethodByName(absl::StrCat("perennial.v1.", name));
  assert(method != nullptr);
  return *method;
}

CLI::App* AddCommand(CLI::App& app, absl::string_view verb, const std::string& description,
                     absl::string_view example) {
  const std::vector<std::string> names = absl::StrSplit(verb, '|');
  CLI::App* command = app.add_subcommand(names[0], description);
  for (size_t i = 1; i < names.size(); ++i) command->alias(names[i]);
  const std::string group = app.get_parent() != nullptr ? app.get_name() + " " : "";
  command->footer(absl::StrCat("Example:\n  perennial ", group, names[0], " ", example));
  return command;
}

void AddMethodCommand(CLI::App& app, const CommandGroup& group, const MethodCommandSpec& spec,
                      CliContext& context) {
  const MethodDescriptor& method = FindMethod(spec.method);
  CLI::App* command_app = AddCommand(app, spec.verb, Describe(method), spec.example);
  const auto command = std::make_shared<MethodCommand>(method, group, spec.timeout, context);
  command->AddTo(*command_app);
  command_app->callback([command, &context] {
    const std::shared_ptr<const Message> request = command->MakeRequest();
    context.command = [command, request] { return command->Run(*request); };
  });
}

}  // namespace perennial::cli
