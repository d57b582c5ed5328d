// The manual clock: moved to a day, by several servers, and cut off.

#include <thread>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/fixture.h"
#include "tests/support/server_on.h"

namespace perennial::conformance {
namespace {

constexpr absl::CivilDay kStart(2025, 1, 1);

class ManualClockTest : public testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    database_ = std::make_unique<TestDatabase>(GetParam());
  }

  std::unique_ptr<client::ThrowawayServer> NewServer() {
    client::ThrowawayServerOptions options = ServerOn(*database_);
    options.clock = "2025-01-01";
    return std::make_unique<client::ThrowawayServer>(options);
  }
  static void Start(client::ThrowawayServer& server) {
    const absl::Status status = server.Start();
    ASSERT_TRUE(status.ok()) << status;
  }

  static absl::Time TimeOf(const client::ThrowawayServer& server) {
    const v1::ClockTime now =
        Must(client::ClockClient(client::Connect(server.target())).GetTime({}));
    EXPECT_TRUE(now.manual());
    return ToTime(now.time());
  }
  static absl::Time MidnightOf(absl::CivilDay day) {
    return absl::FromCivil(day, absl::UTCTimeZone());
  }

  static v1::MoveTimeRequest To(absl::CivilDay day) {
    v1::MoveTimeRequest request;
    *request.mutable_date() = ToDate(day);
    return request;
  }
  static absl::StatusOr<v1::ClockTime> Move(const client::ThrowawayServer& server,
                                            const v1::MoveTimeRequest& request) {
    return client::ClockClient(client::Connect(server.target())).MoveTime(request);
  }

 private:
  std::unique_ptr<TestDatabase> database_;
};
INSTANTIATE_TEST_SUITE_P(Engines, ManualClockTest, EveryEngine(), EngineName);

TEST_P(ManualClockTest, MovesToADayAndGoesOnFromThereAfterAKill) {
  const auto server = NewServer();
  Start(*server);
  EXPECT_EQ(TimeOf(*server), MidnightOf(kStart));
  EXPECT_EQ(ToTime(Must(Move(*server, To(kStart + 40))).time()), MidnightOf(kStart + 40));
  EXPECT_THAT(Move(*server, To(kStart + 39)), IsInvalid("date"));
  EXPECT_THAT(Move(*server, To(kStart + 40 + 3661)), IsInvalid("date"));
  EXPECT_THAT(Move(*server, {}), IsInvalid("target"));
  server->Kill();
  Start(*server);
  EXPECT_EQ(TimeOf(*server), MidnightOf(kStart + 40));
}

TEST_P(ManualClockTest, StandsAtADayWhereItIsCutOffAndGoesOn) {
  const auto server = NewServer();
  Start(*server);
  const absl::CivilDay end = kStart + 3000;
  std::thread mover([&] {
    client::CallOptions once;
    once.retry = client::RetryPolicy{1};
    const client::ClockClient clock(client::Connect(server->target()));
    EXPECT_FALSE(clock.MoveTime(To(end), once).ok());
  });
  // It is under way once the clock has left its first day.
  while (TimeOf(*server) == MidnightOf(kStart)) std::this_thread::yield();
  server->Kill();
  mover.join();
  Start(*server);
  const absl::Time stands = TimeOf(*server);
  EXPECT_EQ(stands, MidnightOf(absl::ToCivilDay(stands, absl::UTCTimeZone())));
  EXPECT_GT(stands, MidnightOf(kStart));
  EXPECT_LT(stands, MidnightOf(end));
  const absl::CivilDay soon = absl::ToCivilDay(stands, absl::UTCTimeZone()) + 10;
  EXPECT_EQ(ToTime(Must(Move(*server, To(soon))).time()), MidnightOf(soon));
}

TEST_P(ManualClockTest, IsOneClockForAllServersOfADatabase) {
  if (GetParam() == sql::Engine::kSqlite) return;  // a file is for one server
  const auto first = NewServer(), second = NewServer();
  Start(*first);
  Start(*second);
  Must(Move(*first, To(kStart + 40)));
  EXPECT_EQ(TimeOf(*second), MidnightOf(kStart + 40));
  v1::CreateAccountRequest request;
  request.mutable_account()->set_display_name("Acme");
  const client::AccountClient accounts(client::Connect(second->target()));
  EXPECT_GE(ToTime(Must(accounts.CreateAccount(request)).create_time()), MidnightOf(kStart + 40));
  v1::MoveTimeRequest days;
  days.set_days(2);
  Must(Move(*second, days));
  EXPECT_EQ(TimeOf(*first), MidnightOf(kStart + 42));
}

}  // namespace
}  // namespace perennial::conformance
