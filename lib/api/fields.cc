#include "lib/api/fields.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/api/search_text.h"
#include "lib/api/text.h"
#include "lib/base/date.h"
#include "perennial/v1/common.pb.h"

namespace perennial {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kDateLength = 10;
constexpr int kCurrencyLength = 3;
constexpr int kMaxKeyLength = 63;
constexpr int kAccountLength = 100;
constexpr int kSearchLength = 100'000;

int LongestName(const EnumDescriptor& type) {
  size_t longest = 0;
  for (int i = 0; i < type.value_count(); ++i) {
    longest = std::max(longest, type.value(i)->name().size());
  }
  return static_cast<int>(longest);
}

// "" for 0 and for a number that the enum does not have.
std::string EnumName(const EnumDescriptor& type, int number) {
  const auto* value = number == 0 ? nullptr : type.FindValueByNumber(number);
  return value == nullptr ? std::string() : value->name();
}

std::optional<FieldKind> SingularKind(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_STRING) return FieldKind::kText;
      return std::nullopt;  // bytes
    case FieldDescriptor::CPPTYPE_BOOL:
      return FieldKind::kBool;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return FieldKind::kInteger;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return FieldKind::kReal;
    case FieldDescriptor::CPPTYPE_ENUM:
      return FieldKind::kEnum;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.message_type() == v1::Date::descriptor()) return FieldKind::kDate;
      if (field.message_type() == v1::Money::descriptor()) return FieldKind::kMoney;
      if (field.message_type() == google::protobuf::Timestamp::descriptor()) {
        return FieldKind::kTime;
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

bool IsString(const FieldDescriptor& field) { return field.type() == FieldDescriptor::TYPE_STRING; }

// None for what is kept inside the stored message only.
std::optional<FieldKind> KindOf(const FieldDescriptor& field) {
  if (field.is_map()) {
    const Descriptor& entry = *field.message_type();
    if (IsString(*entry.map_key()) && IsString(*entry.map_value())) return FieldKind::kMap;
    return std::nullopt;
  }
  if (!field.is_repeated()) return SingularKind(field);
  if (IsString(field) || field.type() == FieldDescriptor::TYPE_ENUM) return FieldKind::kSet;
  return std::nullopt;
}

int ColumnLength(const Field& field) {
  const int element =
      field.enum_type != nullptr ? LongestName(*field.enum_type) : MaxLength(*field.descriptor);
  switch (field.kind) {
    case FieldKind::kText:
    case FieldKind::kEnum:
      return element;
    case FieldKind::kDate:
      return kDateLength;
    case FieldKind::kMoney:
      return kCurrencyLength;
    case FieldKind::kSet:
      return MaxItems(*field.descriptor) * (element + 1) + 1;
    case FieldKind::kMap:
      return MaxItems(*field.descriptor) * (kMaxKeyLength + element + 2) + 1;
    default:
      return 0;
  }
}

Field MakeField(const FieldDescriptor& descriptor, FieldKind kind, const FieldDescriptor* within) {
  Field field;
  field.path = descriptor.name();
  field.kind = kind;
  field.descriptor = &descriptor;
  field.within = within;
  field.enum_type = descriptor.enum_type();
  std::string column = descriptor.name();
  if (within != nullptr) {
    field.path = absl::StrCat(within->name(), ".", descriptor.name());
    column = absl::StrCat(within->name(), "_", descriptor.name());
  }
  field.columns = {column};
  if (kind == FieldKind::kMoney) {
    field.columns = {absl::StrCat(column, "_micros"), absl::StrCat(column, "_currency")};
  }
  field.max_length = ColumnLength(field);
  return field;
}

Field AccountField() {
  Field field;
  field.path = "account";
  field.kind = FieldKind::kText;
  field.columns = {field.path};
  field.max_length = kAccountLength;
  return field;
}

// Whose words are in the table search_words. What is written all day long is not among them.
bool IsIndexed(const Descriptor& message) {
  return message.name() == "Account" || message.name() == "Contact" ||
         message.name() == "Opportunity";
}

Field SearchField(const Descriptor& message) {
  Field field;
  field.path = "search";
  field.kind = FieldKind::kSearch;
  field.columns = {"search_text"};
  field.max_length = kSearchLength;
  field.indexed = IsIndexed(message);
  for (int i = 0; i < message.field_count(); ++i) {
    if (RulesOf(*message.field(i)).searched()) field.searched.push_back(message.field(i));
  }
  return field;
}

// What a message of one resource is made of.
std::vector<Field> FieldsWithin(const FieldDescriptor& whole) {
  std::vector<Field> fields;
  if (whole.is_repeated() || whole.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return fields;
  for (int i = 0; i < whole.message_type()->field_count(); ++i) {
    const FieldDescriptor& part = *whole.message_type()->field(i);
    const std::optional<FieldKind> kind = KindOf(part);
    if (kind.has_value() && !RulesOf(part).not_queryable()) {
      fields.push_back(MakeField(part, *kind, &whole));
    }
  }
  return fields;
}

// In the table of every resource, whatever else it holds.
bool IsCommon(const FieldDescriptor& field) {
  return field.name() == "name" || field.name() == "create_time" || field.name() == "update_time";
}

const std::string& Text(const Message& message, const FieldDescriptor& field,
                        std::string& scratch) {
  return message.GetReflection()->GetStringReference(message, &field, &scratch);
}

std::string ElementText(const Message& message, const Field& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  if (field.enum_type == nullptr) {
    return reflection.GetRepeatedString(message, field.descriptor, index);
  }
  return EnumName(*field.enum_type,
                  reflection.GetRepeatedEnumValue(message, field.descriptor, index));
}

std::string SetText(const Message& message, const Field& field) {
  const int size = message.GetReflection()->FieldSize(message, field.descriptor);
  std::string text = size == 0 ? "" : "\n";
  for (int i = 0; i < size; ++i) absl::StrAppend(&text, ElementText(message, field, i), "\n");
  return text;
}

// Ordered by key, so that equal maps have equal texts.
std::string MapText(const Message& message, const Field& field) {
  const Reflection& reflection = *message.GetReflection();
  const Descriptor& entry_type = *field.descriptor->message_type();
  std::vector<std::string> lines;
  std::string scratch;
  for (int i = 0; i < reflection.FieldSize(message, field.descriptor); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, field.descriptor, i);
    std::string line = Text(entry, *entry_type.map_key(), scratch);
    absl::StrAppend(&line, "=", Text(entry, *entry_type.map_value(), scratch), "\n");
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  std::string text = lines.empty() ? "" : "\n";
  for (const std::string& line : lines) text += line;
  return text;
}

std::string SearchText(const Message& message, const Field& field) {
  const Reflection& reflection = *message.GetReflection();
  std::string text, scratch;
  bool is_empty = true;
  // The first line is there without words, too.
  const auto add = [&](const std::string& part) {
    is_empty = is_empty && part.empty();
    if (text.empty() || !part.empty()) text += SearchLine(part);
  };
  for (const FieldDescriptor* searched : field.searched) {
    if (!searched->is_repeated()) {
      add(Text(message, *searched, scratch));
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, searched); ++i) {
      add(reflection.GetRepeatedStringReference(message, searched, i, &scratch));
    }
  }
  return is_empty ? "" : std::string(FirstCharacters(text, kSearchLength));
}

FieldValue IntegerOf(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    return int64_t{reflection.GetInt32(message, &field)};
  }
  return reflection.GetInt64(message, &field);
}

