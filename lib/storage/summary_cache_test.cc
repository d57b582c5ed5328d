#include "lib/storage/summary_cache.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/base/serialize.h"
#include "perennial/v1/engagement_service.pb.h"

namespace perennial {
namespace {

class SummaryCacheTest : public testing::Test {
 protected:
  // "" where there is none.
  std::string SegmentOf(absl::string_view account) const {
    v1::Task task;
    std::string bytes;
    const auto& field = *v1::Task::descriptor()->FindFieldByName("account");
    if (!cache_.AppendTo(bytes, field, account)) return "";
    EXPECT_TRUE(task.ParseFromString(bytes));
    return task.account().segment();
  }

  static std::string Summary(const std::string& segment) {
    v1::AccountSummary summary;
    summary.set_segment(segment);
    return summary.SerializeAsString();
  }

  SummaryCache cache_;
};

TEST_F(SummaryCacheTest, KeepsWhatWasReadUntilItIsWritten) {
  EXPECT_EQ(SegmentOf("accounts/a"), "");
  cache_.Add("accounts/a", Summary("one"), cache_.BeginRead());
  cache_.Add("accounts/b", Summary("two"), cache_.BeginRead());
  EXPECT_EQ(SegmentOf("accounts/a"), "one");
  SummaryCache::Writing writing(cache_);
  writing.Begin({"accounts/a"});
  EXPECT_EQ(SegmentOf("accounts/a"), "");
  EXPECT_EQ(SegmentOf("accounts/b"), "two");
}

TEST_F(SummaryCacheTest, TakesNothingThatAWriteMayHaveOvertaken) {
  const uint64_t before = cache_.BeginRead();
  uint64_t during = 0;
  {
    SummaryCache::Writing writing(cache_);
    writing.Begin({"accounts/a"});
    during = cache_.BeginRead();
    cache_.Add("accounts/a", Summary("old"), before);
    cache_.Add("accounts/a", Summary("old"), during);
    EXPECT_EQ(SegmentOf("accounts/a"), "");
    // It runs again.
    writing.Begin({"accounts/a", "accounts/b"});
  }
  cache_.Add("accounts/a", Summary("old"), before);
  cache_.Add("accounts/a", Summary("old"), during);
  EXPECT_EQ(SegmentOf("accounts/a"), "");
  cache_.Add("accounts/a", Summary("new"), cache_.BeginRead());
  EXPECT_EQ(SegmentOf("accounts/a"), "new");
}

TEST_F(SummaryCacheTest, IsNotInTheWayOfWritesOfOtherThings) {
  const uint64_t before = cache_.BeginRead();
  {
    SummaryCache::Writing writing(cache_);
    writing.Begin({});
    cache_.Add("accounts/a", Summary("one"), before);
  }
  EXPECT_EQ(SegmentOf("accounts/a"), "one");
}

TEST_F(SummaryCacheTest, IsBounded) {
  for (size_t i = 0; i <= SummaryCache::kMostAccounts; ++i) {
    cache_.Add("accounts/a" + std::to_string(i), Summary("one"), cache_.BeginRead());
  }
  EXPECT_EQ(SegmentOf("accounts/a0"), "");
  EXPECT_EQ(SegmentOf("accounts/a" + std::to_string(SummaryCache::kMostAccounts)), "one");
}

}  // namespace
}  // namespace perennial
