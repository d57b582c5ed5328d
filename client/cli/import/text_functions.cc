#include "client/cli/import/text_functions.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

constexpr size_t kMaxIdLength = 63;
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
  return Wrong(value, absl::StrCat("does not have the form ", format, ": ", error));
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

TextFunction DaysFromToday(const FunctionContext& context) {
  return UnlessEmpty([&context](absl::string_view value) -> absl::StatusOr<std::string> {
    int days = 0;
    if (!absl::SimpleAtoi(value, &days) || std::abs(days) > kMaxDays) {
      return Wrong(value, "is not a number of days");
    }
    return FormatDate(ToDate(context.today + days));
  });
}

// Money's parser is exact, and knows the bounds.
TextFunction Times(int64_t factor) {
  return UnlessEmpty([factor](absl::string_view value) -> absl::StatusOr<std::string> {
    const absl::StatusOr<int64_t> micros = ParseMicros(value);
    int64_t product = 0;
    if (!micros.ok() || __builtin_mul_overflow(*micros, factor, &product)) {
      return Wrong(value, "is not a number that can be multiplied");
    }
    const std::string digits =
        absl::StrCat(product < 0 ? "-" : "", std::abs(product / 1000000), ".",
                     absl::Dec(std::abs(product % 1000000), absl::kZeroPad6));
    // Whole numbers stay whole.
    return std::string(absl::StripSuffix(digits, ".000000"));
  });
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

}  // namespace

absl::StatusOr<TextFunction> MakeTextFunction(absl::string_view call,
                                              const FunctionContext& context) {
  const std::vector<std::string> parts = absl::StrSplit(call, absl::MaxSplits(':', 1));
  const std::string& name = parts[0];
  const std::string argument = parts.size() > 1 ? parts[1] : "";
  const auto needs = [&](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("the function ", name, " needs ", what));
  };
  if (name == "or") {
    return TextFunction([argument](absl::string_view value) -> absl::StatusOr<std::string> {
      return value.empty() ? argument : std::string(value);
    });
  }
  if (name == "map") {
    const auto map = context.value_maps.find(argument);
    if (map == context.value_maps.end()) return needs("the name of a value map: map:NAME");
    return Map(map->second);
  }
  if (name == "replace") {
    const std::pair<std::string, std::string> texts =
        absl::StrSplit(argument, absl::MaxSplits(':', 1));
    if (texts.first.empty()) return needs("two texts: replace:FROM:TO");
    return TextFunction([texts](absl::string_view value) -> absl::StatusOr<std::string> {
      return absl::StrReplaceAll(value, {{texts.first, texts.second}});
    });
  }
  if (name == "times") {
    int64_t factor = 0;
    if (!absl::SimpleAtoi(argument, &factor)) return needs("a whole number: times:12");
    return Times(factor);
  }
  if (name == "date" || name == "time") {
    if (argument.empty()) return needs(absl::StrCat("a format: ", name, ":%d.%m.%Y"));
    return name == "date" ? Date(argument) : Time(argument);
  }
  if (parts.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no function ", name, " with an argument"));
  }
  if (name == "id") return TextFunction(ToId);
  if (name == "days_from_today") return DaysFromToday(context);
  if (name == "lower") {
    return TextFunction([](absl::string_view value) { return absl::AsciiStrToLower(value); });
  }
  if (name == "upper") {
    return TextFunction([](absl::string_view value) { return absl::AsciiStrToUpper(value); });
  }
  if (name == "trim") {
    return TextFunction(
        [](absl::string_view value) { return std::string(absl::StripAsciiWhitespace(value)); });
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no function ", name,
                   "; there are lower, upper, trim, id, or:, map:, "
                   "replace:, times:, date:, time: and days_from_today"));
}

}  // namespace perennial::cli
