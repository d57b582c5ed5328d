#include "lib/api/field_mask.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/api/errors.h"
#include "lib/api/rules.h"
#include "lib/base/status.h"

namespace perennial {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::MessageDifferencer;

constexpr char kEverything[] = "*";

using Fields = std::vector<const FieldDescriptor*>;

// A path of a mask, resolved: the fields on the way, of which the last one
// changes, or one entry of it where that is a map.
struct Target {
  Fields fields;
  std::optional<std::string> key;
};

absl::Status InvalidMask(absl::string_view path, absl::string_view description) {
  return InvalidFields({{"update_mask", absl::StrCat(path, " ", description)}},
                       v1::INVALID_UPDATE_MASK);
}

bool IsOutputOnly(const FieldDescriptor& field) { return RulesOf(field).output_only(); }

// Who is meant, which a mask may name like anything that is sent.
bool SaysWhich(const FieldDescriptor& field) {
  return field.name() == "name" || field.name() == "etag";
}

// Of the fields of a resource: what the server alone sets.
bool IsProtected(const FieldDescriptor& field) { return IsOutputOnly(field) || SaysWhich(field); }

bool IsSingleMessage(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_repeated();
}

bool HasTextKeys(const FieldDescriptor& field) {
  return field.is_map() && field.message_type()->map_key()->type() == FieldDescriptor::TYPE_STRING;
}

absl::StatusOr<Target> ResolvePath(const std::string& path, const Descriptor& resource) {
  Target target;
  const Descriptor* level = &resource;
  for (const absl::string_view part : absl::StrSplit(path, '.')) {
    if (target.key.has_value()) return InvalidMask(path, "goes behind the key of a map");
    if (level == nullptr && HasTextKeys(*target.fields.back())) {
      target.key = std::string(part);
      continue;
    }
    const FieldDescriptor* field =
        level == nullptr ? nullptr : level->FindFieldByName(std::string(part));
    if (field == nullptr) return InvalidMask(path, "is not a field");
    target.fields.push_back(field);
    level = IsSingleMessage(*field) ? field->message_type() : nullptr;
  }
  return target;
}

// Whoever names what an update does not change is to learn what does.
absl::Status CheckMayChange(absl::string_view path, const Target& target) {
  for (const FieldDescriptor* field : target.fields) {
    const v1::FieldRules& rules = RulesOf(*field);
    if (rules.immutable()) return InvalidMask(path, "can be given on create only");
    if (!rules.output_only()) continue;
    return InvalidMask(
        path, rules.changed_by().empty()
                  ? "is set by the server alone"
                  : absl::StrCat("is set by the server; it changes by ", rules.changed_by()));
  }
  return absl::OkStatus();
}

void CopyFields(const Message& from, const Fields& fields, Message& to) {
  const std::unique_ptr<Message> copy(from.New());
  copy->CopyFrom(from);
  to.GetReflection()->SwapFields(&to, copy.get(), fields);
}

bool HasKey(const Message& entry, const std::string& key) {
  std::string scratch;
  return entry.GetReflection()->GetStringReference(entry, entry.GetDescriptor()->map_key(),
                                                   &scratch) == key;
}

// Also removes the entry where `from` has none.
void CopyEntry(const Message& from, const FieldDescriptor& map, const std::string& key,
               Message& to) {
  const Reflection& reflection = *to.GetReflection();
  for (int i = reflection.FieldSize(to, &map) - 1; i >= 0; --i) {
    if (!HasKey(reflection.GetRepeatedMessage(to, &map, i), key)) continue;
    reflection.SwapElements(&to, &map, i, reflection.FieldSize(to, &map) - 1);
    reflection.RemoveLast(&to, &map);
  }
  for (int i = 0; i < reflection.FieldSize(from, &map); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(from, &map, i);
    if (HasKey(entry, key)) reflection.AddMessage(&to, &map)->CopyFrom(entry);
  }
}

void CopyTarget(const Message& patch, const Target& target, Message& resource) {
  const Message* from = &patch;
  Message* to = &resource;
  for (size_t i = 0; i + 1 < target.fields.size(); ++i) {
    const FieldDescriptor* field = target.fields[i];
    const Reflection& reflection = *to->GetReflection();
    // Nothing on either side: not to become an empty message.
    if (!reflection.HasField(*from, field) && !reflection.HasField(*to, field)) return;
    from = &reflection.GetMessage(*from, field);
    to = reflection.MutableMessage(to, field);
  }
  if (target.key.has_value()) {
    CopyEntry(*from, *target.fields.back(), *target.key, *to);
  } else {
    CopyFields(*from, {target.fields.back()}, *to);
  }
}

Fields AllFields(const Descriptor& resource) {
  Fields fields;
  for (int i = 0; i < resource.field_count(); ++i) fields.push_back(resource.field(i));
  return fields;
}

Fields SetFields(const Message& resource) {
  Fields fields;
  resource.GetReflection()->ListFields(resource, &fields);
  return fields;
}

Fields WithoutProtected(Fields fields) {
  const auto is_protected = [](const FieldDescriptor* field) { return IsProtected(*field); };
  fields.erase(std::remove_if(fields.begin(), fields.end(), is_protected), fields.end());
  return fields;
}

absl::Status CheckEtag(const Message& patch) {
  const FieldDescriptor* etag = patch.GetDescriptor()->FindFieldByName("etag");
  if (etag != nullptr && patch.GetReflection()->HasField(patch, etag)) return absl::OkStatus();
  return InvalidField("etag", "must be set where the update mask is *");
}

absl::Status ApplyPaths(const FieldMask& mask, const Message& patch, Message& resource) {
  for (const std::string& path : mask.paths()) {
    if (path == kEverything) return InvalidMask(path, "must be alone");
    ASSIGN_OR_RETURN(const Target target, ResolvePath(path, *patch.GetDescriptor()));
    if (SaysWhich(*target.fields.front())) continue;
    RETURN_IF_ERROR(CheckMayChange(path, target));
    CopyTarget(patch, target, resource);
  }
  return absl::OkStatus();
}

absl::Status CheckImmutable(const Message& before, const Message& after) {
  for (const FieldDescriptor* field : AllFields(*before.GetDescriptor())) {
    if (RulesOf(*field).immutable() &&
        !MessageDifferencer().CompareWithFields(before, after, {field}, {field})) {
      return InvalidMask(field->name(), "can be given on create only");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ApplyMask(const FieldMask& mask, const Message& patch, Message& existing) {
  const std::unique_ptr<Message> updated(existing.New());
  updated->CopyFrom(existing);
  if (mask.paths().empty()) {
    CopyFields(patch, WithoutProtected(SetFields(patch)), *updated);
  } else if (mask.paths_size() == 1 && mask.paths(0) == kEverything) {
    RETURN_IF_ERROR(CheckEtag(patch));
    CopyFields(patch, WithoutProtected(AllFields(*patch.GetDescriptor())), *updated);
  } else {
    RETURN_IF_ERROR(ApplyPaths(mask, patch, *updated));
  }
  RETURN_IF_ERROR(CheckImmutable(existing, *updated));
  existing.GetReflection()->Swap(&existing, updated.get());
  return absl::OkStatus();
}

void ClearOutputOnly(Message& message) {
  const Reflection& reflection = *message.GetReflection();
  for (const FieldDescriptor* field : SetFields(message)) {
    if (IsOutputOnly(*field)) {
      reflection.ClearField(&message, field);
    } else if (IsSingleMessage(*field)) {
      ClearOutputOnly(*reflection.MutableMessage(&message, field));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_map()) {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        ClearOutputOnly(*reflection.MutableRepeatedMessage(&message, field, i));
      }
    }
  }
}

void CopyOutputOnly(const Message& from, Message& to) {
  Fields fields;
  for (const FieldDescriptor* field : AllFields(*from.GetDescriptor())) {
    if (IsOutputOnly(*field) || field->name() == "name") fields.push_back(field);
  }
  CopyFields(from, fields, to);
}

}  // namespace perennial
