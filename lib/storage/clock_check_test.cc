#include "lib/storage/clock_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/time/clock.h"
#include "lib/base/log.h"
#include "perennial/v1/account_service.pb.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

constexpr absl::Duration kYear = absl::Hours(24 * 365);

class ClockCheckTest : public StoreFixture {};
INSTANTIATE_TEST_SUITE_P(Engines, ClockCheckTest, EveryEngine(), EngineName);

TEST_P(ClockCheckTest, AClockThatIsFarAheadOfTheDatabasesIsRefused) {
  sql::Database& database = store_->database();
  EXPECT_TRUE(CheckClock(database, absl::Now()).ok());
  const absl::Status status = CheckClock(database, absl::Now() + kYear);
  if (GetParam() == sql::Engine::kSqlite) {
    EXPECT_TRUE(status.ok()) << "it has no clock of its own: " << status;
    return;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("ahead"));
}

TEST_P(ClockCheckTest, AHistoryThatIsAheadIsNoted) {
  v1::Account account;
  account.set_name("accounts/acme");
  account.set_display_name("Acme");
  Create(account);
  testing::internal::CaptureStderr();
  EXPECT_TRUE(CheckClock(store_->database(), clock_.Now()).ok());
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  testing::internal::CaptureStderr();
  EXPECT_TRUE(CheckClock(store_->database(), clock_.Now() - kYear).ok());
  // The same may have been written a moment ago.
  LogCounted(Counted::kAll);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("the history is ahead"));
}

}  // namespace
}  // namespace perennial
