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

  bool Take(const std::string& holder, absl::Time now) {
    const auto taken = TakeLease(*database_, "job", holder, now, now + kTerm);
    EXPECT_TRUE(taken.ok()) << taken.status();
    return taken.value_or(false);
  }

  const absl::Time start_ = absl::Now() + absl::Hours(1);
  std::optional<TestDatabase> test_database_;
  std::unique_ptr<sql::Database> database_;
};
INSTANTIATE_TEST_SUITE_P(Engines, LeaseTest, EveryEngine(), EngineName);

TEST_P(LeaseTest, OneHasItUntilItEnds) {
  EXPECT_TRUE(Take("a", start_));
  EXPECT_FALSE(Take("b", start_ + kTerm / 2));
  EXPECT_TRUE(Take("a", start_ + kTerm / 2)) << "whoever has it may keep it";
  EXPECT_FALSE(Take("b", start_ + kTerm));
  EXPECT_TRUE(Take("b", start_ + 2 * kTerm));
  EXPECT_FALSE(Take("a", start_ + 2 * kTerm));
}

TEST_P(LeaseTest, IsFreeOnceGivenBack) {
  EXPECT_TRUE(Take("a", start_));
  ASSERT_TRUE(GiveBackLeases(*database_, "b", absl::InfiniteFuture()).ok());
  EXPECT_FALSE(Take("b", start_));
  ASSERT_TRUE(GiveBackLeases(*database_, "a", absl::InfiniteFuture()).ok());
  EXPECT_TRUE(Take("b", start_));
}

TEST_P(LeaseTest, OfManyThatComeAtOnceOneGetsIt) {
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> takers{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        if (Take(absl::StrCat(round, "-", i), start_ + round * 2 * kTerm)) ++takers;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(takers, 1);
  }
}

}  // namespace
}  // namespace perennial
