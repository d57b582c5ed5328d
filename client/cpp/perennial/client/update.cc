#include "perennial/client/update.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/util/message_differencer.h"
#include "perennial/v1/common.pb.h"
#include "perennial/v1/options.pb.h"

namespace perennial::client {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

namespace {

bool IsSingleMessage(const FieldDescriptor& field) {
  return !field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// Of which a part alone means nothing.
bool IsValue(const Descriptor& type) {
  return &type == v1::Money::descriptor() || &type == v1::Date::descriptor() ||
         absl::StartsWith(type.full_name(), "google.protobuf.");
}

// Callers cannot change it, or do not by a mask.
bool IsPassedOver(const FieldDescriptor& field) {
  const v1::FieldRules& rules = field.options().GetExtension(v1::rules);
  return rules.output_only() || rules.immutable() || field.name() == "name" ||
         field.name() == "etag";
}

bool IsSame(const FieldDescriptor& field, const Message& before, const Message& after) {
  MessageDifferencer differencer;
  return differencer.CompareWithFields(before, after, {&field}, {&field});
}

bool HasTextKeys(const FieldDescriptor& field) {
  return field.is_map() && field.message_type()->map_key()->type() == FieldDescriptor::TYPE_STRING;
}

using Entries = std::map<std::string, const Message*>;

Entries EntriesOf(const Message& message, const FieldDescriptor& map) {
  Entries entries;
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < reflection.FieldSize(message, &map); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, &map, i);
    entries[entry.GetReflection()->GetString(entry, map.message_type()->map_key())] = &entry;
  }
  return entries;
}

// The keys that differ; none where one cannot stand in a path.
std::vector<std::string> ChangedKeys(const FieldDescriptor& map, const Message& before,
                                     const Message& after) {
  const Entries old_ones = EntriesOf(before, map), new_ones = EntriesOf(after, map);
  std::vector<std::string> keys;
  for (const auto& [key, entry] : old_ones) {
    const auto found = new_ones.find(key);
    if (found != new_ones.end() && MessageDifferencer::Equals(*entry, *found->second)) continue;
    keys.push_back(key);
  }
  for (const auto& [key, entry] : new_ones) {
    if (old_ones.count(key) == 0) keys.push_back(key);
  }
  for (const std::string& key : keys) {
    if (key.empty() || absl::StrContains(key, '.')) return {};
  }
  return keys;
}

void AddPaths(const Message& before, const Message& after, const std::string& prefix,
              FieldMask& mask) {
  const Descriptor& type = *before.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (IsPassedOver(field) || IsSame(field, before, after)) continue;
    const std::string path = absl::StrCat(prefix, field.name());
    if (HasTextKeys(field)) {
      const std::vector<std::string> keys = ChangedKeys(field, before, after);
      for (const std::string& key : keys) mask.add_paths(absl::StrCat(path, ".", key));
      if (!keys.empty()) continue;
    } else if (IsSingleMessage(field) && !IsValue(*field.message_type())) {
      const auto& of_before = *before.GetReflection();
      const auto& of_after = *after.GetReflection();
      if (of_before.HasField(before, &field) && of_after.HasField(after, &field)) {
        AddPaths(of_before.GetMessage(before, &field), of_after.GetMessage(after, &field),
                 absl::StrCat(path, "."), mask);
        continue;
      }
    }
    mask.add_paths(path);
  }
}

}  // namespace

FieldMask ChangedPaths(const Message& before, const Message& after) {
  FieldMask mask;
  AddPaths(before, after, "", mask);
  return mask;
}

}  // namespace perennial::client
