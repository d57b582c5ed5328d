#include "client/cli/sheet_cell.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/field_text.h"
#include "client/cli/resources.h"
#include "google/protobuf/timestamp.pb.h"
#include "perennial/v1/common.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::FieldDescriptor;

bool AreDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// The digits of "1,250,000" at whose commas it was parted; empty where the groups are none.
std::string Ungrouped(const std::vector<std::string>& groups) {
  for (size_t i = 0; i < groups.size(); ++i) {
    const bool is_right =
        AreDigits(groups[i]) && (i == 0 ? groups[i].size() <= 3 : groups[i].size() == 3);
    if (!is_right) return "";
  }
  return absl::StrJoin(groups, "");
}

// Of a number without its sign and blanks.
std::vector<std::string> UnsignedReadings(const std::string& text) {
  const size_t last = text.find_last_of(".,");
  if (last == std::string::npos) {
    return AreDigits(text) ? std::vector{text} : std::vector<std::string>();
  }
  std::vector<std::string> readings;
  const char separator = text[last];
  const std::vector<std::string> groups = absl::StrSplit(text, separator);
  const bool has_other = text.find(separator == '.' ? ',' : '.') != std::string::npos;
  if (!has_other && groups[0] != "0") {
    const std::string whole = Ungrouped(groups);
    if (!whole.empty()) readings.push_back(whole);
  }
  if (groups.size() == 2 && AreDigits(groups[1])) {
    const std::vector<std::string> whole_groups =
        absl::StrSplit(groups[0], separator == '.' ? ',' : '.');
    const std::string whole = has_other              ? Ungrouped(whole_groups)
                              : AreDigits(groups[0]) ? groups[0]
                                                     : "";
    if (!whole.empty()) readings.push_back(absl::StrCat(whole, ".", groups[1]));
  }
  return readings;
}

std::vector<std::string> NumberReadings(absl::string_view cell) {
  // Groups are also parted by blanks, which may be wide or narrow and not to be broken at, and by
  // '.
  std::string text = absl::StrReplaceAll(
      cell,
      {{" ", ""}, {"\u00a0", ""}, {"\u202f", ""}, {"\u2009", ""}, {"'", ""}, {"\u2212", "-"}});
  std::string sign;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    sign = text[0] == '-' ? "-" : "";
    text.erase(0, 1);
  }
  std::vector<std::string> readings = UnsignedReadings(text);
  for (std::string& reading : readings) reading.insert(0, sign);
  return readings;
}

// "12.00" -> "12"; nothing where it is not whole.
std::vector<std::string> WholeReadings(absl::string_view cell) {
  std::vector<std::string> whole;
  for (const std::string& reading : NumberReadings(cell)) {
    const std::vector<std::string> parts = absl::StrSplit(reading, '.');
    const bool is_whole = parts.size() == 1 || parts[1].find_first_not_of('0') == std::string::npos;
    if (is_whole) whole.push_back(parts[0]);
  }
  return whole;
}

bool IsCurrency(absl::string_view word) {
  return word.size() == 3 && std::all_of(word.begin(), word.end(), absl::ascii_isalpha);
}

std::vector<std::string> MoneyReadings(absl::string_view cell, absl::string_view currency) {
  absl::string_view number = absl::StripAsciiWhitespace(cell);
  if (number.size() > 3 && IsCurrency(number.substr(0, 3))) {
    currency = number.substr(0, 3);
    number.remove_prefix(3);
  } else if (number.size() > 3 && IsCurrency(number.substr(number.size() - 3))) {
    currency = number.substr(number.size() - 3);
    number.remove_suffix(3);
  }
  std::vector<std::string> readings;
  if (currency.empty()) return readings;
  for (const std::string& reading : NumberReadings(number)) {
    readings.push_back(absl::StrCat(currency, " ", reading));
  }
  return readings;
}

// Days of which the parts are numbers, in whatever order.
std::vector<std::string> DayReadings(absl::string_view cell) {
  const size_t at = cell.find_first_of("./-");
  if (at == absl::string_view::npos) return {};
  const std::vector<std::string> parts = absl::StrSplit(cell, cell[at]);
  int first, second, third;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &first) ||
      !absl::SimpleAtoi(parts[1], &second) || !absl::SimpleAtoi(parts[2], &third)) {
    return {};
  }
  const auto day = [](int year, int month, int day_of_month) {
    return absl::StrFormat("%04d-%02d-%02d", year, month, day_of_month);
  };
  if (parts[0].size() == 4) return {day(first, second, third)};
  if (parts[2].size() != 4) return {};  // a year of two digits may be any part
  // Between dots the day comes first, wherever it is written so.
  if (cell[at] == '.') return {day(third, second, first)};
  return {day(third, first, second), day(third, second, first)};
}

