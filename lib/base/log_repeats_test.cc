#include "lib/base/log_repeats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr absl::Duration kInterval = LogRepeats::kInterval;
const absl::Time kStart = absl::UnixEpoch();

TEST(LogRepeatsTest, TheFirstIsWrittenAndTheRestCounted) {
  LogRepeats repeats;
  EXPECT_TRUE(repeats.Admit(kStart, "kind", "text", "{\"n\":1}\n"));
  for (int n = 2; n <= 5; ++n) {
    EXPECT_FALSE(repeats.Admit(kStart, "kind", "text", absl::StrCat("{\"n\":", n, "}\n")));
  }
  EXPECT_THAT(repeats.TakeCounted(kStart + kInterval / 2), IsEmpty());
  EXPECT_THAT(repeats.TakeCounted(kStart + kInterval), ElementsAre("{\"n\":5,\"repeated\":4}\n"));
  EXPECT_THAT(repeats.TakeCounted(kStart + kInterval), IsEmpty());
}

TEST(LogRepeatsTest, WhatGoesOnIsOneLineAnInterval) {
  LogRepeats repeats;
  EXPECT_TRUE(repeats.Admit(kStart, "kind", "text", "{}\n"));
  for (int i = 1; i < 10; ++i) {
    EXPECT_FALSE(repeats.Admit(kStart + i * kInterval, "kind", "text", "{}\n"));
    EXPECT_THAT(repeats.TakeCounted(kStart + i * kInterval), ElementsAre("{,\"repeated\":1}\n"));
  }
}

TEST(LogRepeatsTest, WhatComesBackAfterAQuietIntervalIsWritten) {
  LogRepeats repeats;
  EXPECT_TRUE(repeats.Admit(kStart, "kind", "text", "{}\n"));
  EXPECT_THAT(repeats.TakeCounted(kStart + kInterval), IsEmpty());
  EXPECT_TRUE(repeats.Admit(kStart + kInterval, "kind", "text", "{}\n"));
}

TEST(LogRepeatsTest, DifferentTextsAreWrittenUpToABound) {
  LogRepeats repeats;
  for (size_t i = 0; i < LogRepeats::kMaxTexts; ++i) {
    EXPECT_TRUE(repeats.Admit(kStart, "kind", absl::StrCat(i), "{}\n"));
  }
  EXPECT_FALSE(repeats.Admit(kStart, "kind", "one more", "{}\n"));
  EXPECT_TRUE(repeats.Admit(kStart, "other kind", "one more", "{}\n"));
  EXPECT_THAT(repeats.TakeCounted(kStart + kInterval), ElementsAre("{,\"repeated\":1}\n"));
}

TEST(LogRepeatsTest, AClockThatGoesBackHoldsNothingBack) {
  LogRepeats repeats;
  EXPECT_TRUE(repeats.Admit(kStart, "kind", "text", "{}\n"));
  EXPECT_FALSE(repeats.Admit(kStart, "kind", "text", "{}\n"));
  EXPECT_THAT(repeats.TakeCounted(kStart - absl::Hours(1)), ElementsAre("{,\"repeated\":1}\n"));
}

}  // namespace
}  // namespace perennial
