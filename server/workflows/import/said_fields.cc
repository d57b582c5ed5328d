#include "server/workflows/import/said_fields.h"

#include <google/protobuf/timestamp.pb.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "lib/base/fingerprint.h"
#include "lib/base/money.h"
#include "lib/base/serialize.h"

namespace perennial {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {

const Message& MessageAt(const Message& parent, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *parent.GetReflection();
  return index < 0 ? reflection.GetMessage(parent, &field)
                   : reflection.GetRepeatedMessage(parent, &field, index);
}

// A value as a text that tells it from any other: of the field, or of its element.
std::string Canonical(const Message& parent, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *parent.GetReflection();
  const auto text = [&](auto of_field, auto of_element) {
    return absl::StrCat(index < 0 ? (reflection.*of_field)(parent, &field)
                                  : (reflection.*of_element)(parent, &field, index));
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return text(&Reflection::GetString, &Reflection::GetRepeatedString);
    case FieldDescriptor::CPPTYPE_ENUM:
      return text(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue);
    case FieldDescriptor::CPPTYPE_BOOL:
      return text(&Reflection::GetBool, &Reflection::GetRepeatedBool);
    case FieldDescriptor::CPPTYPE_INT32:
      return text(&Reflection::GetInt32, &Reflection::GetRepeatedInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return text(&Reflection::GetInt64, &Reflection::GetRepeatedInt64);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return text(&Reflection::GetDouble, &Reflection::GetRepeatedDouble);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SerializeDeterministic(MessageAt(parent, field, index));
    default:
      return "";
  }
}

std::string ForPeople(const Message& parent, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *parent.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return index < 0 ? reflection.GetEnum(parent, &field)->name()
                     : reflection.GetRepeatedEnum(parent, &field, index)->name();
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    return reflection.GetBool(parent, &field) ? "true" : "false";
  }
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return Canonical(parent, field, index);
  const Message& value = MessageAt(parent, field, index);
  if (field.message_type() == v1::Date::descriptor()) {
    return FormatDate(static_cast<const v1::Date&>(value));
  }
  if (field.message_type() == v1::Money::descriptor()) {
    return FormatMoney(static_cast<const v1::Money&>(value));
  }
  if (field.message_type() == google::protobuf::Timestamp::descriptor()) {
    return FormatUtc(ToTime(static_cast<const google::protobuf::Timestamp&>(value)));
  }
  std::vector<const FieldDescriptor*> set;
  value.GetReflection()->ListFields(value, &set);
  std::vector<std::string> parts;
  for (const FieldDescriptor* part : set) {
    // When it was written down, and what is to be told from the rest, says nothing to people.
    if (part->is_repeated() || part->cpp_type() == FieldDescriptor::CPPTYPE_BOOL ||
        part->message_type() == google::protobuf::Timestamp::descriptor()) {
      continue;
    }
    parts.push_back(absl::StrCat(part->name(), " ", ForPeople(value, *part, -1)));
  }
  return absl::StrJoin(parts, ", ");
}

std::string PathOf(const FieldDescriptor& field, const std::string& key) {
  return field.is_map() ? absl::StrCat(field.name(), ".", key) : field.name();
}

std::string KeyAt(const Message& resource, const FieldDescriptor& map, int index) {
  const Message& entry = MessageAt(resource, map, index);
  return entry.GetReflection()->GetString(entry, map.message_type()->map_key());
}

bool IsSaid(const FieldDescriptor& field) {
  return field.name() != "name" && field.name() != "etag";
}

absl::StatusOr<SaidField> FindField(const Message& resource, const std::string& path) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor* field = resource.GetDescriptor()->FindFieldByName(parts.first);
  if (field == nullptr || !IsSaid(*field) || field->is_map() == parts.second.empty()) {
    return InvalidField("empty_fields",
                        absl::StrCat("must be fields of ", resource.GetDescriptor()->name(),
                                     ", or entries of its maps, which \"", path, "\" is not"));
  }
  return SaidField(*field, parts.second);
}

}  // namespace

SaidField::SaidField(const FieldDescriptor& field, std::string key)
    : field_(field), key_(std::move(key)), path_(PathOf(field, key_)) {}

int SaidField::FindEntry(const Message& resource) const {
  const int size = resource.GetReflection()->FieldSize(resource, &field_);
  for (int i = 0; i < size; ++i) {
    if (KeyAt(resource, field_, i) == key_) return i;
  }
  return -1;
}

