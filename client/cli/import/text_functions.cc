#include "client/cli/import/text_functions.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "client/cli/import/country_names.h"
#include "client/cli/import/decimals.h"
#include "lib/base/date.h"
#include "lib/base/fingerprint.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

constexpr size_t kMaxIdLength = 63;
constexpr size_t kHashLength = 13;
// 9999 years.
constexpr int kMaxDays = 3652059;

absl::Status Wrong(absl::string_view value, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("\"", value, "\" ", what));
}

absl::StatusOr<std::string> ToId(absl::string_view value) {
  std::string id;
  for (const char c : absl::AsciiStrToLower(value)) {
    if (absl::ascii_isalnum(c)) {
      id.push_back(c);
    } else if (!id.empty() && id.back() != '-') {
      id.push_back('-');
    }
  }
  if (id.size() > kMaxIdLength) id.resize(kMaxIdLength);
  while (!id.empty() && id.back() == '-') id.pop_back();
  if (id.empty()) return Wrong(value, "has nothing to make an id of");
  return id;
}

// An id that no other text makes: what can be read of the text, and a hash of it as it is. The same
// text makes the same id for ever.
absl::StatusOr<std::string> ToUniqueId(absl::string_view value) {
  value = absl::StripAsciiWhitespace(value);
  if (value.empty()) return Wrong(value, "has nothing to make an id of");
  constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuv";
  std::string hash;
  for (uint64_t rest = Fingerprint(value); hash.size() < kHashLength; rest >>= 5) {
    hash.push_back(kDigits[rest & 31]);
  }
  std::string readable = ToId(value).value_or("");
  if (readable.size() > kMaxIdLength - kHashLength - 1) {
    readable.resize(kMaxIdLength - kHashLength - 1);
  }
  return absl::StrCat(readable, readable.empty() || readable.back() == '-' ? "" : "-", hash);
}

// Functions of dates leave nothing as nothing.
template <class Function>
TextFunction UnlessEmpty(Function function) {
  return [function = std::move(function)](absl::string_view value) -> absl::StatusOr<std::string> {
    value = absl::StripAsciiWhitespace(value);
    if (value.empty()) return std::string();
    return function(value);
  };
}

absl::StatusOr<absl::Time> ParseIn(const std::string& format, absl::string_view value) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime(format, value, absl::UTCTimeZone(), &time, &error)) return time;
  // Such as the 31st of February.
  if (absl::StrContains(error, "range")) {
    return Wrong(value, absl::StrCat("is of no day or time in the form ", format));
  }
  return Wrong(value, absl::StrCat("does not have the form ", format));
}

TextFunction Date(const std::string& format) {
  return UnlessEmpty([format](absl::string_view value) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const absl::Time time, ParseIn(format, value));
    return FormatDate(ToDate(absl::ToCivilDay(time, absl::UTCTimeZone())));
  });
}

TextFunction Time(const std::string& format) {
  return UnlessEmpty([format](absl::string_view value) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const absl::Time time, ParseIn(format, value));
    return FormatUtc(time);
  });
}

absl::StatusOr<std::string> DayText(absl::CivilDay day, absl::string_view value) {
  const v1::Date date = ToDate(day);
  if (!IsValidDate(date)) return Wrong(value, "leads out of the calendar");
  return FormatDate(date);
}

TextFunction DaysFrom(absl::CivilDay from) {
  return UnlessEmpty([from](absl::string_view value) -> absl::StatusOr<std::string> {
    int days = 0;
    if (!absl::SimpleAtoi(value, &days) || std::abs(days) > kMaxDays) {
      return Wrong(value, "is not a number of days");
    }
    return DayText(from + days, value);
  });
}

TextFunction Later(int number, bool months) {
  return UnlessEmpty([number, months](absl::string_view value) -> absl::StatusOr<std::string> {
    absl::StatusOr<v1::Date> date = ParseDate(value);
    if (!date.ok()) return Wrong(value, "is not a day such as 2025-01-31");
    const absl::CivilDay day = ToCivilDay(*date);
    return DayText(months ? AddMonths(day, number) : day + number, value);
  });
}

