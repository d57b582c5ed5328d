#include "client/cli/field_text.h"

#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>

#include <cstdint>
#include <map>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "client/cli/json_problem.h"
#include "lib/base/currency.h"
#include "lib/base/date.h"
#include "lib/base/json.h"
#include "lib/base/money.h"
#include "lib/base/status.h"
#include "perennial/v1/common.pb.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;
using ::google::protobuf::Timestamp;

absl::Status Expected(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("expected ", what));
}

template <class T>
bool Is(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == T::descriptor();
}

// Splits at commas that no backslash escapes.
std::vector<std::string> SplitElements(absl::string_view text) {
  std::vector<std::string> elements;
  if (text.empty()) return elements;
  elements.emplace_back();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ',') {
      elements.back().push_back(text[++i]);
    } else if (text[i] == ',') {
      elements.emplace_back();
    } else {
      elements.back().push_back(text[i]);
    }
  }
  return elements;
}

absl::StatusOr<v1::Money> ParseMoney(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ' ', absl::SkipWhitespace());
  if (parts.size() != 2) return Expected("a currency and an amount such as \"USD 1200.50\"");
  ASSIGN_OR_RETURN(const int64_t micros, ParseMicros(parts[1]));
  return MakeMoney(absl::AsciiStrToUpper(parts[0]), micros);
}

absl::StatusOr<int> ParseEnum(const FieldDescriptor& field, absl::string_view text) {
  const std::string name = absl::AsciiStrToUpper(absl::StrReplaceAll(text, {{"-", "_"}}));
  const auto* value = field.enum_type()->FindValueByName(name);
  if (value != nullptr && value->number() != 0) return value->number();
  return Expected(absl::StrCat("one of ", absl::StrJoin(Choices(field), ", ")));
}

absl::StatusOr<bool> ParseBool(absl::string_view text) {
  bool value;
  if (!absl::SimpleAtob(text, &value)) return Expected("true or false");
  return value;
}

template <class Number>
absl::StatusOr<Number> ParseInteger(absl::string_view text) {
  Number value;
  if (!absl::SimpleAtoi(text, &value)) return Expected("a whole number");
  return value;
}

absl::Status WrongJson(absl::string_view text, const FieldDescriptor& field) {
  return absl::InvalidArgumentError(JsonProblem(text, *field.message_type()));
}

// Money, Date and Timestamp have texts; of any other message the text is JSON.
absl::Status ParseMessage(const FieldDescriptor& field, absl::string_view text, Message& parsed) {
  if (Is<v1::Money>(field)) {
    ASSIGN_OR_RETURN(const v1::Money money, ParseMoney(text));
    parsed.CopyFrom(money);
  } else if (Is<v1::Date>(field)) {
    ASSIGN_OR_RETURN(const v1::Date date, ParseDate(text));
    parsed.CopyFrom(date);
  } else if (Is<Timestamp>(field)) {
    ASSIGN_OR_RETURN(const absl::Time time, ParseTime(text));
    parsed.CopyFrom(ToTimestamp(time));
  } else {
    const auto status = google::protobuf::util::JsonStringToMessage(std::string(text), &parsed);
    if (!status.ok()) return WrongJson(text, field);
  }
  return absl::OkStatus();
}

// The whole field as JSON, through the message that holds it.
absl::Status MergeJson(const FieldDescriptor& field, absl::string_view text, Message& message) {
  const bool is_array = absl::StartsWith(absl::StripLeadingAsciiWhitespace(text), "[");
  const std::unique_ptr<Message> holder(message.New());
  const std::string json = absl::StrCat("{\"", field.json_name(), "\":", is_array ? "" : "[", text,
                                        is_array ? "" : "]", "}");
  const auto status = google::protobuf::util::JsonStringToMessage(json, holder.get());
  if (!status.ok()) return WrongJson(text, field);
  message.MergeFrom(*holder);
  return absl::OkStatus();
}

// "KEY-" among "KEY=VALUE".
bool IsRemoval(absl::string_view text) {
  return text.size() > 1 && absl::EndsWith(text, "-") && !absl::StrContains(text, '=');
}

absl::Status SetLabel(const FieldDescriptor& field, const std::string& text, Message& message) {
  if (IsRemoval(text)) return absl::OkStatus();
  const std::pair<std::string, std::string> label = absl::StrSplit(text, absl::MaxSplits('=', 1));
  if (!absl::StrContains(text, '=')) return Expected("key=value, or key- to take one off");
  const Reflection& reflection = *message.GetReflection();
  Message& entry = *reflection.AddMessage(&message, &field);
  const auto& type = *field.message_type();
  entry.GetReflection()->SetString(&entry, type.map_key(), label.first);
  entry.GetReflection()->SetString(&entry, type.map_value(), label.second);
  return absl::OkStatus();
}

}  // namespace

