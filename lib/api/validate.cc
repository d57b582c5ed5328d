#include "lib/api/validate.h"

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/message_rules.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/api/text.h"
#include "lib/base/currency.h"
#include "lib/base/date.h"
#include "lib/base/ids.h"
#include "perennial/v1/common.pb.h"

namespace perennial {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kMaxViolations = 20;
constexpr size_t kMaxRequestIdLength = 100;
constexpr size_t kCurrencyLength = 3;
constexpr int kLastYear = 9999;
constexpr int kLastGivenYear = 2200;
constexpr int64_t kFirstSecond = -2'208'988'800;  // of the year 1900
constexpr int64_t kLastSecond = 253'402'300'799;  // of the year 9999
constexpr int32_t kNanosPerSecond = 1'000'000'000;

// Where in the request a value is. Lives on the stack of the walk: its text is
// made for violations only.
struct Path {
  const Path* parent = nullptr;
  absl::string_view name;
  int index = -1;  // among repeated ones

  std::string ToString() const {
    std::string text = parent == nullptr ? "" : parent->ToString();
    if (!name.empty()) absl::StrAppend(&text, text.empty() ? "" : ".", name);
    if (index >= 0) absl::StrAppend(&text, "[", index, "]");
    return text;
  }
};

// Which `required` rules hold: all, none, or those of the fields that a mask names.
struct Requirement {
  bool all = true;
  const FieldMask* mask = nullptr;

  Requirement Of(const FieldDescriptor& field) const {
    if (mask == nullptr) return *this;
    const bool named = std::any_of(
        mask->paths().begin(), mask->paths().end(),
        [&field](const std::string& path) { return path == field.name() || path == "*"; });
    return {named, nullptr};
  }
};

bool IsCurrency(absl::string_view code) {
  return code.size() == kCurrencyLength &&
         std::all_of(code.begin(), code.end(), absl::ascii_isupper);
}

std::string DecimalsText(absl::string_view currency_code) {
  const int decimals = DecimalsOf(currency_code);
  if (decimals == 0)
    return absl::StrCat("must be whole units: ", currency_code, " has no decimals");
  return absl::StrCat("must have at most ", decimals, " decimals in ", currency_code,
                      ": millionths", " are a multiple of ", SmallestAmountOf(currency_code));
}

bool IsRequestId(absl::string_view text) {
  return text.size() <= kMaxRequestIdLength &&
         std::all_of(text.begin(), text.end(), absl::ascii_isprint);
}

bool IsValidTime(const google::protobuf::Timestamp& time) {
  return time.seconds() >= kFirstSecond && time.seconds() <= kLastSecond && time.nanos() >= 0 &&
         time.nanos() < kNanosPerSecond;
}

// What the text should look like; "" where it does.
std::string ExpectedForm(absl::string_view text, const FieldCheck& check) {
  switch (check.form) {
    case TextForm::kFree:
      return "";
    case TextForm::kLine:
      return absl::StrContains(text, '\n') ? "must not have line breaks" : "";
    case TextForm::kExternalId:
      if (text.empty()) return "must not be empty: leave the entry out where there is none";
      return absl::StrContains(text, '\n') ? "must not have line breaks" : "";
    case TextForm::kReference:
      if (check.reference_pattern.empty() || MatchesPattern(text, check.reference_pattern)) {
        return "";
      }
      return absl::StrCat("must have the form ", check.reference_pattern);
    case TextForm::kId:
      return IsValidId(text) ? "" : "must have the form [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
    case TextForm::kRequestId:
      return IsRequestId(text) ? "" : "must be at most 100 printable ASCII characters";
    case TextForm::kLabelKey:
      return IsLabelKey(text) ? "" : "must have keys of the form [a-z][a-z0-9_-]{0,62}";
    case TextForm::kCurrency:
      return IsCurrency(text) ? "" : "must be three capital letters, such as USD";
  }
  return "";
}

// The value of a singular field, or the element `index` of a repeated one.
const Message& MessageAt(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  return index < 0 ? reflection.GetMessage(message, &field)
                   : reflection.GetRepeatedMessage(message, &field, index);
}

const std::string& TextAt(const Message& message, const FieldDescriptor& field, int index,
                          std::string& scratch) {
  const Reflection& reflection = *message.GetReflection();
  return index < 0 ? reflection.GetStringReference(message, &field, &scratch)
                   : reflection.GetRepeatedStringReference(message, &field, index, &scratch);
}

int64_t IntegerAt(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    return index < 0 ? reflection.GetInt32(message, &field)
                     : reflection.GetRepeatedInt32(message, &field, index);
  }
  return index < 0 ? reflection.GetInt64(message, &field)
                   : reflection.GetRepeatedInt64(message, &field, index);
}