// Excel counts days from 1900-01-01 as 1, and takes 1900 for a leap year: from March on that is the
// number of days since 1899-12-30. A part of a day is a time.
absl::StatusOr<std::string> ExcelDay(absl::string_view value) {
  double days = 0;
  if (!absl::SimpleAtod(value, &days) || days < 61 || days > kMaxDays) {
    return Wrong(value, "is not a day's number as spreadsheets have it, such as 45292");
  }
  return DayText(absl::CivilDay(1899, 12, 30) + static_cast<int>(days), value);
}

// 1.234,50 -> 1234.50. Groups stand where groups are, or nothing is read into the number.
absl::StatusOr<std::string> Decimal(absl::string_view value, char grouping, char point) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(value, absl::MaxSplits(point, 1));
  absl::string_view whole = parts.first;
  std::string number(absl::ConsumePrefix(&whole, "-") ? "-" : "");
  const std::vector<absl::string_view> groups = absl::StrSplit(whole, grouping);
  const bool has_point = parts.first.size() < value.size();
  const auto all_digits = [](absl::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  };
  bool right = !has_point || all_digits(parts.second);
  for (size_t i = 0; i < groups.size(); ++i) {
    right &= all_digits(groups[i]) && (i == 0 || groups[i].size() == 3) &&
             (i != 0 || groups.size() == 1 || groups[i].size() <= 3);
    absl::StrAppend(&number, groups[i]);
  }
  if (!right) {
    return Wrong(value, absl::StrCat("is not a number such as 1", std::string(1, grouping), "234",
                                     std::string(1, point), "50"));
  }
  return has_point ? absl::StrCat(number, ".", parts.second) : number;
}

absl::StatusOr<std::string> Country(absl::string_view value) {
  const std::optional<std::string> code = CountryCode(value);
  if (code.has_value()) return *code;
  return Wrong(value, "is not a country that is known by this name");
}

TextFunction Map(const internal::ValueMap& map) {
  return [&map](absl::string_view value) -> absl::StatusOr<std::string> {
    const auto found = map.values().find(std::string(value));
    if (found != map.values().end()) return found->second;
    if (value.empty() || map.keep_others()) return std::string(value);
    if (map.has_otherwise()) return map.otherwise();
    return Wrong(value, absl::StrCat("is not in the value map ", map.name()));
  };
}

// A function without an argument, of a value alone.
TextFunction Plain(std::string (*function)(absl::string_view)) {
  return [function](absl::string_view value) { return function(value); };
}

struct Argument {
  const std::string& text;
  const FunctionContext& context;
};

struct NamedFunction {
  absl::string_view name;
  absl::string_view argument;  // what it needs, such as NAME; empty where it takes none
  absl::string_view example;   // of that, for errors
  absl::string_view help;
  absl::StatusOr<TextFunction> (*make)(const Argument& argument);
  FunctionKind kind = FunctionKind::kPlain;
};

absl::Status NoArgument() { return absl::InvalidArgumentError("unfit"); }

template <bool kMonths>
absl::StatusOr<TextFunction> MakeLater(const Argument& argument) {
  int number = 0;
  if (!absl::SimpleAtoi(argument.text, &number) || std::abs(number) > kMaxDays) return NoArgument();
  return Later(number, kMonths);
}

absl::StatusOr<TextFunction> MakeOr(const Argument& argument) {
  return TextFunction([text = argument.text](absl::string_view value) {
    return absl::StatusOr<std::string>(value.empty() ? text : std::string(value));
  });
}

absl::StatusOr<TextFunction> MakeMap(const Argument& argument) {
  const auto map = argument.context.value_maps.find(argument.text);
  if (map == argument.context.value_maps.end()) return NoArgument();
  return Map(map->second);
}

absl::StatusOr<TextFunction> MakeReplace(const Argument& argument) {
  const std::pair<std::string, std::string> texts =
      absl::StrSplit(argument.text, absl::MaxSplits(':', 1));
  if (texts.first.empty()) return NoArgument();
  return TextFunction([texts](absl::string_view value) {
    return absl::StatusOr<std::string>(absl::StrReplaceAll(value, {{texts.first, texts.second}}));
  });
}