absl::Status SetElement(const FieldDescriptor& field, const std::string& text, Message& message) {
  const Reflection& reflection = *message.GetReflection();
  const auto set = [&](auto setter, auto adder, const auto& value) {
    field.is_repeated() ? (reflection.*adder)(&message, &field, value)
                        : (reflection.*setter)(&message, &field, value);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      set(&Reflection::SetString, &Reflection::AddString, text);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL: {
      ASSIGN_OR_RETURN(const bool value, ParseBool(text));
      set(&Reflection::SetBool, &Reflection::AddBool, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      ASSIGN_OR_RETURN(const int32_t value, ParseInteger<int32_t>(text));
      set(&Reflection::SetInt32, &Reflection::AddInt32, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      ASSIGN_OR_RETURN(const int64_t value, ParseInteger<int64_t>(text));
      set(&Reflection::SetInt64, &Reflection::AddInt64, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double value;
      if (!absl::SimpleAtod(text, &value)) return Expected("a number");
      set(&Reflection::SetDouble, &Reflection::AddDouble, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      ASSIGN_OR_RETURN(const int value, ParseEnum(field, text));
      set(&Reflection::SetEnumValue, &Reflection::AddEnumValue, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ParseMessage(field, text,
                          field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                              : *reflection.MutableMessage(&message, &field));
    default:
      return absl::UnimplementedError(absl::StrCat("no text for ", field.full_name()));
  }
}

namespace {

// 1234567.50 -> 1,234,567.50
std::string GroupThousands(std::string number) {
  const size_t first = number[0] == '-' ? 1 : 0;
  size_t end = number.find('.');
  if (end == std::string::npos) end = number.size();
  for (size_t i = end; i > first + 3;) number.insert(i -= 3, 1, ',');
  return number;
}

std::string DisplayMoney(const v1::Money& money) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(FormatMoney(RoundedForPeople(money)), absl::MaxSplits(' ', 1));
  return absl::StrCat(parts.first, " ", GroupThousands(parts.second));
}

std::string MessageText(const Message& message, bool display) {
  if (const auto* money = dynamic_cast<const v1::Money*>(&message)) {
    return display ? DisplayMoney(*money) : FormatMoney(*money);
  }
  if (const auto* date = dynamic_cast<const v1::Date*>(&message)) return FormatDate(*date);
  if (const auto* timestamp = dynamic_cast<const Timestamp*>(&message)) {
    const absl::Time time = ToTime(*timestamp);
    return display ? absl::FormatTime("%Y-%m-%d %H:%M", time, absl::UTCTimeZone())
                   : FormatUtc(time);
  }
  return ToJson(message);
}

std::string EnumText(const FieldDescriptor& field, int number) {
  if (number == 0) return "";
  const auto* value = field.enum_type()->FindValueByNumber(number);
  return value != nullptr ? value->name() : absl::StrCat(number);
}

// Of the element at `index`, or of the field where it is not repeated.
std::string ElementText(const Message& message, const FieldDescriptor& field, int index,
                        bool display) {
  const Reflection& reflection = *message.GetReflection();
  const auto get = [&](auto getter, auto element_getter) {
    return field.is_repeated() ? (reflection.*element_getter)(message, &field, index)
                               : (reflection.*getter)(message, &field);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return get(&Reflection::GetString, &Reflection::GetRepeatedString);
    case FieldDescriptor::CPPTYPE_BOOL:
      return get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(get(&Reflection::GetDouble, &Reflection::GetRepeatedDouble));
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(field, get(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.is_repeated()) {
        return MessageText(reflection.GetRepeatedMessage(message, &field, index), display);
      }
      return reflection.HasField(message, &field)
                 ? MessageText(reflection.GetMessage(message, &field), display)
                 : "";
    default:
      return "";
  }
}

// KEY=VALUE each, in the order of their keys.
std::vector<std::string> LabelTexts(const Message& message, const FieldDescriptor& field) {
  const auto& type = *field.message_type();
  std::map<std::string, std::string> by_key;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    const Message& entry = message.GetReflection()->GetRepeatedMessage(message, &field, i);
    by_key[entry.GetReflection()->GetString(entry, type.map_key())] =
        entry.GetReflection()->GetString(entry, type.map_value());
  }
  std::vector<std::string> texts;
  for (const auto& [key, value] : by_key) texts.push_back(absl::StrCat(key, "=", value));
  return texts;
}

std::string RepeatedText(const Message& message, const FieldDescriptor& field, bool display) {
  std::vector<std::string> elements;
  if (field.is_map()) {
    elements = LabelTexts(message, field);
  } else {
    const int size = message.GetReflection()->FieldSize(message, &field);
    for (int i = 0; i < size; ++i) elements.push_back(ElementText(message, field, i, display));
  }
  if (!display && !IsStructured(field)) {
    for (std::string& text : elements) text = absl::StrReplaceAll(text, {{",", "\\,"}});
  }
  if (IsStructured(field)) {
    return elements.empty() ? "" : absl::StrCat("[", absl::StrJoin(elements, ","), "]");
  }
  return absl::StrJoin(elements, display ? ", " : ",");
}

// Of what a person says; what is computed elsewhere and imported may have more.
absl::Status CheckDecimals(const Message& message, const FieldDescriptor& field) {
  v1::Money money;
  money.CopyFrom(message.GetReflection()->GetMessage(message, &field));
  const std::string& currency = money.currency_code();
  if (money.micros() % SmallestAmountOf(currency) == 0) return absl::OkStatus();
  const int decimals = DecimalsOf(currency);
  if (decimals == 0) return Expected(absl::StrCat("whole units: ", currency, " has no decimals"));
  return Expected(absl::StrCat("an amount of at most ", decimals, " decimals in ", currency));
}

}  // namespace

absl::Status SetField(const FieldDescriptor& field, absl::string_view text, Message& message) {
  const bool is_text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  if (text.empty() && !is_text) {
    message.GetReflection()->ClearField(&message, &field);
    return absl::OkStatus();
  }
  if (!field.is_repeated()) {
    RETURN_IF_ERROR(SetElement(field, std::string(text), message));
    return Is<v1::Money>(field) ? CheckDecimals(message, field) : absl::OkStatus();
  }
  if (IsStructured(field)) return MergeJson(field, text, message);
  for (const std::string& element : SplitElements(text)) {
    RETURN_IF_ERROR(field.is_map() ? SetLabel(field, element, message)
                                   : SetElement(field, element, message));
  }
  return absl::OkStatus();
}

std::vector<std::string> RemovedKeys(absl::string_view text) {
  std::vector<std::string> keys;
  for (const std::string& element : SplitElements(text)) {
    if (IsRemoval(element)) keys.push_back(element.substr(0, element.size() - 1));
  }
  return keys;
}

namespace {

// Not set, where the proto tells that from its default.
bool IsAbsent(const Message& message, const FieldDescriptor& field) {
  return !field.is_repeated() && field.has_presence() &&
         !message.GetReflection()->HasField(message, &field);
}

}  // namespace

std::string FieldText(const Message& message, const FieldDescriptor& field) {
  if (IsAbsent(message, field)) return "";
  return field.is_repeated() ? RepeatedText(message, field, false)
                             : ElementText(message, field, 0, false);
}

std::string DisplayText(const Message& message, const FieldDescriptor& field) {
  if (IsAbsent(message, field)) return "";
  return field.is_repeated() ? RepeatedText(message, field, true)
                             : ElementText(message, field, 0, true);
}

std::string DisplayText(const Message& message, const char* field) {
  return DisplayText(message, *message.GetDescriptor()->FindFieldByName(field));
}

bool IsNumeric(const FieldDescriptor& field) {
  if (field.is_repeated()) return false;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return true;
    default:
      return Is<v1::Money>(field);
  }
}

bool IsStructured(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_map() &&
         !Is<v1::Money>(field) && !Is<v1::Date>(field) && !Is<Timestamp>(field);
}

std::string TypeName(const FieldDescriptor& field) {
  if (field.is_map()) return "KEY=VALUE,...";
  if (IsStructured(field)) return "JSON";
  const std::string more = field.is_repeated() ? ",..." : "";
  if (Is<v1::Money>(field)) return "MONEY";
  if (Is<v1::Date>(field)) return "DATE";
  if (Is<Timestamp>(field)) return "TIME";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return absl::StrCat("TEXT", more);
    case FieldDescriptor::CPPTYPE_BOOL:
      return "BOOL";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat(absl::AsciiStrToUpper(field.name()), more);
    default:
      return absl::StrCat("NUMBER", more);
  }
}

namespace {

// What is refused where a person says it.
bool IsOfImportsOnly(const google::protobuf::EnumValueDescriptor& value) {
  return value.type() == v1::ChurnReason_descriptor() && value.number() == v1::UNKNOWN;
}

}  // namespace

std::vector<std::string> Choices(const FieldDescriptor& field) {
  std::vector<std::string> choices;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) choices = {"true", "false"};
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return choices;
  for (int i = 1; i < field.enum_type()->value_count(); ++i) {
    const auto* value = field.enum_type()->value(i);
    if (!IsOfImportsOnly(*value)) choices.push_back(value->name());
  }
  return choices;
}

}  // namespace perennial::cli
