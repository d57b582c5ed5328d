#include "lib/storage/tx/identity_map.h"

#include <gtest/gtest.h>

namespace perennial {
namespace {

TEST(IdentityMapTest, RefusesToReadTwoVersions) {
  IdentityMap known;
  EXPECT_TRUE(known.Read("a", "1", /*held=*/false).ok());
  EXPECT_TRUE(known.Read("a", "1", /*held=*/false).ok());
  EXPECT_TRUE(absl::IsAborted(known.Read("a", "2", /*held=*/true)));
  EXPECT_EQ(*known.Find("a"), "1");
  EXPECT_EQ(known.Held("a"), nullptr);
}

TEST(IdentityMapTest, HoldsForGood) {
  IdentityMap known;
  EXPECT_TRUE(known.Read("a", "1", /*held=*/true).ok());
  EXPECT_TRUE(known.Read("a", "1", /*held=*/false).ok());
  ASSERT_NE(known.Held("a"), nullptr);
  EXPECT_EQ(*known.Held("a"), "1");
}

// An empty message is stored as no bytes at all.
TEST(IdentityMapTest, EmptyIsAVersionToo) {
  IdentityMap known;
  EXPECT_TRUE(known.Read("a", "", /*held=*/false).ok());
  EXPECT_TRUE(absl::IsAborted(known.Read("a", "2", /*held=*/false)));
}

TEST(IdentityMapTest, TakesBackWritesAndKeepsReads) {
  IdentityMap known;
  EXPECT_TRUE(known.Read("read before", "1", /*held=*/false).ok());
  known.Written("written before", "1");
  const size_t begin = known.Begin();
  EXPECT_TRUE(known.Read("read within", "1", /*held=*/false).ok());
  known.Written("read before", "2");
  known.Written("written before", "2");
  known.Written("written before", "3");
  known.Written("new", "1");
  known.TakeBack(begin);
  EXPECT_EQ(*known.Find("read before"), "1");
  EXPECT_EQ(known.Held("read before"), nullptr);
  EXPECT_EQ(*known.Held("written before"), "1");
  EXPECT_EQ(known.Find("new"), nullptr);
  EXPECT_TRUE(absl::IsAborted(known.Read("read within", "2", /*held=*/false)));
}

TEST(IdentityMapTest, TakesBackDeletions) {
  IdentityMap known;
  known.Written("a", "1");
  const size_t begin = known.Begin();
  known.Deleted("a");
  EXPECT_EQ(known.Find("a"), nullptr);
  known.TakeBack(begin);
  EXPECT_EQ(*known.Held("a"), "1");
}

TEST(IdentityMapTest, WhatIsKeptWithinIsTakenBackWithTheWhole) {
  IdentityMap known;
  known.Written("a", "1");
  const size_t outer = known.Begin();
  known.Begin();
  known.Written("a", "2");
  known.Keep();
  EXPECT_EQ(*known.Find("a"), "2");
  known.TakeBack(outer);
  EXPECT_EQ(*known.Find("a"), "1");
}

}  // namespace
}  // namespace perennial