absl::StatusOr<TextFunction> MakeTimes(const Argument& argument) {
  if (!MultiplyDecimals(argument.text, "1").ok()) return NoArgument();
  return UnlessEmpty([factor = argument.text](absl::string_view value) {
    return MultiplyDecimals(value, factor);
  });
}

absl::StatusOr<TextFunction> MakeDaysFrom(const Argument& argument) {
  const absl::StatusOr<v1::Date> date = ParseDate(argument.text);
  if (!date.ok()) return NoArgument();
  return DaysFrom(ToCivilDay(*date));
}

// In the order in which --help has them.
const NamedFunction kFunctions[] = {
    {"lower", "", "", "ACME -> acme",
     [](const Argument&) -> absl::StatusOr<TextFunction> {
       return Plain([](absl::string_view value) { return absl::AsciiStrToLower(value); });
     },
     FunctionKind::kBlurs},
    {"upper", "", "", "usd -> USD",
     [](const Argument&) -> absl::StatusOr<TextFunction> {
       return Plain([](absl::string_view value) { return absl::AsciiStrToUpper(value); });
     },
     FunctionKind::kBlurs},
    {"trim", "", "", "takes blanks off both ends",
     [](const Argument&) -> absl::StatusOr<TextFunction> {
       return Plain(
           [](absl::string_view value) { return std::string(absl::StripAsciiWhitespace(value)); });
     }},
    {"id", "", "",
     "makes a resource id: \"ACME, Inc.\" -> acme-inc; another text that makes the same is "
     "rejected, as with lower, upper and replace in a name",
     [](const Argument&) -> absl::StatusOr<TextFunction> { return TextFunction(ToId); },
     FunctionKind::kBlurs},
    {"unique_id", "", "", "makes one that no other text has: acme-inc-4k2f0q9xw7a1c",
     [](const Argument&) -> absl::StatusOr<TextFunction> { return TextFunction(ToUniqueId); }},
    {"or", "TEXT", "a text: or:none", "TEXT where it is empty", MakeOr},
    {"map", "NAME", "the name of a value map: map:NAME", "what that value map has for it", MakeMap},
    {"replace", "FROM:TO", "two texts: replace:FROM:TO", "every FROM becomes TO", MakeReplace,
     FunctionKind::kBlurs},
    {"country", "", "", "the ISO code of a country: Germany -> DE",
     [](const Argument&) -> absl::StatusOr<TextFunction> { return UnlessEmpty(Country); }},
    {"times", "NUMBER", "a number: times:12", "the product with a decimal number", MakeTimes},
    {"decimal_comma", "", "", "1.234,50 -> 1234.50",
     [](const Argument&) -> absl::StatusOr<TextFunction> {
       return UnlessEmpty([](absl::string_view value) { return Decimal(value, '.', ','); });
     }},
    {"decimal_point", "", "", "1,234.50 -> 1234.50",
     [](const Argument&) -> absl::StatusOr<TextFunction> {
       return UnlessEmpty([](absl::string_view value) { return Decimal(value, ',', '.'); });
     }},
    {"date", "FORMAT", "a format: date:%d.%m.%Y", "a day in a format of strptime, as 2025-01-31",
     [](const Argument& argument) -> absl::StatusOr<TextFunction> { return Date(argument.text); }},
    {"time", "FORMAT", "a format: time:%d.%m.%Y",
     "a time in such a format, in UTC unless that has %z, as 2025-01-31T12:00:00Z",
     [](const Argument& argument) -> absl::StatusOr<TextFunction> { return Time(argument.text); }},
    {"excel_day", "", "", "a spreadsheet's number of a day: 45292 -> 2024-01-01",
     [](const Argument&) -> absl::StatusOr<TextFunction> { return UnlessEmpty(ExcelDay); }},
    {"plus_days", "N", "a whole number: plus_days:30", "the day N days later; -N earlier",
     MakeLater<false>},
    {"plus_months", "N", "a whole number: plus_months:12",
     "the day N months later, or the last one of a month that is shorter; -N earlier",
     MakeLater<true>},
    {"days_from", "DAY", "a day: days_from:2025-01-31", "the day so many days after DAY",
     MakeDaysFrom},
    {"days_from_today", "", "",
     "the same from the server's today: that of the first import while the number stays; not in "
     "names, "
     "lists and elements",
     [](const Argument& argument) -> absl::StatusOr<TextFunction> {
       return DaysFrom(argument.context.today);
     },
     FunctionKind::kDay},
};

