#include "server/jobs/health_probe.h"

#include <gtest/gtest.h>

#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

namespace perennial {
namespace {

TEST(HealthProbeTest, TellsHowItWentLast) {
  absl::Status answer;
  HealthProbe probe([&](absl::Time) { return answer; }, absl::Hours(1));
  EXPECT_TRUE(probe.well());
  answer = absl::UnavailableError("away");
  EXPECT_EQ(probe.Run(), answer);
  EXPECT_FALSE(probe.well());
  answer = absl::OkStatus();
  EXPECT_EQ(probe.Run(), answer);
  EXPECT_TRUE(probe.well());
}

TEST(HealthProbeTest, WhatDoesNotAnswerDoesNotWork) {
  for (const absl::Duration patience : {absl::ZeroDuration(), absl::Hours(1)}) {
    absl::Notification asked, answered;
    HealthProbe probe(
        [&](absl::Time) {
          asked.Notify();
          answered.WaitForNotification();
          return absl::OkStatus();
        },
        patience);
    std::thread asking([&] { EXPECT_TRUE(probe.Run().ok()); });
    asked.WaitForNotification();
    const absl::Time since = absl::Now();
    while (absl::Now() <= since) continue;
    EXPECT_EQ(probe.well(), patience > absl::ZeroDuration());
    answered.Notify();
    asking.join();
    EXPECT_TRUE(probe.well());
  }
}

}  // namespace
}  // namespace perennial
