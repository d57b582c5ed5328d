#include "lib/base/date.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"

namespace perennial {
namespace {

constexpr int kMinYear = 1900;
constexpr int kMaxYear = 9999;
constexpr size_t kDateLength = 10;  // of "2025-01-31"

absl::Status NotADate() {
  return absl::InvalidArgumentError("expected a day between 1900 and 9999 such as 2025-01-31");
}

// Digits only: absl's own conversions also take signs and blanks.
bool ParseDigits(absl::string_view text, int32_t* value) {
  return std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, value);
}

}  // namespace

bool IsValidDate(const v1::Date& date) {
  if (date.year() < kMinYear || date.year() > kMaxYear) return false;
  // A civil day carries the excess of a part over into the next.
  const absl::CivilDay day = ToCivilDay(date);
  return day.month() == date.month() && day.day() == date.day();
}

v1::Date ToDate(absl::CivilDay day) {
  v1::Date date;
  date.set_year(static_cast<int32_t>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return date;
}

absl::CivilDay ToCivilDay(const v1::Date& date) {
  return absl::CivilDay(date.year(), date.month(), date.day());
}

std::string FormatDate(const v1::Date& date) {
  return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
}

absl::StatusOr<v1::Date> ParseDate(absl::string_view text) {
  int32_t year = 0;
  int32_t month = 0;
  int32_t day = 0;
  if (text.size() != kDateLength || text[4] != '-' || text[7] != '-' ||
      !ParseDigits(text.substr(0, 4), &year) || !ParseDigits(text.substr(5, 2), &month) ||
      !ParseDigits(text.substr(8, 2), &day)) {
    return NotADate();
  }
  v1::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  if (!IsValidDate(date)) return NotADate();
  return date;
}

absl::CivilDay AddMonths(absl::CivilDay day, int months) {
  return AddMonths(day, months, day.day());
}

absl::CivilDay AddMonths(absl::CivilDay day, int months, int day_of_month) {
  const absl::CivilMonth month = absl::CivilMonth(day) + months;
  return std::min(absl::CivilDay(month) + (day_of_month - 1), absl::CivilDay(month + 1) - 1);
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  timestamp.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(timestamp.seconds()))));
  return timestamp;
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

absl::CivilDay DayOf(const google::protobuf::Timestamp& timestamp) {
  return absl::ToCivilDay(ToTime(timestamp), absl::UTCTimeZone());
}

int64_t ToMicros(const google::protobuf::Timestamp& timestamp) {
  return absl::ToUnixMicros(ToTime(timestamp));
}

google::protobuf::Timestamp TimestampFromMicros(int64_t micros) {
  return ToTimestamp(absl::FromUnixMicros(micros));
}

absl::StatusOr<absl::Time> ParseTime(absl::string_view text) {
  const absl::StatusOr<v1::Date> day = ParseDate(text.substr(0, kDateLength));
  if (day.ok() && text.size() == kDateLength) {
    return absl::FromCivil(ToCivilDay(*day), absl::UTCTimeZone());
  }
  absl::Time time;
  std::string error;
  // absl would take blanks around the time.
  if (!day.ok() || text[kDateLength] != 'T' || absl::ascii_isspace(text.back()) ||
      !absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return absl::InvalidArgumentError(
        "expected a time such as 2025-01-31T12:00:00Z, or a day such as 2025-01-31");
  }
  return time;
}

std::string FormatUtc(absl::Time time) {
  return absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

}  // namespace perennial
