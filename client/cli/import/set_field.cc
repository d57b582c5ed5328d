#include "client/cli/import/set_field.h"

#include <google/protobuf/timestamp.pb.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/field_text.h"
#include "lib/api/text.h"
#include "perennial/v1/common.pb.h"

namespace perennial::cli {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {

bool IsOfType(const FieldDescriptor& field, const Descriptor* type) {
  return field.message_type() == type;
}

bool IsLabels(const FieldDescriptor& field) {
  return field.is_map() &&
         field.message_type()->map_value()->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
}

// Those that a text stands for as a whole.
bool IsValueMessage(const FieldDescriptor& field) {
  return IsOfType(field, v1::Date::descriptor()) || IsOfType(field, v1::Money::descriptor()) ||
         IsOfType(field, google::protobuf::Timestamp::descriptor());
}

std::string FieldsOf(const Descriptor& message) {
  std::vector<std::string> names;
  for (int i = 0; i < message.field_count(); ++i) names.push_back(message.field(i)->name());
  return absl::StrJoin(names, ", ");
}

}  // namespace

absl::StatusOr<FieldTarget> FieldTarget::Find(const Descriptor& message, absl::string_view path) {
  FieldTarget target;
  target.path_ = std::string(path);
  const Descriptor* level = &message;
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(path, '.'))) {
    if (level == nullptr && target.key_.empty() && IsLabels(*target.fields_.back())) {
      target.key_ = part;
      continue;
    }
    if (level == nullptr) return absl::InvalidArgumentError(absl::StrCat(path, " goes too deep"));
    const FieldDescriptor* field = level->FindFieldByName(part);
    if (field == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(level->name(), " has no field \"", part, "\"; it has ", FieldsOf(*level)));
    }
    target.fields_.push_back(field);
    const bool opens =
        field->message_type() != nullptr && !field->is_repeated() && !IsValueMessage(*field);
    level = opens ? field->message_type() : nullptr;
  }
  const FieldDescriptor& last = *target.fields_.back();
  if (IsLabels(last) ? target.key_.empty()
                     : last.message_type() != nullptr && !IsValueMessage(last)) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, IsLabels(last) ? " needs a key: labels.key" : " is made of several fields"));
  }
  return target;
}

bool FieldTarget::is_repeated() const {
  return fields_.back()->is_repeated() && !fields_.back()->is_map();
}

bool FieldTarget::is_money() const { return IsOfType(*fields_.back(), v1::Money::descriptor()); }

namespace {

void SetLabel(const std::string& key, const std::string& text, const FieldDescriptor& labels,
              Message& message) {
  Message& entry = *message.GetReflection()->AddMessage(&message, &labels);
  const Reflection& reflection = *entry.GetReflection();
  reflection.SetString(&entry, labels.message_type()->map_key(), key);
  reflection.SetString(&entry, labels.message_type()->map_value(), text);
}

}  // namespace

absl::Status FieldTarget::Set(const std::string& text, Message& message) const {
  if (!CountCharacters(text).has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": expected UTF-8 without control characters"));
  }
  Message* parent = &message;
  for (size_t i = 0; i + 1 < fields_.size(); ++i) {
    parent = parent->GetReflection()->MutableMessage(parent, fields_[i]);
  }
  const FieldDescriptor& field = *fields_.back();
  if (!key_.empty()) {
    SetLabel(key_, text, field, *parent);
    return absl::OkStatus();
  }
  const bool is_text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  const std::string value(is_text ? text : absl::StripAsciiWhitespace(text));
  const absl::Status status = SetElement(field, value, *parent);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat(path_, ": ", status.message(), ", not \"", value, "\""));
}

}  // namespace perennial::cli
