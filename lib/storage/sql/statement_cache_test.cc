#include "lib/storage/sql/statement_cache.h"

#include <gtest/gtest.h>

#include <memory>

namespace perennial::sql {
namespace {

TEST(StatementCacheTest, DropsTheLeastRecentlyUsed) {
  StatementCache<std::unique_ptr<int>> cache(2);
  cache.Insert("a", std::make_unique<int>(1));
  cache.Insert("b", std::make_unique<int>(2));
  ASSERT_NE(cache.Find("a"), nullptr);
  cache.Insert("c", std::make_unique<int>(3));
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_EQ(**cache.Find("a"), 1);
  EXPECT_EQ(**cache.Find("c"), 3);
  EXPECT_EQ(cache.size(), 2u);
}

TEST(StatementCacheTest, ErasedOnesAreGone) {
  StatementCache<int> cache(2);
  cache.Insert("a", 1);
  cache.Erase("a");
  cache.Erase("never there");
  EXPECT_EQ(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.size(), 0u);
  cache.Insert("a", 2);
  EXPECT_EQ(*cache.Find("a"), 2);
}

}  // namespace
}  // namespace perennial::sql