template <typename Sub>
const Sub& SubMessage(const Message& message, const FieldDescriptor& field) {
  return static_cast<const Sub&>(message.GetReflection()->GetMessage(message, &field));
}

std::string AccountName(const Message& message) {
  std::string scratch;
  const FieldDescriptor* name = message.GetDescriptor()->FindFieldByName("name");
  return std::string(AccountOf(Text(message, *name, scratch)));
}

}  // namespace

FieldTable::FieldTable(const Descriptor& message) : message_(message) {
  if (absl::StartsWith(PatternOf(message), "accounts/{account}/")) {
    fields_.push_back(AccountField());
  }
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (RulesOf(field).not_queryable() || field.name() == "etag") continue;
    if (RulesOf(field).joined()) {
      summary_ = &field;
      joined_fields_ = FieldsWithin(field);
      for (Field& part : joined_fields_) part.joined = true;
      continue;
    }
    const std::optional<FieldKind> kind = KindOf(field);
    if (kind.has_value()) {
      (IsCommon(field) ? common_fields_ : fields_).push_back(MakeField(field, *kind, nullptr));
    } else {
      const std::vector<Field> parts = FieldsWithin(field);
      fields_.insert(fields_.end(), parts.begin(), parts.end());
    }
  }
  Field search = SearchField(message);
  if (!search.searched.empty()) fields_.push_back(std::move(search));
  for (const Field& field : fields_) {
    columns_.insert(columns_.end(), field.columns.begin(), field.columns.end());
  }
}

