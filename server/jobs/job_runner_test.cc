#include "server/jobs/job_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

namespace perennial {
namespace {

using testing::HasSubstr;

TEST(JobRunnerTest, RunsEachJobAgainAndAgain) {
  int runs = 0;
  absl::Notification third_run;
  absl::Notification other_job;
  absl::Duration time_left;
  JobRunner runner({{"counting", absl::Milliseconds(1),
                     [&](const RunLimit& limit) {
                       time_left = limit.deadline - absl::Now();
                       if (++runs == 3) third_run.Notify();
                       return absl::OkStatus();
                     }},
                    {"other", absl::Milliseconds(1), [&](const RunLimit&) {
                       if (!other_job.HasBeenNotified()) other_job.Notify();
                       return absl::OkStatus();
                     }}});
  third_run.WaitForNotification();
  other_job.WaitForNotification();
  runner.Stop();
  EXPECT_GT(time_left, absl::ZeroDuration());
}

TEST(JobRunnerTest, ASlowJobHoldsUpNoOther) {
  absl::Notification other_ran;
  JobRunner runner({{"slow", absl::Milliseconds(1),
                     [&](const RunLimit&) {
                       other_ran.WaitForNotification();
                       return absl::OkStatus();
                     }},
                    {"other", absl::Milliseconds(1), [&](const RunLimit&) {
                       if (!other_ran.HasBeenNotified()) other_ran.Notify();
                       return absl::OkStatus();
                     }}});
  other_ran.WaitForNotification();
}

TEST(JobRunnerTest, StopDoesNotWaitForTheNextRun) {
  int runs = 0;
  JobRunner runner({{"rare", absl::Hours(1000), [&](const RunLimit&) {
                       ++runs;
                       return absl::OkStatus();
                     }}});
  runner.Stop();
  EXPECT_EQ(runs, 0);
}

TEST(JobRunnerTest, StopEndsARunThatIsUnderWay) {
  absl::Notification running;
  JobRunner runner({{"long", absl::Milliseconds(1), [&](const RunLimit& limit) {
                       running.Notify();
                       limit.stop->WaitForNotification();
                       return absl::OkStatus();
                     }}});
  running.WaitForNotification();
  runner.Stop();
}

TEST(JobRunnerTest, LogsAFaultOnceAndItsEnd) {
  testing::internal::CaptureStderr();
  int runs = 0;
  absl::Notification done;
  JobRunner runner({{"flaky", absl::Milliseconds(1), [&](const RunLimit&) -> absl::Status {
                       if (++runs <= 3) return absl::UnavailableError("no database");
                       if (runs == 5) done.Notify();
                       return absl::OkStatus();
                     }}});
  done.WaitForNotification();
  runner.Stop();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
  EXPECT_THAT(log, HasSubstr("job failed"));
  EXPECT_THAT(log, HasSubstr("no database"));
  EXPECT_THAT(log, HasSubstr("job works again"));
}

}  // namespace
}  // namespace perennial