// Of a sum nothing is zero, unless both are nothing.
template <absl::StatusOr<std::string> (*kReckon)(absl::string_view, absl::string_view)>
absl::StatusOr<std::string> OrNothing(absl::string_view value, absl::string_view other) {
  value = absl::StripAsciiWhitespace(value);
  other = absl::StripAsciiWhitespace(other);
  if (value.empty() && other.empty()) return std::string();
  return kReckon(value.empty() ? "0" : value, other.empty() ? "0" : other);
}

// Nothing times something is nothing: a price that nobody knows is not 0.
absl::StatusOr<std::string> Product(absl::string_view value, absl::string_view other) {
  value = absl::StripAsciiWhitespace(value);
  other = absl::StripAsciiWhitespace(other);
  if (value.empty() || other.empty()) return std::string();
  return MultiplyDecimals(value, other);
}

struct NamedColumnFunction {
  absl::string_view name;
  absl::string_view help;
  ColumnFunction function;
};

const std::vector<NamedColumnFunction>& ColumnFunctions() {
  static const auto& functions = *new std::vector<NamedColumnFunction>{
      {"or_column", "the value of that column where it is empty",
       [](absl::string_view value, absl::string_view other) {
         return absl::StatusOr<std::string>(std::string(value.empty() ? other : value));
       }},
      {"plus_column", "the sum with that column", OrNothing<AddDecimals>},
      {"minus_column", "less the value of that column", OrNothing<SubtractDecimals>},
      {"times_column", "the product with that column; empty where one of them is", Product},
  };
  return functions;
}

std::string NameList() {
  std::vector<std::string> names;
  for (const NamedFunction& function : kFunctions) {
    names.push_back(absl::StrCat(function.name, function.argument.empty() ? "" : ":"));
  }
  for (const NamedColumnFunction& function : ColumnFunctions()) {
    names.push_back(absl::StrCat(function.name, ":"));
  }
  return absl::StrJoin(names, ", ");
}

}  // namespace

absl::StatusOr<TextFunction> MakeTextFunction(absl::string_view call,
                                              const FunctionContext& context) {
  const std::vector<std::string> parts = absl::StrSplit(call, absl::MaxSplits(':', 1));
  const std::string& name = parts[0];
  const std::string argument = parts.size() > 1 ? parts[1] : "";
  for (const NamedFunction& function : kFunctions) {
    if (function.name != name) continue;
    if (function.argument.empty() && parts.size() > 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("there is no function ", name, " with an argument"));
    }
    const bool lacks = !function.argument.empty() && argument.empty() && name != "or";
    absl::StatusOr<TextFunction> made =
        lacks ? absl::StatusOr<TextFunction>(NoArgument()) : function.make({argument, context});
    if (made.ok()) return made;
    return absl::InvalidArgumentError(
        absl::StrCat("the function ", name, " needs ", function.example));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no function ", name, "; there are ", NameList()));
}

FunctionKind KindOfFunction(absl::string_view call) {
  const absl::string_view name = call.substr(0, call.find(':'));
  for (const NamedFunction& function : kFunctions) {
    if (function.name == name) return function.kind;
  }
  return FunctionKind::kPlain;
}

const ColumnFunction* FindColumnFunction(absl::string_view name) {
  for (const NamedColumnFunction& function : ColumnFunctions()) {
    if (function.name == name) return &function.function;
  }
  return nullptr;
}

std::string DescribeFunctions() {
  std::string text;
  const auto add = [&text](absl::string_view name, absl::string_view argument,
                           absl::string_view help) {
    const std::string call = absl::StrCat(name, argument.empty() ? "" : ":", argument);
    absl::StrAppendFormat(&text, "  %-20s %s\n", call, help);
  };
  for (const NamedFunction& function : kFunctions) {
    add(function.name, function.argument, function.help);
  }
  for (const NamedColumnFunction& function : ColumnFunctions()) {
    add(function.name, "COLUMN", function.help);
  }
  return text;
}

}  // namespace perennial::cli
