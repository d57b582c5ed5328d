#include "lib/api/message_rules.h"

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/synchronization/mutex.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "perennial/v1/common.pb.h"

namespace perennial {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

ValueKind MessageKind(const Descriptor& message) {
  if (&message == v1::Date::descriptor()) return ValueKind::kDate;
  if (&message == v1::Money::descriptor()) return ValueKind::kMoney;
  if (&message == google::protobuf::Timestamp::descriptor()) return ValueKind::kTime;
  const bool is_ours = message.file()->package() != "google.protobuf";
  return is_ours ? ValueKind::kMessage : ValueKind::kUnchecked;
}

ValueKind KindOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_STRING ? ValueKind::kText : ValueKind::kBytes;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return ValueKind::kInteger;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return ValueKind::kReal;
    case FieldDescriptor::CPPTYPE_ENUM:
      return ValueKind::kEnum;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageKind(*field.message_type());
    default:
      return ValueKind::kUnchecked;
  }
}

// Does a column of a table hold the field's elements, parted by line breaks?
bool IsInColumn(const FieldDescriptor& field) {
  return field.is_repeated() && IsResource(*field.containing_type()) &&
         !RulesOf(field).not_queryable();
}

TextForm FormOf(const FieldDescriptor& field) {
  const Descriptor& message = *field.containing_type();
  if (!RulesOf(field).reference().empty()) return TextForm::kReference;
  if (&message == v1::Money::descriptor()) return TextForm::kCurrency;
  if (absl::EndsWith(message.name(), "Request")) {
    // What calls, and runs of them, are known by.
    if (absl::EndsWith(field.name(), "request_id") || field.name() == "run") {
      return TextForm::kRequestId;
    }
    if (absl::EndsWith(field.name(), "_id")) return TextForm::kId;
  }
  return IsInColumn(field) ? TextForm::kLine : TextForm::kFree;
}

// Is it a line, or may it hold one? Where a text has a form, blanks are no part of it.
bool IsTrimmed(const FieldCheck& check) {
  if (!check.entry.empty()) return IsTrimmed(check.entry.back());
  if (check.kind == ValueKind::kMessage) return true;
  const bool has_form = check.form != TextForm::kFree && check.form != TextForm::kLine &&
                        check.form != TextForm::kExternalId;
  return check.kind == ValueKind::kText && !has_form && check.max_length <= kDefaultMaxLength;
}

// Makes the rules of a message and of all that it holds, which may be itself.
class Rulebook {
 public:
  const MessageRules& Of(const Descriptor& message) {
    {
      absl::ReaderMutexLock lock(&mutex_);
      const auto found = rules_.find(&message);
      if (found != rules_.end()) return *found->second;
    }
    absl::MutexLock lock(&mutex_);
    return Make(message);
  }

 private:
  const MessageRules& Make(const Descriptor& message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::unique_ptr<MessageRules>& slot = rules_[&message];
    if (slot != nullptr) return *slot;
    slot = std::make_unique<MessageRules>();
    MessageRules& rules = *slot;  // the slot itself moves when others are added
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      rules.checks.push_back(field.is_map() ? MakeMapCheck(field) : MakeCheck(field));
    }
    for (const FieldCheck& check : rules.checks) {
      if (IsTrimmed(check)) rules.trimmed.push_back(&check);
    }
    rules.update_mask = message.FindFieldByName("update_mask");
    for (int i = 0; rules.update_mask != nullptr && i < message.field_count(); ++i) {
      const Descriptor* type = message.field(i)->message_type();
      if (type != nullptr && IsResource(*type)) rules.updated = message.field(i);
    }
    return rules;
  }

  FieldCheck MakeCheck(const FieldDescriptor& field) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const v1::FieldRules& rules = RulesOf(field);
    FieldCheck check;
    check.field = &field;
    check.kind = KindOf(field);
    check.required = rules.required();
    check.output_only = rules.output_only();
    check.imported = rules.imported();
    check.max_items = MaxItems(field);
    // Bytes have no default bound: they are no text for people.
    check.max_length = check.kind == ValueKind::kBytes ? rules.max_length() : MaxLength(field);
    if (rules.has_minimum()) check.minimum = rules.minimum();
    if (rules.has_maximum()) check.maximum = rules.maximum();
    if (check.kind == ValueKind::kText) check.form = FormOf(field);
    if (check.form == TextForm::kReference) {
      const Descriptor* resource = ResourceByType(rules.reference());
      if (resource != nullptr) check.reference_pattern = PatternOf(*resource);
    }
    if (check.kind == ValueKind::kMessage || check.kind == ValueKind::kMoney) {
      check.nested = &Make(*field.message_type());
    }
    return check;
  }

  FieldCheck MakeMapCheck(const FieldDescriptor& map) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    FieldCheck check;
    check.field = &map;
    check.required = RulesOf(map).required();
    check.output_only = RulesOf(map).output_only();
    check.max_items = MaxItems(map);
    FieldCheck key = MakeCheck(*map.message_type()->map_key());
    FieldCheck value = MakeCheck(*map.message_type()->map_value());
    const bool are_labels = map.name() == "labels" || IsInColumn(map);
    key.form = are_labels ? TextForm::kLabelKey : TextForm::kFree;
    value.form = are_labels ? TextForm::kLine : TextForm::kFree;
    if (RulesOf(map).identity()) value.form = TextForm::kExternalId;
    value.max_length = MaxLength(map);
    check.entry = {std::move(key), std::move(value)};
    return check;
  }

  absl::Mutex mutex_;
  absl::flat_hash_map<const Descriptor*, std::unique_ptr<MessageRules>> rules_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace

const MessageRules& MessageRules::Of(const Descriptor& message) {
  static auto* rulebook = new Rulebook;
  return rulebook->Of(message);
}

}  // namespace perennial
