#include "client/cli/field_changes.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "client/cli/column.h"
#include "client/cli/field_text.h"
#include "google/protobuf/timestamp.pb.h"
#include "lib/api/rules.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;

// Of the field of the resource itself, within which the column may be.
bool IsPassedOver(const Column& column) {
  const FieldDescriptor& own = *column.fields.front();
  const v1::FieldRules& rules = RulesOf(own);
  if (own.name() == "etag" || rules.joined()) return true;
  if (!rules.output_only()) return false;
  const FieldDescriptor& field = column.field();
  const bool is_time = field.message_type() == google::protobuf::Timestamp::descriptor();
  return is_time || (field.is_repeated() && IsStructured(field));
}

std::map<std::string, std::string> Entries(const Message& message, const FieldDescriptor& field) {
  std::map<std::string, std::string> entries;
  const auto& type = *field.message_type();
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    const Message& entry = message.GetReflection()->GetRepeatedMessage(message, &field, i);
    entries[entry.GetReflection()->GetString(entry, type.map_key())] =
        entry.GetReflection()->GetString(entry, type.map_value());
  }
  return entries;
}

void AddMapChanges(const Message& before, const Message& after, const FieldDescriptor& field,
                   std::vector<FieldChange>& changes) {
  std::map<std::string, FieldChange> by_key;
  for (const auto& [key, value] : Entries(before, field)) by_key[key].before = value;
  for (const auto& [key, value] : Entries(after, field)) by_key[key].after = value;
  for (auto& [key, change] : by_key) {
    if (change.before == change.after) continue;
    change.path = absl::StrCat(field.name(), ".", key);
    changes.push_back(change);
  }
}

}  // namespace

std::vector<FieldChange> ChangesBetween(const Message& before, const Message& after,
                                        TextStyle style) {
  std::vector<FieldChange> set;
  std::vector<FieldChange> followed;
  for (const Column& column : InnerColumnsOf(*before.GetDescriptor())) {
    if (IsPassedOver(column)) continue;
    auto& changes = RulesOf(*column.fields.front()).output_only() ? followed : set;
    if (column.field().is_map() && column.fields.size() == 1) {
      AddMapChanges(before, after, column.field(), changes);
      continue;
    }
    // Amounts may differ in what people are not shown.
    if (FieldText(before, column) == FieldText(after, column)) continue;
    const bool display = style == TextStyle::kDisplay;
    changes.push_back({column.path,
                       display ? DisplayText(before, column) : FieldText(before, column),
                       display ? DisplayText(after, column) : FieldText(after, column)});
  }
  set.insert(set.end(), followed.begin(), followed.end());
  return set;
}

}  // namespace perennial::cli
