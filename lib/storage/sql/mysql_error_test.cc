#include "lib/storage/sql/mysql_error.h"

#include <gtest/gtest.h>

namespace perennial::sql {
namespace {

TEST(MysqlErrorTest, ConflictsAreAborted) {
  for (const int code : {1020, 1205, 1213}) {
    EXPECT_TRUE(absl::IsAborted(ToStatus(ClassifyMysqlError(code)))) << code;
  }
}

TEST(MysqlErrorTest, ConnectionsThatCannotGoOnAreLost) {
  for (const int code : {1047, 1053, 1927, 2002, 2003, 2006, 2013, 2014, 2055, 4031}) {
    EXPECT_EQ(ClassifyMysqlError(code), MysqlError::kConnectionLost) << code;
    EXPECT_TRUE(absl::IsUnavailable(ToStatus(ClassifyMysqlError(code)))) << code;
  }
}

TEST(MysqlErrorTest, FullDiskIsResourceExhausted) {
  for (const int code : {1021, 1114}) {
    EXPECT_TRUE(absl::IsResourceExhausted(ToStatus(ClassifyMysqlError(code)))) << code;
  }
}

TEST(MysqlErrorTest, WhatIsNotKnownIsInternal) {
  for (const int code : {0, 1054, 1064, 1406, 4025}) {
    EXPECT_TRUE(absl::IsInternal(ToStatus(ClassifyMysqlError(code)))) << code;
  }
}

}  // namespace
}  // namespace perennial::sql