double RealAt(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  return index < 0 ? reflection.GetDouble(message, &field)
                   : reflection.GetRepeatedDouble(message, &field, index);
}

int EnumAt(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  return index < 0 ? reflection.GetEnumValue(message, &field)
                   : reflection.GetRepeatedEnumValue(message, &field, index);
}

// Walks a message along its rules and collects what breaks them.
class Validator {
 public:
  explicit Validator(bool with_output_only) : with_output_only_(with_output_only) {}

  // `path` is that of the message; null for a request.
  void CheckMessage(const Message& message, const MessageRules& rules, Requirement requirement,
                    const Path* path);

  absl::Status ToStatus() && {
    return violations_.empty() ? absl::OkStatus() : InvalidFields(std::move(violations_));
  }

 private:
  void CheckElements(const Message& message, const FieldCheck& check, Requirement requirement,
                     Path path);
  void CheckEntry(const Message& entry, const FieldCheck& check, const Path& path);
  // The value at the path's index.
  void CheckValue(const Message& message, const FieldCheck& check, Requirement requirement,
                  const Path& path);
  void CheckSubMessage(const Message& value, const FieldCheck& check, Requirement requirement,
                       const Path& path);
  void CheckDate(const v1::Date& date, const FieldCheck& check, const Path& path);
  void CheckEnum(int value, const FieldCheck& check, const Path& path);
  void CheckText(absl::string_view text, const FieldCheck& check, const Path& path);
  template <typename Number>
  void CheckBounds(Number value, const FieldCheck& check, const Path& path);

  bool full() const { return violations_.size() >= kMaxViolations; }
  void Violate(const Path& path, absl::string_view description) {
    if (!full()) violations_.push_back({path.ToString(), std::string(description)});
  }

  const bool with_output_only_;
  std::vector<FieldViolation> violations_;
};

void Validator::CheckMessage(const Message& message, const MessageRules& rules,
                             Requirement requirement, const Path* path) {
  const Reflection& reflection = *message.GetReflection();
  for (const FieldCheck& check : rules.checks) {
    if (full()) return;
    if (check.output_only && !with_output_only_) continue;
    const FieldDescriptor& field = *check.field;
    const Path field_path{path, field.name()};
    Requirement of_field = requirement.Of(field);
    const bool is_set = field.is_repeated() ? reflection.FieldSize(message, &field) > 0
                                            : reflection.HasField(message, &field);
    if (!is_set) {
      if (check.required && of_field.all) Violate(field_path, "must be set");
      continue;
    }
    if (&field == rules.updated) {
      of_field.mask = &static_cast<const FieldMask&>(MessageAt(message, *rules.update_mask, -1));
    }
    if (field.is_repeated()) {
      CheckElements(message, check, of_field, field_path);
    } else {
      CheckValue(message, check, of_field, field_path);
    }
  }
}

void Validator::CheckElements(const Message& message, const FieldCheck& check,
                              Requirement requirement, Path path) {
  const int size = message.GetReflection()->FieldSize(message, check.field);
  if (size > check.max_items) {
    return Violate(path,
                   absl::StrCat("must have at most ", check.max_items, " elements, has ", size));
  }
  for (int i = 0; i < size && !full(); ++i) {
    if (!check.entry.empty()) {
      CheckEntry(MessageAt(message, *check.field, i), check, path);
    } else {
      path.index = i;
      CheckValue(message, check, requirement, path);
    }
  }
}

void Validator::CheckEntry(const Message& entry, const FieldCheck& check, const Path& path) {
  const FieldCheck& key = check.entry[0];
  CheckValue(entry, key, {}, path);
  std::string scratch;
  const std::string name = key.kind == ValueKind::kText
                               ? absl::Utf8SafeCEscape(TextAt(entry, *key.field, -1, scratch))
                               : "";
  CheckValue(entry, check.entry[1], {}, Path{&path, name});
}

void Validator::CheckValue(const Message& message, const FieldCheck& check, Requirement requirement,
                           const Path& path) {
  const FieldDescriptor& field = *check.field;
  std::string scratch;
  switch (check.kind) {
    case ValueKind::kUnchecked:
      return;
    case ValueKind::kText:
      return CheckText(TextAt(message, field, path.index, scratch), check, path);
    case ValueKind::kBytes: {
      const size_t size = TextAt(message, field, path.index, scratch).size();
      if (check.max_length > 0 && size > static_cast<size_t>(check.max_length)) {
        Violate(path, absl::StrCat("must have at most ", check.max_length, " bytes, has ", size));
      }
      return;
    }
    case ValueKind::kInteger:
      return CheckBounds(IntegerAt(message, field, path.index), check, path);
    case ValueKind::kReal:
      return CheckBounds(RealAt(message, field, path.index), check, path);
    case ValueKind::kEnum:
      return CheckEnum(EnumAt(message, field, path.index), check, path);
    default:
      return CheckSubMessage(MessageAt(message, field, path.index), check, requirement, path);
  }
}

