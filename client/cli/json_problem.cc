#include "client/cli/json_problem.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/field_text.h"
#include "lib/base/json.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::Struct;
using ::google::protobuf::Value;
using ::google::protobuf::util::JsonStringToMessage;

std::string NamesOf(const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return absl::StrJoin(names, ", ");
}

const FieldDescriptor* FindField(const Descriptor& type, const std::string& key) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->name() == key || type.field(i)->json_name() == key) return type.field(i);
  }
  return nullptr;
}

bool IsRight(const std::string& key, const Value& value, const Descriptor& type) {
  Struct object;
  (*object.mutable_fields())[key] = value;
  const std::unique_ptr<Message> parsed(
      MessageFactory::generated_factory()->GetPrototype(&type)->New());
  return JsonStringToMessage(ToJson(object), parsed.get()).ok();
}

std::string Wanted(const FieldDescriptor& field) {
  const std::vector<std::string> choices = Choices(field);
  return choices.empty() ? TypeName(field) : absl::StrCat("one of ", absl::StrJoin(choices, ", "));
}

// Empty where nothing is found.
std::string ProblemIn(const Value& value, const Descriptor& type) {
  for (const Value& element : value.list_value().values()) {
    std::string problem = ProblemIn(element, type);
    if (!problem.empty()) return problem;
  }
  if (value.has_list_value()) return "";
  if (!value.has_struct_value()) {
    return absl::StrCat("an object {...} with any of ", NamesOf(type));
  }
  const auto& fields = value.struct_value().fields();
  for (const auto& [key, inner] : std::map<std::string, Value>(fields.begin(), fields.end())) {
    const FieldDescriptor* field = FindField(type, key);
    if (field == nullptr) {
      return absl::StrCat("there is no field \"", key, "\", there are ", NamesOf(type));
    }
    if (IsRight(key, inner, type)) continue;
    std::string problem;
    if (field->message_type() != nullptr && !field->is_map()) {
      problem = ProblemIn(inner, *field->message_type());
    }
    return problem.empty() ? absl::StrCat("\"", key, "\" must be ", Wanted(*field)) : problem;
  }
  return "";
}

}  // namespace

std::string JsonProblem(absl::string_view json, const Descriptor& type) {
  Value value;
  std::string problem;
  if (JsonStringToMessage(std::string(json), &value).ok()) problem = ProblemIn(value, type);
  if (problem.empty()) {
    problem = absl::StrCat("an object {\"", type.field(0)->name(), "\": ...} with any of ",
                           NamesOf(type), ", or several in brackets, and all texts in \"quotes\"");
  }
  return absl::StrCat("expected JSON: ", problem);
}

}  // namespace perennial::cli
