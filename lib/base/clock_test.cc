#include "lib/base/clock.h"

#include <gtest/gtest.h>

namespace perennial {
namespace {

const absl::Time kStart =
    absl::FromCivil(absl::CivilSecond(2025, 1, 31, 23, 30), absl::UTCTimeZone());

TEST(ManualClockTest, StandsStillUntilMoved) {
  ManualClock clock(kStart);
  EXPECT_EQ(clock.Now(), kStart);
  clock.Raise(kStart + absl::Hours(1));
  EXPECT_EQ(clock.Now(), kStart + absl::Hours(1));
}

TEST(ManualClockTest, DoesNotGoBack) {
  ManualClock clock(kStart);
  clock.Raise(kStart - absl::Nanoseconds(1));
  EXPECT_EQ(clock.Now(), kStart);
}

TEST(MonotoneClockTest, StandsStillUntilTheClockBeneathItHasComeThere) {
  ManualClock beneath(kStart);
  MonotoneClock clock(beneath, absl::Minutes(10));
  clock.Raise(kStart + absl::Minutes(9));
  EXPECT_EQ(clock.Now(), kStart + absl::Minutes(9));
  beneath.Raise(kStart + absl::Minutes(8));
  EXPECT_EQ(clock.Now(), kStart + absl::Minutes(9));
  beneath.Raise(kStart + absl::Minutes(10));
  EXPECT_EQ(clock.Now(), kStart + absl::Minutes(10));
}

TEST(MonotoneClockTest, DoesNotFollowWhatIsFarAhead) {
  const ManualClock beneath(kStart);
  MonotoneClock clock(beneath, absl::Minutes(10));
  clock.Raise(kStart + absl::Hours(24 * 365));
  EXPECT_EQ(clock.Now(), kStart);
}

TEST(AscendingTimeTest, NeverGoesBack) {
  AscendingTime time;
  EXPECT_EQ(time.Raise(kStart), kStart);
  EXPECT_EQ(time.Raise(kStart + absl::Hours(1)), kStart + absl::Hours(1));
  EXPECT_EQ(time.Raise(kStart), kStart + absl::Hours(1));
}

TEST(ClockTest, TodayIsTheDayInUtc) {
  ManualClock clock(kStart);
  EXPECT_EQ(clock.Today(), absl::CivilDay(2025, 1, 31));
  clock.Raise(kStart + absl::Minutes(30));
  EXPECT_EQ(clock.Today(), absl::CivilDay(2025, 2, 1));
}

}  // namespace
}  // namespace perennial
