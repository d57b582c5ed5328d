#ifndef PERENNIAL_LIB_BASE_DATE_H_
#define PERENNIAL_LIB_BASE_DATE_H_

// Between perennial.v1.Date, google.protobuf.Timestamp, absl's civil days and
// times, and their text forms.

#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "perennial/v1/common.pb.h"

namespace perennial {

// A real day between 1900-01-01 and 9999-12-31?
bool IsValidDate(const v1::Date& date);

v1::Date ToDate(absl::CivilDay day);
absl::CivilDay ToCivilDay(const v1::Date& date);

// "2025-01-31". Parsing takes this form only: INVALID_ARGUMENT otherwise.
std::string FormatDate(const v1::Date& date);
absl::StatusOr<v1::Date> ParseDate(absl::string_view text);

// A day that the month does not have becomes its last day: 31 January and one
// month is 28 or 29 February. `months` may be negative.
absl::CivilDay AddMonths(absl::CivilDay day, int months);
// The same, towards a day of the month that `day` itself need not have: 28 February and one month
// is 31 March where that is 31.
absl::CivilDay AddMonths(absl::CivilDay day, int months, int day_of_month);

google::protobuf::Timestamp ToTimestamp(absl::Time time);
absl::Time ToTime(const google::protobuf::Timestamp& timestamp);

// In UTC.
absl::CivilDay DayOf(const google::protobuf::Timestamp& timestamp);

// Microseconds since 1970, as the database keeps times.
int64_t ToMicros(const google::protobuf::Timestamp& timestamp);
google::protobuf::Timestamp TimestampFromMicros(int64_t micros);

// RFC 3339 with a zone ("2025-01-31T12:00:00Z"), or a day alone for its first instant in UTC.
absl::StatusOr<absl::Time> ParseTime(absl::string_view text);
// "2025-01-31T12:00:00.000001Z", without needless digits. (absl::FormatTime would be ambiguous.)
std::string FormatUtc(absl::Time time);

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_DATE_H_