ValueHashes SaidField::In(const Message& resource) const {
  const Reflection& reflection = *resource.GetReflection();
  ValueHashes values;
  if (field_.is_map()) {
    const int entry = FindEntry(resource);
    if (entry >= 0) values.push_back(Fingerprint(Canonical(resource, field_, entry)));
  } else if (field_.is_repeated()) {
    for (int i = 0; i < reflection.FieldSize(resource, &field_); ++i) {
      values.push_back(Fingerprint(Canonical(resource, field_, i)));
    }
  } else if (reflection.HasField(resource, &field_)) {
    values.push_back(Fingerprint(Canonical(resource, field_, -1)));
  }
  return values;
}

bool SaidField::IsUnknownIn(const Message& resource) const {
  return field_.cpp_type() == FieldDescriptor::CPPTYPE_ENUM && !field_.is_repeated() &&
         resource.GetReflection()->GetEnum(resource, &field_)->name() == "UNKNOWN";
}

std::string SaidField::TextIn(const Message& resource) const {
  const Reflection& reflection = *resource.GetReflection();
  if (field_.is_map()) {
    const int index = FindEntry(resource);
    if (index < 0) return "";
    const Message& entry = MessageAt(resource, field_, index);
    return ForPeople(entry, *field_.message_type()->map_value(), -1);
  }
  if (!field_.is_repeated()) {
    return reflection.HasField(resource, &field_) ? ForPeople(resource, field_, -1) : "";
  }
  std::vector<std::string> elements;
  for (int i = 0; i < reflection.FieldSize(resource, &field_); ++i) {
    elements.push_back(ForPeople(resource, field_, i));
  }
  return absl::StrJoin(elements, ", ");
}

void SaidField::Copy(const Message& from, Message& to) const {
  if (field_.is_map()) {
    const int old = FindEntry(to);
    if (old >= 0) RemoveElement(old, to);
    const int entry = FindEntry(from);
    if (entry >= 0) AddElement(from, entry, to);
    return;
  }
  const std::unique_ptr<Message> copy(from.New());
  copy->CopyFrom(from);
  to.GetReflection()->SwapFields(&to, copy.get(), {&field_});
}

void SaidField::AddElement(const Message& from, int index, Message& to) const {
  const Reflection& reflection = *to.GetReflection();
  switch (field_.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.AddString(&to, &field_, reflection.GetRepeatedString(from, &field_, index));
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.AddEnumValue(&to, &field_,
                                     reflection.GetRepeatedEnumValue(from, &field_, index));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return reflection.AddMessage(&to, &field_)->CopyFrom(MessageAt(from, field_, index));
    default:
      return;  // there are no lists of numbers
  }
}

void SaidField::RemoveElement(int index, Message& to) const {
  const Reflection& reflection = *to.GetReflection();
  for (int i = index + 1; i < reflection.FieldSize(to, &field_); ++i) {
    reflection.SwapElements(&to, &field_, i - 1, i);
  }
  reflection.RemoveLast(&to, &field_);
}

int SaidField::FindElement(const Message& from, int index, const Message& to) const {
  const FieldDescriptor* id =
      field_.message_type() == nullptr ? nullptr : field_.message_type()->FindFieldByName("id");
  if (id == nullptr) return -1;
  const auto id_at = [&](const Message& resource, int element) {
    return Canonical(MessageAt(resource, field_, element), *id, -1);
  };
  for (int i = 0; i < to.GetReflection()->FieldSize(to, &field_); ++i) {
    if (id_at(to, i) == id_at(from, index)) return i;
  }
  return -1;
}

std::string SaidField::ElementText(const Message& resource, int index) const {
  return ForPeople(resource, field_, index);
}

absl::StatusOr<std::vector<SaidField>> SaidFields(const Message& resource,
                                                  const v1::ImportRow& row) {
  std::vector<const FieldDescriptor*> set;
  resource.GetReflection()->ListFields(resource, &set);
  std::vector<SaidField> fields;
  for (const FieldDescriptor* field : set) {
    if (!IsSaid(*field)) continue;
    if (!field->is_map()) {
      fields.emplace_back(*field, "");
      continue;
    }
    for (int i = 0; i < resource.GetReflection()->FieldSize(resource, field); ++i) {
      fields.emplace_back(*field, KeyAt(resource, *field, i));
    }
  }
  for (const std::string& path : row.empty_fields()) {
    absl::StatusOr<SaidField> field = FindField(resource, path);
    if (!field.ok()) return field.status();
    if (field->In(resource).empty()) fields.push_back(*std::move(field));
  }
  return fields;
}

}  // namespace perennial