void Validator::CheckSubMessage(const Message& value, const FieldCheck& check,
                                Requirement requirement, const Path& path) {
  switch (check.kind) {
    case ValueKind::kDate:
      CheckDate(static_cast<const v1::Date&>(value), check, path);
      return;
    case ValueKind::kTime:
      if (!IsValidTime(static_cast<const google::protobuf::Timestamp&>(value))) {
        Violate(path, "must be a time between the years 1900 and 9999");
      }
      return;
    case ValueKind::kMoney: {
      const auto& money = static_cast<const v1::Money&>(value);
      if (money.micros() != 0 && money.currency_code().empty()) {
        Violate(Path{&path, "currency_code"}, "must be set where micros are not 0");
      } else if (money.micros() % SmallestAmountOf(money.currency_code()) != 0) {
        Violate(Path{&path, "micros"}, DecimalsText(money.currency_code()));
      }
      break;
    }
    default:
      break;
  }
  CheckMessage(value, *check.nested, requirement, &path);
}

void Validator::CheckDate(const v1::Date& date, const FieldCheck& check, const Path& path) {
  // What is worked out from a given day, such as the end of a term, lies behind it.
  const bool is_given = !check.output_only || check.imported;
  const int last_year = is_given ? kLastGivenYear : kLastYear;
  if (IsValidDate(date) && date.year() <= last_year) return;
  Violate(path,
          absl::StrCat("must be a day of the calendar between the years 1900 and ", last_year));
}

void Validator::CheckEnum(int value, const FieldCheck& check, const Path& path) {
  const auto& type = *check.field->enum_type();
  const bool is_known = type.FindValueByNumber(value) != nullptr;
  // Among several, `unspecified` says nothing.
  if (!is_known || (value == 0 && path.index >= 0)) {
    Violate(path, absl::StrCat("must be a value of ", type.name(), ", is ", value));
  }
}

void Validator::CheckText(absl::string_view text, const FieldCheck& check, const Path& path) {
  const std::optional<int> length = CountCharacters(text);
  if (!length.has_value()) {
    return Violate(path, "must be UTF-8 without control characters but tab and newline");
  }
  if (*length > check.max_length) {
    return Violate(
        path, absl::StrCat("must have at most ", check.max_length, " characters, has ", *length));
  }
  if (text.empty() && path.index >= 0) return Violate(path, "must not be empty");
  if (check.required && !HasVisible(text)) return Violate(path, "must hold something visible");
  const bool is_name = check.required && check.max_length <= kDefaultMaxLength;
  if (is_name && HasLineBreak(text)) return Violate(path, "must be one line");
  const std::string expected = ExpectedForm(text, check);
  if (!expected.empty()) Violate(path, expected);
}

template <typename Number>
void Validator::CheckBounds(Number value, const FieldCheck& check, const Path& path) {
  if (!std::isfinite(static_cast<double>(value))) {
    Violate(path, "must be a finite number");
  } else if (check.minimum.has_value() && value < *check.minimum) {
    Violate(path, absl::StrCat("must be at least ", *check.minimum, ", is ", value));
  } else if (check.maximum.has_value() && value > *check.maximum) {
    Violate(path, absl::StrCat("must be at most ", *check.maximum, ", is ", value));
  }
}

}  // namespace

namespace {

absl::Status Validate(const Message& message, bool with_output_only, const Path* path,
                      Requirement requirement = {}) {
  Validator validator(with_output_only);
  validator.CheckMessage(message, MessageRules::Of(*message.GetDescriptor()), requirement, path);
  return std::move(validator).ToStatus();
}

}  // namespace

absl::Status ValidateRequest(const Message& request) {
  return Validate(request, /*with_output_only=*/false, nullptr);
}

absl::Status ValidateResource(const Message& resource, absl::string_view field) {
  const Path path{nullptr, field};
  return Validate(resource, /*with_output_only=*/false, &path);
}

absl::Status ValidateWholeResource(const Message& resource, absl::string_view field) {
  const Path path{nullptr, field};
  return Validate(resource, /*with_output_only=*/true, &path);
}

absl::Status ValidatePartOfResource(const Message& resource, absl::string_view field) {
  const Path path{nullptr, field};
  return Validate(resource, /*with_output_only=*/true, &path, {/*all=*/false, nullptr});
}

}  // namespace perennial