// What is behind the day: "" or "T12:00:00Z".
std::vector<std::string> TimeReadings(absl::string_view cell) {
  const std::vector<absl::string_view> words = absl::StrSplit(cell, ' ', absl::SkipWhitespace());
  if (words.size() > 2 || words.empty()) return {};
  std::vector<std::string> readings;
  for (const std::string& day : DayReadings(words[0])) {
    if (words.size() == 1) {
      readings.push_back(day);
      continue;
    }
    const bool has_seconds = std::count(words[1].begin(), words[1].end(), ':') == 2;
    readings.push_back(absl::StrCat(day, "T", words[1].size() < 5 || words[1][1] == ':' ? "0" : "",
                                    words[1], has_seconds ? "" : ":00", "Z"));
  }
  return readings;
}

// The text that the ' before a formula keeps from being run.
absl::string_view WithoutGuard(absl::string_view cell) {
  const bool is_guarded =
      cell.size() > 1 && cell[0] == '\'' && absl::StrContains("=+-@\t\r\n", cell.substr(1, 1));
  return is_guarded ? cell.substr(1) : cell;
}

// What the cell may be in the words that flags take.
std::vector<std::string> Candidates(const FieldDescriptor& field, absl::string_view cell,
                                    absl::string_view currency) {
  const absl::string_view trimmed = absl::StripAsciiWhitespace(cell);
  if (trimmed.empty()) return {""};
  if (field.is_repeated()) return {std::string(WithoutGuard(cell))};
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return WholeReadings(trimmed);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return NumberReadings(trimmed);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.message_type() == v1::Money::descriptor()) return MoneyReadings(trimmed, currency);
      if (field.message_type() == v1::Date::descriptor()) {
        // Spreadsheets may show a day with the time that it begins at.
        const std::vector<std::string> words = absl::StrSplit(trimmed, absl::ByAnyChar(" T"));
        const bool is_midnight = words.size() == 1 || absl::StartsWith(words[1], "00:00");
        return is_midnight ? DayReadings(words[0]) : std::vector<std::string>();
      }
      if (field.message_type() == google::protobuf::Timestamp::descriptor()) {
        std::vector<std::string> readings = TimeReadings(trimmed);
        if (readings.empty()) readings.emplace_back(trimmed);
        return readings;
      }
      return {std::string(trimmed)};
    case FieldDescriptor::CPPTYPE_STRING:
      return {std::string(WithoutGuard(cell))};
    default:
      return {std::string(trimmed)};
  }
}

}  // namespace

std::vector<std::string> CellReadings(const FieldDescriptor& field, absl::string_view cell,
                                      absl::string_view currency) {
  std::vector<std::string> readings;
  for (const std::string& candidate : Candidates(field, cell, currency)) {
    const auto scratch = NewMessage(*field.containing_type());
    if (!SetField(field, candidate, *scratch).ok()) continue;
    std::string text = FieldText(*scratch, field);
    if (std::find(readings.begin(), readings.end(), text) == readings.end()) {
      readings.push_back(std::move(text));
    }
  }
  return readings;
}

absl::StatusOr<std::string> ReadCell(const FieldDescriptor& field, absl::string_view cell,
                                     absl::string_view currency) {
  std::vector<std::string> readings = CellReadings(field, cell, currency);
  if (readings.size() == 1) return std::move(readings[0]);
  if (readings.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", cell, "\" may be ", absl::StrJoin(readings, " or "), ": write it as one of these"));
  }
  // In the words of what flags take.
  const auto scratch = NewMessage(*field.containing_type());
  const absl::Status status = SetField(field, cell, *scratch);
  return absl::InvalidArgumentError(absl::StrCat(
      status.ok() ? "expected another form" : status.message(), ", not \"", cell, "\""));
}

bool MayBeReformatted(absl::string_view text, absl::string_view cell) {
  if (text == cell || text.empty()) return false;
  double number, shown;
  if (absl::SimpleAtod(text, &number) && absl::SimpleAtod(cell, &shown)) {
    // Fifteen digits are kept, and six or so shown of what is long.
    const double tolerance = absl::StrContains(cell, 'E') ? 1e-4 : 1e-14;
    return std::abs(number - shown) <= std::abs(number) * tolerance;
  }
  bool truth;
  if (absl::SimpleAtob(text, &truth)) return absl::EqualsIgnoreCase(text, cell);
  const FieldDescriptor& day =
      *v1::Opportunity::descriptor()->FindFieldByNumber(v1::Opportunity::kRenewalDateFieldNumber);
  const std::vector<std::string> days = CellReadings(day, text, "");
  for (const std::string& reading : CellReadings(day, cell, "")) {
    if (std::find(days.begin(), days.end(), reading) != days.end()) return true;
  }
  return false;
}

}  // namespace perennial::cli
