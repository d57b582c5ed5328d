#include "perennial/client/text.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/date.h"
#include "lib/base/ids.h"
#include "lib/base/money.h"

namespace perennial::client {
namespace {

constexpr int kGroup = 3;
constexpr int kCodeLength = 3;

std::string WithGroups(absl::string_view digits) {
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % kGroup == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

bool AreDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// The digits of "1,250" or "1250"; nothing where the commas stand elsewhere.
std::optional<std::string> WithoutGroups(absl::string_view whole) {
  const std::vector<absl::string_view> groups = absl::StrSplit(whole, ',');
  for (size_t i = 0; i < groups.size(); ++i) {
    if (!AreDigits(groups[i])) return std::nullopt;
    if (i == 0 && groups.size() > 1 && groups[i].size() > kGroup) return std::nullopt;
    if (i > 0 && groups[i].size() != kGroup) return std::nullopt;
  }
  // "0,125" is rather an eighth than a hundred and twenty-five.
  if (groups.size() > 1 && groups[0][0] == '0') return std::nullopt;
  return absl::StrJoin(groups, "");
}

absl::Status NoMoney(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text,
                   "\" is no amount such as USD 1,250.50: a currency's code, and a "
                   "number with commas between groups of three and a decimal point"));
}

// Takes a code off either end.
std::string TakeCode(absl::string_view& text) {
  const auto is_code = [](absl::string_view part) {
    return part.size() == kCodeLength && std::all_of(part.begin(), part.end(), absl::ascii_isalpha);
  };
  std::string code;
  if (text.size() > kCodeLength && is_code(text.substr(0, kCodeLength))) {
    code = absl::AsciiStrToUpper(text.substr(0, kCodeLength));
    text.remove_prefix(kCodeLength);
  } else if (text.size() > kCodeLength && is_code(text.substr(text.size() - kCodeLength))) {
    code = absl::AsciiStrToUpper(text.substr(text.size() - kCodeLength));
    text.remove_suffix(kCodeLength);
  }
  text = absl::StripAsciiWhitespace(text);
  return code;
}

bool TakeMinus(absl::string_view& text) {
  if (!absl::ConsumePrefix(&text, "-")) return false;
  text = absl::StripLeadingAsciiWhitespace(text);
  return true;
}

bool IsCollection(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isalpha);
}

absl::Status NoName(absl::string_view name) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", name, "\" is no name such as accounts/acme/opportunities/2025"));
}

}  // namespace

std::string FormatMoney(const v1::Money& money) {
  const std::string plain = perennial::FormatMoney(money);  // "USD -1234.50"
  const size_t blank = plain.rfind(' ');
  const size_t start = blank == std::string::npos ? 0 : blank + 1;
  absl::string_view number = absl::string_view(plain).substr(start);
  const bool negative = absl::ConsumePrefix(&number, "-");
  const std::vector<absl::string_view> parts = absl::StrSplit(number, absl::MaxSplits('.', 1));
  return absl::StrCat(plain.substr(0, start), negative ? "-" : "", WithGroups(parts[0]),
                      parts.size() > 1 ? absl::StrCat(".", parts[1]) : "");
}

absl::StatusOr<v1::Money> ParseMoney(absl::string_view text) {
  absl::string_view rest = absl::StripAsciiWhitespace(text);
  bool negative = TakeMinus(rest);
  const std::string code = TakeCode(rest);
  if (!negative) negative = TakeMinus(rest);
  const std::vector<absl::string_view> parts = absl::StrSplit(rest, absl::MaxSplits('.', 1));
  const std::optional<std::string> whole = WithoutGroups(parts[0]);
  if (code.empty() || !whole.has_value() || (parts.size() > 1 && !AreDigits(parts[1]))) {
    return NoMoney(text);
  }
  const absl::StatusOr<int64_t> micros = ParseMicros(absl::StrCat(
      negative ? "-" : "", *whole, parts.size() > 1 ? "." : "", parts.size() > 1 ? parts[1] : ""));
  if (!micros.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" ", micros.status().message()));
  }
  return MakeMoney(code, *micros);
}

std::string FormatDate(const v1::Date& date) { return perennial::FormatDate(date); }
absl::StatusOr<v1::Date> ParseDate(absl::string_view text) { return perennial::ParseDate(text); }
v1::Date ToDate(absl::CivilDay day) { return perennial::ToDate(day); }
absl::CivilDay ToCivilDay(const v1::Date& date) { return perennial::ToCivilDay(date); }

absl::StatusOr<std::map<std::string, std::string>> ParseName(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (parts.size() % 2 != 0) return NoName(name);
  std::map<std::string, std::string> ids;
  for (size_t i = 0; i < parts.size(); i += 2) {
    const bool is_new = IsCollection(parts[i]) && IsValidId(parts[i + 1]) &&
                        ids.emplace(std::string(parts[i]), std::string(parts[i + 1])).second;
    if (!is_new) return NoName(name);
  }
  return ids;
}

absl::StatusOr<std::string> FormatName(
    const std::vector<std::pair<std::string, std::string>>& ids_by_collection) {
  std::vector<std::string> parts;
  for (const auto& [collection, id] : ids_by_collection) {
    parts.insert(parts.end(), {collection, id});
  }
  std::string name = absl::StrJoin(parts, "/");
  const auto parsed = ParseName(name);
  if (!parsed.ok()) return parsed.status();
  return name;
}

std::string Label(const google::protobuf::EnumDescriptor& type, int number) {
  const auto* value = type.FindValueByNumber(number);
  if (value == nullptr) return absl::StrCat("Unknown (", number, ")");
  if (number == 0 && absl::EndsWith(value->name(), "_UNSPECIFIED")) return "Unspecified";
  std::vector<std::string> words = absl::StrSplit(value->name(), '_');
  for (std::string& word : words) {
    if (word != "ARR") absl::AsciiStrToLower(&word);
  }
  std::string label = absl::StrJoin(words, " ");
  label[0] = absl::ascii_toupper(label[0]);
  return label;
}

}  // namespace perennial::client
