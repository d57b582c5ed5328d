#include "lib/base/date.h"
#include "perennial/v1/clock_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"
#include "tests/support/terms_fixture.h"

namespace perennial {
namespace {

using v1::Subscription;

class ClockTest : public TermsFixture {};
INSTANTIATE_TEST_SUITE_P(Engines, ClockTest, EveryEngine(), EngineName);

// As a server leaves it that was killed in the midst of a day.
TEST_P(ClockTest, LivesThroughTheDayThatWasCutOffFirst) {
  Put({Sold()});
  const absl::Time over = absl::FromCivil(absl::CivilDay(2026, 1, 1), absl::UTCTimeZone());
  ASSERT_TRUE(store_->MoveManualTime({over, false}, absl::InfiniteFuture()).ok());
  EXPECT_EQ(Get<Subscription>(kS).state(), Subscription::ACTIVE);
  v1::MoveTimeRequest request;
  *request.mutable_time() = ToTimestamp(over);
  const auto moved = HandlersFixture::Run<v1::ClockTime>("ClockService.MoveTime", request);
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(ToTime(moved->time()), over);
  EXPECT_EQ(Get<Subscription>(kS).state(), Subscription::PAST_DUE);
  EXPECT_TRUE(store_->GetManualTime(absl::InfiniteFuture())->lived);
}

TEST_P(ClockTest, RunsTheJobsWhereItStands) {
  const absl::Time over = absl::FromCivil(absl::CivilDay(2026, 1, 1), absl::UTCTimeZone());
  Put({Sold()});
  ASSERT_TRUE(store_->MoveManualTime({over, true}, absl::InfiniteFuture()).ok());
  v1::MoveTimeRequest request;
  request.set_days(0);
  const auto moved = HandlersFixture::Run<v1::ClockTime>("ClockService.MoveTime", request);
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(ToTime(moved->time()), over);
  EXPECT_EQ(Get<Subscription>(kS).state(), Subscription::PAST_DUE);
}

TEST_P(ClockTest, SaysWhereItStandsWhenItIsCutOff) {
  v1::MoveTimeRequest request;
  request.set_days(10);
  call_.deadline = absl::InfinitePast();
  const absl::Status status =
      HandlersFixture::Run<v1::ClockTime>("ClockService.MoveTime", request).status();
  EXPECT_FALSE(status.ok());
  call_.deadline = absl::InfiniteFuture();
  const auto moved = HandlersFixture::Run<v1::ClockTime>("ClockService.MoveTime", request);
  EXPECT_TRUE(moved.ok()) << moved.status();
}

TEST_P(ClockTest, NeverGoesBack) {
  const absl::Time before = clock_.Now();
  ASSERT_TRUE(store_->MoveManualTime({before, true}, absl::InfiniteFuture()).ok());
  const auto stands = store_->MoveManualTime({before - absl::Hours(1)}, absl::InfiniteFuture());
  ASSERT_TRUE(stands.ok()) << stands.status();
  EXPECT_EQ(stands->time, before);
  EXPECT_EQ(clock_.Now(), before);
}

}  // namespace
}  // namespace perennial
