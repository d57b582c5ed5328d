#include "client/cli/field_option.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/cli/comments.h"
#include "client/cli/field_text.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;

// Fields that many requests have and that the protos explain once for all of them.
constexpr std::pair<absl::string_view, absl::string_view> kCommonFields[] = {
    {"name", "Its name."},
    {"etag", "Refuse if it changed since this etag was read."},
    {"request_id", "Repeating the command with the same id does it once. Made up where not given."},
    {"validate_only", "Check everything and write nothing."},
    {"filter", "Such as 'owner = \"jane\" AND NOT labels.tier = \"gold\"'."},
};

std::string Describe(const FieldDescriptor& field) {
  std::vector<std::string> parts;
  if (const std::string comment = CommentOf(field); !comment.empty()) {
    parts.push_back(comment);
  } else {
    for (const auto& [name, description] : kCommonFields) {
      if (field.name() == name) parts.emplace_back(description);
    }
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    parts.push_back(absl::StrCat(field.is_repeated() ? "Any of " : "One of ",
                                 absl::StrJoin(Choices(field), ", "), "."));
  } else if (field.is_map() && IsResource(*field.containing_type())) {
    parts.emplace_back("An update keeps the keys that it does not name; KEY- takes one off.");
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL &&
             IsResource(*field.containing_type())) {
    parts.push_back(absl::StrCat("Taken back by ", FlagName(field), "=false."));
  }
  return absl::StrJoin(parts, " ");
}

Completion CompletionOf(const FieldDescriptor& field) {
  const auto* reference = ResourceByType(RulesOf(field).reference());
  return {Choices(field), reference != nullptr ? std::string(PatternOf(*reference)) : ""};
}

// What is wrong with a text, or nothing.
std::string Check(const FieldDescriptor& field, const std::string& text) {
  const std::unique_ptr<Message> scratch(
      MessageFactory::generated_factory()->GetPrototype(field.containing_type())->New());
  return std::string(SetField(field, text, *scratch).message());
}

}  // namespace

std::string FlagName(const FieldDescriptor& field) {
  return absl::StrCat("--", absl::StrReplaceAll(field.name(), {{"_", "-"}}));
}

CLI::Option* AddFieldOption(CLI::App& app, const std::string& names, const FieldDescriptor& field,
                            CliContext& context) {
  const std::string description = Describe(field);  // CLI11 writes to one that is not const
  CLI::Option* option;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    option = app.add_flag(names, description);
  } else {
    // The text is kept as it is: `results()` has it.
    option = app.add_option(names, CLI::callback_t([](const CLI::results_t&) { return true; }),
                            description);
    option->type_name(TypeName(field));
    if (field.is_repeated()) option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  option->check([&field](const std::string& text) { return Check(field, text); });
  context.completions[option] = CompletionOf(field);
  return option;
}

void SetFromOption(const CLI::Option& option, const FieldDescriptor& field, Message& message) {
  for (const std::string& text : option.results()) {
    // It was checked as it was parsed.
    SetField(field, text, message).IgnoreError();
  }
}

}  // namespace perennial::cli
