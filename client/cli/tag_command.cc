#include "client/cli/tag_command.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/bulk_command.h"
#include "client/cli/field_option.h"
#include "client/cli/method_command.h"
#include "client/cli/resources.h"
#include "client/cli/sheet.h"
#include "google/protobuf/field_mask.pb.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::FieldMask;
using ::google::protobuf::Message;
using ::google::protobuf::MethodDescriptor;

// tier=gold sets a label; tier= and tier- take it off.
struct Label {
  std::string key;
  std::string value;
};

bool IsLabel(const std::string& word) {
  // Names have a slash before any = in them, and no id ends in -.
  const size_t equals = word.find('=');
  if (equals != std::string::npos) return word.find('/') > equals;
  return absl::EndsWith(word, "-") && !absl::StrContains(word, '/');
}

Label ParseLabel(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos) return {word.substr(0, word.size() - 1), ""};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

struct Tag {
  Tag(const Descriptor& resource_type, const MethodDescriptor& update_method)
      : resource(resource_type), method(update_method), selection(resource_type, "") {}

  const Descriptor& resource;
  const MethodDescriptor& method;
  BulkSelection selection;
  std::vector<std::string> words;
  std::string reason;
  bool dry_run = false;
};

std::vector<std::string> NamesAmong(const Tag& tag) {
  std::vector<std::string> names;
  for (const std::string& word : tag.words) {
    if (!IsLabel(word)) names.push_back(word);
  }
  return WholeNames(names, PatternOf(tag.resource));
}

// The update that goes for each. Throws where there is no label.
std::shared_ptr<const Message> MakeUpdate(const Tag& tag) {
  std::unique_ptr<Message> request = NewMessage(*tag.method.input_type());
  const auto& reflection = *request->GetReflection();
  const auto& type = *request->GetDescriptor();
  Message& body = *reflection.MutableMessage(request.get(), FindBody(type));
  auto& mask = dynamic_cast<FieldMask&>(
      *reflection.MutableMessage(request.get(), type.FindFieldByName("update_mask")));
  for (const std::string& word : tag.words) {
    if (!IsLabel(word)) continue;
    const Label label = ParseLabel(word);
    const SheetColumn column = FindSheetColumn(tag.resource, absl::StrCat("labels.", label.key));
    const absl::Status status = column.key.empty()
                                    ? absl::InvalidArgumentError("expected KEY=VALUE or KEY-")
                                    : SetCell(column, label.value, body, mask);
    if (!status.ok()) throw CLI::ValidationError(word, std::string(status.message()));
  }
  if (mask.paths().empty()) throw CLI::RequiredError("KEY=VALUE or KEY-");
  SetText(*request, "reason", tag.reason);
  reflection.SetBool(request.get(), type.FindFieldByName("validate_only"), tag.dry_run);
  return request;
}

absl::StatusOr<ExitCode> RunTag(const Tag& tag, const Message& update,
                                const std::vector<std::string>& names, CliContext& context) {
  if (!names.empty()) return RunForNames(context, tag.method, tag.resource, update, names);
  if (tag.selection.has_filter()) {
    ASSIGN_OR_RETURN(const std::vector<ResourcePtr> matches, tag.selection.FindMatches(context));
    return RunForAll(context, tag.method, update, matches);
  }
  return RunForFile(context, tag.method, tag.resource, update, tag.selection);
}

}  // namespace

void AddTagCommand(CLI::App& app, const Descriptor& resource, CliContext& context) {
  const FieldDescriptor* labels = resource.FindFieldByName("labels");
  const MethodDescriptor* method = FindUpdateMethod(resource);
  if (labels == nullptr || method == nullptr || FindListMethod(resource) == nullptr) return;
  CLI::App* command = AddCommand(
      app, "tag",
      "Sets labels, or takes them off, of those that are named, match a filter or stand in a file; "
      "their other labels stay.",
      "--filter='labels.tier = \"silver\"' tier=gold trial- --dry-run");
  const auto tag = std::make_shared<Tag>(resource, *method);
  auto* words = command->add_option("NAME", tag->words,
                                    "What to tag, and KEY=VALUE to set, KEY= or KEY- to take off.");
  words->type_name("... KEY=VALUE ...");
  context.completions[words] = {{}, std::string(PatternOf(resource))};
  tag->selection.AddTo(*command);
  command->add_flag("--validate-only,--dry-run", tag->dry_run,
                    "Check everything and write nothing.");
  command->add_option("--reason", tag->reason, "Why, for the history.");
  command->callback([tag, &context] {
    const std::vector<std::string> names = NamesAmong(*tag);
    tag->selection.Check(names);
    const std::shared_ptr<const Message> update = MakeUpdate(*tag);
    context.command = [tag, update, names, &context] {
      return RunTag(*tag, *update, names, context);
    };
  });
}

}  // namespace perennial::cli
