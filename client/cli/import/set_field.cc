#include "client/cli/import/set_field.h"

#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/field_text.h"
#include "client/cli/import/imported_fields.h"
#include "lib/api/rules.h"
#include "lib/api/text.h"
#include "lib/base/money.h"
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
  for (int i = 0; i < message.field_count(); ++i) {
    if (IsImported(*message.field(i))) names.push_back(message.field(i)->name());
  }
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

bool FieldTarget::IsSet(const Message& message) const {
  const FieldDescriptor& first = field();
  if (fields_.size() > 1 || first.is_repeated()) return true;
  return message.GetReflection()->HasField(message, &first);
}

bool FieldTarget::is_reference() const { return !RulesOf(*fields_.back()).reference().empty(); }

bool FieldTarget::is_money() const { return IsOfType(*fields_.back(), v1::Money::descriptor()); }

namespace {

// What tells the elements of a repeated field apart.
std::string ElementKey(const FieldDescriptor& field, const Message& message, int index) {
  const Reflection& reflection = *message.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    return reflection.GetRepeatedString(message, &field, index);
  }
  return absl::StrCat(reflection.GetRepeatedEnumValue(message, &field, index));
}

void AddElement(const FieldDescriptor& field, const Message& from, int index, Message& to) {
  const Reflection& reflection = *to.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.AddString(&to, &field, reflection.GetRepeatedString(from, &field, index));
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.AddEnumValue(&to, &field,
                                     reflection.GetRepeatedEnumValue(from, &field, index));
    default:
      return;  // resources have no other lists that a text can set
  }
}

void SetLabel(const std::string& key, const std::string& text, const FieldDescriptor& labels,
              Message& message) {
  Message& entry = *message.GetReflection()->AddMessage(&message, &labels);
  const Reflection& reflection = *entry.GetReflection();
  reflection.SetString(&entry, labels.message_type()->map_key(), key);
  reflection.SetString(&entry, labels.message_type()->map_value(), text);
}

}  // namespace

bool FieldTarget::is_number() const {
  const FieldDescriptor& field = *fields_.back();
  return !field.is_repeated() &&
         (is_money() || field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
          field.cpp_type() == FieldDescriptor::CPPTYPE_INT64);
}

Message& FieldTarget::ParentIn(Message& message) const {
  Message* parent = &message;
  for (size_t i = 0; i + 1 < fields_.size(); ++i) {
    parent = parent->GetReflection()->MutableMessage(parent, fields_[i]);
  }
  return *parent;
}

const Message& FieldTarget::ParentIn(const Message& message) const {
  const Message* parent = &message;
  for (size_t i = 0; i + 1 < fields_.size(); ++i) {
    parent = &parent->GetReflection()->GetMessage(*parent, fields_[i]);
  }
  return *parent;
}

absl::Status FieldTarget::Add(const Message& other_message, Message& message) const {
  const FieldDescriptor& field = *fields_.back();
  const Message& other = ParentIn(other_message);
  Message& parent = ParentIn(message);
  const Reflection& reflection = *parent.GetReflection();
  if (!reflection.HasField(other, &field)) return absl::OkStatus();
  const auto out_of_bounds = [this] {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": the sum is out of bounds"));
  };
  if (is_money()) {
    auto& sum = static_cast<v1::Money&>(*reflection.MutableMessage(&parent, &field));
    const absl::StatusOr<v1::Money> added =
        perennial::Add(sum, static_cast<const v1::Money&>(reflection.GetMessage(other, &field)));
    if (!added.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(path_, ": ", added.status().message()));
    }
    sum = *added;
    return absl::OkStatus();
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    int32_t sum = 0;
    if (__builtin_add_overflow(reflection.GetInt32(parent, &field),
                               reflection.GetInt32(other, &field), &sum)) {
      return out_of_bounds();
    }
    reflection.SetInt32(&parent, &field, sum);
    return absl::OkStatus();
  }
  int64_t sum = 0;
  if (__builtin_add_overflow(reflection.GetInt64(parent, &field),
                             reflection.GetInt64(other, &field), &sum)) {
    return out_of_bounds();
  }
  reflection.SetInt64(&parent, &field, sum);
  return absl::OkStatus();
}

void FieldTarget::AddMissing(const Message& other_message, Message& message) const {
  const FieldDescriptor& field = *fields_.back();
  const Message& other = ParentIn(other_message);
  Message& parent = ParentIn(message);
  const Reflection& reflection = *parent.GetReflection();
  const auto texts = [&field, &reflection](const Message& m) {
    std::set<std::string> there;
    for (int i = 0; i < reflection.FieldSize(m, &field); ++i) there.insert(ElementKey(field, m, i));
    return there;
  };
  std::set<std::string> there = texts(parent);
  for (int i = 0; i < reflection.FieldSize(other, &field); ++i) {
    if (there.insert(ElementKey(field, other, i)).second) AddElement(field, other, i, parent);
  }
}

absl::Status FieldTarget::Set(const std::string& text, Message& message) const {
  if (!CountCharacters(text).has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": expected UTF-8 without control characters"));
  }
  Message& parent = ParentIn(message);
  const FieldDescriptor& field = *fields_.back();
  if (!key_.empty()) {
    SetLabel(key_, text, field, parent);
    return absl::OkStatus();
  }
  const bool is_text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  const std::string value(is_text ? text : absl::StripAsciiWhitespace(text));
  const absl::Status status = SetElement(field, value, parent);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat(path_, ": ", status.message(), ", not \"", value, "\""));
}

}  // namespace perennial::cli
