#include "lib/storage/sql/mysql_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/storage/sql/damage.h"

namespace perennial::sql {
namespace {

using ::testing::HasSubstr;

constexpr MysqlFlavor kEveryFlavor[] = {MysqlFlavor::kUnknown, MysqlFlavor::kMariadb,
                                        MysqlFlavor::kMysql,   MysqlFlavor::kTidb,
                                        MysqlFlavor::kVitess,  MysqlFlavor::kOceanbase};

absl::Status StatusOf(int code, MysqlFlavor flavor = MysqlFlavor::kMysql,
                      absl::string_view detail = "") {
  return ToStatus(ClassifyMysqlError(flavor, code, detail));
}

TEST(MysqlErrorTest, ConflictsAreAborted) {
  for (const int code : {1020, 1205, 1213, 1412}) {
    for (const MysqlFlavor flavor : kEveryFlavor) {
      EXPECT_TRUE(absl::IsAborted(StatusOf(code, flavor))) << code;
    }
  }
}

TEST(MysqlErrorTest, ConnectionsThatCannotGoOnAreLost) {
  for (const int code : {1047, 1053, 2002, 2003, 2006, 2013, 2014, 2055, 3032, 4031}) {
    EXPECT_EQ(ClassifyMysqlError(MysqlFlavor::kMysql, code, ""), MysqlError::kConnectionLost)
        << code;
    EXPECT_TRUE(absl::IsUnavailable(StatusOf(code))) << code;
  }
}

TEST(MysqlErrorTest, ServersWithoutRoomAreUnavailable) {
  for (const int code : {1040, 1203, 1226, 1461}) {
    EXPECT_TRUE(absl::IsUnavailable(StatusOf(code))) << code;
  }
}

TEST(MysqlErrorTest, FullDiskIsResourceExhausted) {
  for (const int code : {1021, 1114}) {
    EXPECT_TRUE(absl::IsResourceExhausted(StatusOf(code))) << code;
  }
}

TEST(MysqlErrorTest, DamageIsOfWhatTheStatementNeeded) {
  for (const int code : {1034, 1035, 1194, 1195, 1712, 1812, 1877}) {
    for (const MysqlFlavor flavor : kEveryFlavor) EXPECT_TRUE(IsDamage(StatusOf(code, flavor)));
  }
  EXPECT_TRUE(IsDamage(StatusOf(1932, MysqlFlavor::kMariadb)));
  for (const char* number : {"126", "127", "134", "144", "145", "180"}) {
    const std::string detail =
        absl::StrCat("Got error ", number, " \"it says\" from storage engine InnoDB");
    EXPECT_TRUE(IsDamage(StatusOf(1030, MysqlFlavor::kMysql, detail))) << detail;
  }
  for (const char* detail : {"", "Got error", "Got error 28 \"No space\" from", "Got error 1270"}) {
    EXPECT_TRUE(absl::IsInternal(StatusOf(1030, MysqlFlavor::kMysql, detail))) << detail;
  }
}

TEST(MysqlErrorTest, WhatIsNotKnownIsInternal) {
  for (const int code : {0, 1054, 1064, 1406, 4025}) {
    EXPECT_TRUE(absl::IsInternal(StatusOf(code))) << code;
  }
}

// Each of them has words of its own, of what to do.
TEST(MysqlErrorTest, WhatAnAdministratorHasToMendIsToldApart) {
  std::set<std::string> words;
  for (const int code : {1045, 1142, 3159, 3118, 1862, 2026, 2059, 1130}) {
    const absl::Status status = StatusOf(code);
    EXPECT_TRUE(absl::IsUnavailable(status)) << code;
    words.insert(std::string(status.message()));
  }
  words.insert(std::string(StatusOf(2026, MysqlFlavor::kUnknown,
                                    "TLS/SSL error: Validation of SSL server certificate failed")
                               .message()));
  EXPECT_EQ(words.size(), 9u);
}

TEST(MysqlErrorTest, ACodeMeansWhatItsServerSays) {
  for (const int code : {8002, 8005, 8022, 8028}) {
    EXPECT_TRUE(absl::IsAborted(StatusOf(code, MysqlFlavor::kTidb))) << code;
    EXPECT_TRUE(absl::IsInternal(StatusOf(code, MysqlFlavor::kMysql))) << code;
  }
  EXPECT_TRUE(absl::IsInternal(StatusOf(4031, MysqlFlavor::kMariadb)));
  EXPECT_THAT(std::string(StatusOf(1235, MysqlFlavor::kVitess).message()),
              HasSubstr("does not support"));
  EXPECT_EQ(StatusOf(4151, MysqlFlavor::kMariadb), StatusOf(3118, MysqlFlavor::kMysql));
  EXPECT_TRUE(absl::IsUnavailable(StatusOf(1927, MysqlFlavor::kMariadb)));
}

}  // namespace
}  // namespace perennial::sql
