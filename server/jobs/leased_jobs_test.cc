#include "server/jobs/leased_jobs.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>

#include "lib/storage/migrations.h"
#include "tests/support/test_database.h"

namespace perennial {
namespace {

constexpr LeasedJobs::Times kTimes = {absl::Seconds(2), absl::Milliseconds(100),
                                      absl::Milliseconds(1)};
constexpr absl::Duration kRare = absl::Hours(1000);

class LeasedJobsTest : public testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    test_database_.emplace(GetParam());
    database_ = test_database_->Open();
    ASSERT_TRUE(sql::Migrate(*database_, Migrations()).ok());
  }

  // As a server whose clock is an hour ahead would.
  absl::Status Steal() {
    return database_->Write(absl::InfiniteFuture(), [](sql::Connection& connection) {
      return connection.Execute("UPDATE leases SET holder = 'thief', expire_time = 1", {}).status();
    });
  }

  std::optional<TestDatabase> test_database_;
  std::unique_ptr<sql::Database> database_;
};
INSTANTIATE_TEST_SUITE_P(Engines, LeasedJobsTest, EveryEngine(), EngineName);

TEST_P(LeasedJobsTest, AreTakenOverFromAServerThatDiedHoweverRareTheyAre) {
  Lease dead(*database_, "jobs", "dead", kTimes.term);
  ASSERT_TRUE(dead.Renew(absl::UnixEpoch(), absl::InfiniteFuture()).value());
  absl::Notification ran;
  LeasedJobs jobs({{"rare", kRare,
                    [&](const RunLimit&) {
                      ran.Notify();
                      return absl::OkStatus();
                    }}},
                  *database_, "successor", kTimes);
  ran.WaitForNotification();
  EXPECT_FALSE(dead.Renew(absl::UnixEpoch(), absl::InfiniteFuture()).value());
}

TEST_P(LeasedJobsTest, ARunIsStoppedWhereTheLeaseIsLostAndOthersComeBackToIt) {
  absl::Notification running, stopped, again;
  std::atomic<int> runs{0};
  LeasedJobs jobs({{"long", kRare,
                    [&](const RunLimit& limit) {
                      if (++runs == 1) {
                        running.Notify();
                        limit.stop->WaitForNotification();
                        stopped.Notify();
                      } else if (runs == 2) {
                        again.Notify();
                      }
                      return absl::OkStatus();
                    }}},
                  *database_, "holder", kTimes);
  running.WaitForNotification();
  ASSERT_TRUE(Steal().ok());
  stopped.WaitForNotification();
  again.WaitForNotification();  // once the thief has not renewed it
}

TEST_P(LeasedJobsTest, ALongRunKeepsTheLease) {
  absl::Notification running, enough;
  LeasedJobs jobs({{"long", kRare,
                    [&](const RunLimit&) {
                      running.Notify();
                      enough.WaitForNotification();
                      return absl::OkStatus();
                    }}},
                  *database_, "holder", kTimes);
  running.WaitForNotification();
  const absl::Time end = absl::Now() + 2 * kTimes.term;
  Lease patient(*database_, "jobs", "patient", kTimes.term);
  while (absl::Now() < end) {
    EXPECT_FALSE(patient.Renew(absl::Now(), absl::InfiniteFuture()).value());
  }
  enough.Notify();
}

TEST_P(LeasedJobsTest, AreGivenBackAtTheEnd) {
  {
    absl::Notification ran;
    LeasedJobs jobs({{"once", kRare,
                      [&](const RunLimit&) {
                        ran.Notify();
                        return absl::OkStatus();
                      }}},
                    *database_, "holder", kTimes);
    ran.WaitForNotification();
  }
  Lease next(*database_, "jobs", "next", absl::InfiniteDuration());
  EXPECT_TRUE(next.Renew(absl::UnixEpoch(), absl::InfiniteFuture()).value());
}

}  // namespace
}  // namespace perennial
