#include "lib/storage/lease.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/storage/migrations.h"
#include "tests/support/test_database.h"

namespace perennial {
namespace {

constexpr absl::Duration kTerm = absl::Minutes(1);

class LeaseTest : public testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    test_database_.emplace(GetParam());
    database_ = test_database_->Open();
    ASSERT_TRUE(sql::Migrate(*database_, Migrations()).ok());
  }

  Lease For(const std::string& holder) { return Lease(*database_, "job", holder, kTerm); }

  static bool Renew(Lease& lease, absl::Time now) {
    const auto renewed = lease.Renew(now, absl::InfiniteFuture());
    EXPECT_TRUE(renewed.ok()) << renewed.status();
    return renewed.value_or(false);
  }

  const absl::Time start_ = absl::UnixEpoch();
  std::optional<TestDatabase> test_database_;
  std::unique_ptr<sql::Database> database_;
};
INSTANTIATE_TEST_SUITE_P(Engines, LeaseTest, EveryEngine(), EngineName);

TEST_P(LeaseTest, OneHasItWhileItRenewsIt) {
  Lease a = For("a"), b = For("b");
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(Renew(a, start_ + i * kTerm / 2));
    EXPECT_FALSE(Renew(b, start_ + i * kTerm / 2));
  }
}

TEST_P(LeaseTest, AnotherTakesItOnceItWasNotRenewedForATerm) {
  Lease a = For("a"), b = For("b");
  EXPECT_TRUE(Renew(a, start_));
  EXPECT_FALSE(Renew(b, start_));
  EXPECT_FALSE(Renew(b, start_ + kTerm - absl::Seconds(1)));
  EXPECT_TRUE(Renew(b, start_ + kTerm));
  EXPECT_FALSE(Renew(a, start_ + kTerm)) << "it has lost it";
}

// However far the servers' clocks are apart.
TEST_P(LeaseTest, NobodysClockTakesItFromAnother) {
  Lease a = For("a"), ahead = For("ahead"), behind = For("behind");
  EXPECT_TRUE(Renew(a, start_));
  EXPECT_FALSE(Renew(ahead, start_ + absl::Hours(1000)));
  EXPECT_FALSE(Renew(behind, start_ - absl::Hours(1000)));
  EXPECT_TRUE(Renew(a, start_ + kTerm / 2));
  EXPECT_FALSE(Renew(ahead, start_ + absl::Hours(1000) + kTerm));
  EXPECT_FALSE(Renew(behind, start_ - absl::Hours(1000) + kTerm));
  EXPECT_TRUE(Renew(behind, start_ - absl::Hours(1000) + 2 * kTerm)) << "as it was not renewed";
}

TEST_P(LeaseTest, IsFreeOnceGivenBack) {
  Lease a = For("a"), b = For("b");
  EXPECT_TRUE(Renew(a, start_));
  ASSERT_TRUE(b.GiveBack(absl::InfiniteFuture()).ok());
  EXPECT_FALSE(Renew(b, start_));
  ASSERT_TRUE(a.GiveBack(absl::InfiniteFuture()).ok());
  EXPECT_TRUE(Renew(b, start_));
}

TEST_P(LeaseTest, OfManyThatComeAtOnceOneGetsIt) {
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> takers{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        Lease lease(*database_, absl::StrCat("job", round), absl::StrCat(i), kTerm);
        if (Renew(lease, start_)) ++takers;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(takers, 1);
  }
}

}  // namespace
}  // namespace perennial
