#include "lib/base/date.h"

#include <gtest/gtest.h>

namespace perennial {
namespace {

v1::Date MakeDate(int year, int month, int day) {
  v1::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

TEST(IsValidDateTest, KnowsTheCalendar) {
  EXPECT_TRUE(IsValidDate(MakeDate(2024, 2, 29)));
  EXPECT_TRUE(IsValidDate(MakeDate(2000, 2, 29)));
  EXPECT_TRUE(IsValidDate(MakeDate(1900, 1, 1)));
  EXPECT_TRUE(IsValidDate(MakeDate(9999, 12, 31)));
  EXPECT_FALSE(IsValidDate(MakeDate(2025, 2, 29)));
  EXPECT_FALSE(IsValidDate(MakeDate(1900, 2, 29)));
  EXPECT_FALSE(IsValidDate(MakeDate(1899, 12, 31)));
  EXPECT_FALSE(IsValidDate(MakeDate(10000, 1, 1)));
  EXPECT_FALSE(IsValidDate(MakeDate(2025, 0, 1)));
  EXPECT_FALSE(IsValidDate(MakeDate(2025, 13, 1)));
  EXPECT_FALSE(IsValidDate(MakeDate(2025, 4, 31)));
  EXPECT_FALSE(IsValidDate(MakeDate(2025, 1, -1)));
  EXPECT_FALSE(IsValidDate(MakeDate(2025, 1 << 30, 1 << 30)));
  EXPECT_FALSE(IsValidDate(v1::Date()));
}

TEST(DateTest, ConvertsToCivilDaysAndBack) {
  EXPECT_EQ(ToCivilDay(MakeDate(2024, 2, 29)), absl::CivilDay(2024, 2, 29));
  EXPECT_EQ(FormatDate(ToDate(absl::CivilDay(2024, 2, 29))), "2024-02-29");
}

TEST(ParseDateTest, TakesOneFormOnly) {
  EXPECT_EQ(FormatDate(ParseDate("2025-01-31").value()), "2025-01-31");
  for (const char* text : {"", "2025-1-31", "2025-01-32", "2025-02-30", "25-01-31", "2025/01/31",
                           " 2025-01-31", "2025-01-31 ", "2025-01-3x", "+025-01-31", "2025-01-+1",
                           "2025- 1-31", "0000-01-01", "2025-01-31T00:00:00Z"}) {
    EXPECT_EQ(ParseDate(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(AddMonthsTest, EndsOnTheLastDayWhereTheMonthIsShorter) {
  EXPECT_EQ(AddMonths(absl::CivilDay(2025, 1, 31), 1), absl::CivilDay(2025, 2, 28));
  EXPECT_EQ(AddMonths(absl::CivilDay(2024, 1, 31), 1), absl::CivilDay(2024, 2, 29));
  EXPECT_EQ(AddMonths(absl::CivilDay(2024, 2, 29), 12), absl::CivilDay(2025, 2, 28));
  EXPECT_EQ(AddMonths(absl::CivilDay(2025, 1, 15), 1), absl::CivilDay(2025, 2, 15));
  EXPECT_EQ(AddMonths(absl::CivilDay(2025, 3, 31), -1), absl::CivilDay(2025, 2, 28));
  EXPECT_EQ(AddMonths(absl::CivilDay(2025, 1, 31), -2), absl::CivilDay(2024, 11, 30));
  EXPECT_EQ(AddMonths(absl::CivilDay(2025, 12, 31), 0), absl::CivilDay(2025, 12, 31));
}

TEST(TimestampTest, GoesToTimesAndBack) {
  const absl::Time time = absl::FromUnixSeconds(-2) + absl::Nanoseconds(5);
  const google::protobuf::Timestamp timestamp = ToTimestamp(time);
  EXPECT_EQ(timestamp.seconds(), -2);
  EXPECT_EQ(timestamp.nanos(), 5);
  EXPECT_EQ(ToTime(timestamp), time);
}

TEST(TimestampTest, GoesToMicrosAndBack) {
  EXPECT_EQ(ToMicros(TimestampFromMicros(1'738'324'800'000'001)), 1'738'324'800'000'001);
  EXPECT_EQ(ToMicros(TimestampFromMicros(-1)), -1);
  EXPECT_EQ(TimestampFromMicros(-1).seconds(), -1);
  EXPECT_EQ(TimestampFromMicros(-1).nanos(), 999'999'000);
  EXPECT_EQ(ToMicros(google::protobuf::Timestamp()), 0);
}

TEST(ParseTimeTest, TakesRfc3339AndDays) {
  EXPECT_EQ(ParseTime("1970-01-02").value(), absl::FromUnixSeconds(86400));
  EXPECT_EQ(ParseTime("1970-01-01T00:00:01Z").value(), absl::FromUnixSeconds(1));
  EXPECT_EQ(ParseTime("1970-01-01T01:00:00+01:00").value(), absl::UnixEpoch());
  EXPECT_EQ(ParseTime("1970-01-01T00:00:00.000001Z").value(),
            absl::UnixEpoch() + absl::Microseconds(1));
  for (const char* text :
       {"", "now", "infinite-future", "2025", "2025-01-31T12:00:00", "2025-01-31 12:00:00Z",
        "2025-01-31T25:00:00Z", "2025-02-30T12:00:00Z", " 2025-01-31T12:00:00Z",
        "2025-01-31T12:00:00Z ", "2025-01-31T", "2025-01-31x", "20250-01-31T12:00:00Z"}) {
    EXPECT_EQ(ParseTime(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(FormatUtcTest, HasNoNeedlessDigits) {
  EXPECT_EQ(FormatUtc(absl::UnixEpoch()), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatUtc(absl::UnixEpoch() + absl::Microseconds(1)), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(FormatUtc(ParseTime("2025-01-31T13:00:00.5+01:00").value()), "2025-01-31T12:00:00.5Z");
}

}  // namespace
}  // namespace perennial