const FieldTable& FieldTable::Of(const Descriptor& message) {
  static absl::Mutex mutex(absl::kConstInit);
  static auto* tables = new absl::flat_hash_map<const Descriptor*, std::unique_ptr<FieldTable>>;
  {
    absl::ReaderMutexLock lock(&mutex);
    const auto found = tables->find(&message);
    if (found != tables->end()) return *found->second;
  }
  absl::MutexLock lock(&mutex);
  std::unique_ptr<FieldTable>& table = (*tables)[&message];
  if (table == nullptr) table = std::make_unique<FieldTable>(message);
  return *table;
}

const Field* FieldTable::Find(absl::string_view path) const {
  for (const auto* fields : {&fields_, &common_fields_, &joined_fields_}) {
    for (const Field& field : *fields) {
      if (field.path == path) return &field;
    }
  }
  return nullptr;
}

std::string FieldTable::PathList() const {
  std::vector<std::string> paths;
  for (const auto* fields : {&common_fields_, &fields_, &joined_fields_}) {
    for (const Field& field : *fields) paths.push_back(field.path);
  }
  return absl::StrJoin(paths, ", ");
}

void FieldTable::Values(const Message& message, std::vector<FieldValue>& values) const {
  for (const Field& field : fields_) AppendFieldValues(message, field, values);
}

void AppendFieldValues(const Message& resource, const Field& field,
                       std::vector<FieldValue>& values) {
  if (field.descriptor == nullptr) {
    const bool is_search = field.kind == FieldKind::kSearch;
    values.emplace_back(is_search ? SearchText(resource, field) : AccountName(resource));
    return;
  }
  const Message& message = field.within == nullptr
                               ? resource
                               : resource.GetReflection()->GetMessage(resource, field.within);
  const FieldDescriptor& descriptor = *field.descriptor;
  const Reflection& reflection = *message.GetReflection();
  std::string scratch;
  switch (field.kind) {
    case FieldKind::kText:
      values.emplace_back(Text(message, descriptor, scratch));
      break;
    case FieldKind::kBool:
      values.emplace_back(int64_t{reflection.GetBool(message, &descriptor)});
      break;
    case FieldKind::kInteger:
      values.emplace_back(IntegerOf(message, descriptor));
      break;
    case FieldKind::kReal:
      values.emplace_back(reflection.GetDouble(message, &descriptor));
      break;
    case FieldKind::kEnum:
      values.emplace_back(
          EnumName(*field.enum_type, reflection.GetEnumValue(message, &descriptor)));
      break;
    case FieldKind::kDate:
      values.emplace_back(reflection.HasField(message, &descriptor)
                              ? FormatDate(SubMessage<v1::Date>(message, descriptor))
                              : std::string());
      break;
    case FieldKind::kTime:
      values.emplace_back(ToMicros(SubMessage<google::protobuf::Timestamp>(message, descriptor)));
      break;
    case FieldKind::kMoney: {
      const auto& money = SubMessage<v1::Money>(message, descriptor);
      values.emplace_back(money.micros());
      values.emplace_back(money.currency_code());
      break;
    }
    case FieldKind::kSet:
      values.emplace_back(SetText(message, field));
      break;
    case FieldKind::kMap:
      values.emplace_back(MapText(message, field));
      break;
    case FieldKind::kSearch:
      break;  // has no field of the message, see above
  }
}

bool IsOfKind(const FieldValue& value, FieldKind kind) {
  switch (kind) {
    case FieldKind::kBool:
    case FieldKind::kInteger:
    case FieldKind::kTime:
    case FieldKind::kMoney:
      return std::holds_alternative<int64_t>(value);
    case FieldKind::kReal:
      return std::holds_alternative<double>(value);
    default:
      return std::holds_alternative<std::string>(value);
  }
}

}  // namespace perennial
