#include "lib/base/ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include "lib/base/id_seed.h"

namespace perennial {
namespace {

using ::testing::MatchesRegex;

const absl::Time kNow = absl::FromUnixMillis(1'738'324'800'000);

TEST(NewIdTest, IsAValidIdOfTimeAndRandomDigits) {
  const std::string id = NewId(kNow);
  EXPECT_THAT(id, MatchesRegex("[0-9a-hjkmnp-tv-z]{22}"));
  EXPECT_TRUE(IsValidId(id));
  EXPECT_EQ(NewId(absl::UnixEpoch()).substr(0, 10), "0000000000");
  EXPECT_EQ(NewId(absl::UnixEpoch() + absl::Milliseconds(33)).substr(0, 10), "0000000011");
  EXPECT_EQ(NewId(absl::InfinitePast()).substr(0, 10), "0000000000");
}

TEST(NewIdTest, SortsByTime) {
  EXPECT_LT(NewId(kNow), NewId(kNow + absl::Milliseconds(1)));
  EXPECT_LT(NewId(kNow), NewId(kNow + absl::Hours(24 * 365 * 100)));
}

TEST(NewIdTest, AscendsWithinAMillisecond) {
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewId(kNow);
    EXPECT_LT(last, id);
    last = id;
    NewId(kNow - absl::Milliseconds(1));  // another thread that read the clock a little earlier
  }
}

TEST(NewIdTest, IsUniqueAndAscendingInEveryThread) {
  constexpr int kThreads = 4;
  constexpr int kIds = 2000;
  std::vector<std::vector<std::string>> ids(kThreads);
  std::vector<std::thread> threads;
  for (auto& own : ids) {
    threads.emplace_back([&own] {
      for (int i = 0; i < kIds; ++i) own.push_back(NewId(kNow));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& own : ids) {
    EXPECT_TRUE(std::is_sorted(own.begin(), own.end()));
    all.insert(own.begin(), own.end());
  }
  EXPECT_EQ(all.size(), size_t{kThreads * kIds});
}

TEST(SeedIdsTest, MakesTheSameIdsFromTheSameState) {
  const auto ids = [](uint64_t seed, uint64_t state) {
    SeedIds(seed, state);
    std::vector<std::string> made;
    for (int i = 0; i < 3; ++i) {
      made.push_back(NewId(kNow));
      NewRequestId();
    }
    return made;
  };
  const std::vector<std::string> first = ids(1, 0);
  EXPECT_TRUE(std::is_sorted(first.begin(), first.end()));
  EXPECT_NE(ids(1, 1), first);
  EXPECT_NE(ids(2, 0), first);
  EXPECT_NE(ids(uint64_t{1} << 32, 0), ids(0, 0));
  NewRequestId();
  EXPECT_EQ(ids(1, 0), first);
}

TEST(NewRequestIdTest, IsAVersion4Uuid) {
  constexpr char kForm[] = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewRequestId();
    EXPECT_THAT(id, MatchesRegex(kForm));
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1000u);
}

TEST(IsValidIdTest, TakesLowerCaseLettersDigitsAndInnerHyphens) {
  for (const char* id : {"a", "0", "acme", "acme-2025", "a--b"}) EXPECT_TRUE(IsValidId(id)) << id;
  EXPECT_TRUE(IsValidId(std::string(63, 'a')));
  for (const char* id : {"", "-", "-a", "a-", "Acme", "a_b", "a b", "a/b", "a.b", "\xc3\xa9"}) {
    EXPECT_FALSE(IsValidId(id)) << id;
  }
  EXPECT_FALSE(IsValidId(std::string(64, 'a')));
}

}  // namespace
}  // namespace perennial
