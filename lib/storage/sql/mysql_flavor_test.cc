#include "lib/storage/sql/mysql_flavor.h"

#include <gtest/gtest.h>

namespace perennial::sql {
namespace {

TEST(MysqlFlavorTest, AServerSaysWhatItIs) {
  EXPECT_EQ(FlavorOf("10.11.19-MariaDB-0+deb12u1", "Debian 12"), MysqlFlavor::kMariadb);
  EXPECT_EQ(FlavorOf("9.7.4", "MySQL Community Server - GPL"), MysqlFlavor::kMysql);
  EXPECT_EQ(FlavorOf("8.0.11-TiDB-v8.5.0", "TiDB Server"), MysqlFlavor::kTidb);
  EXPECT_EQ(FlavorOf("8.0.30-Vitess", "Version: 21.0"), MysqlFlavor::kVitess);
  EXPECT_EQ(FlavorOf("5.7.25", "OceanBase_CE 4.3.5"), MysqlFlavor::kOceanbase);
}

TEST(MysqlFlavorTest, NoCollationIgnoresBlanks) {
  EXPECT_EQ(CollationOf(MysqlFlavor::kMariadb), "utf8mb4_nopad_bin");
  EXPECT_EQ(CollationOf(MysqlFlavor::kMysql), "utf8mb4_0900_bin");
}

TEST(MysqlFlavorTest, ASharedLockIsOneThatTheServerHas) {
  EXPECT_EQ(SharedLockOf(MysqlFlavor::kMariadb), " LOCK IN SHARE MODE");
  EXPECT_EQ(SharedLockOf(MysqlFlavor::kMysql), " LOCK IN SHARE MODE");
  EXPECT_EQ(SharedLockOf(MysqlFlavor::kTidb), " FOR UPDATE");
  EXPECT_EQ(SharedLockOf(MysqlFlavor::kOceanbase), " FOR UPDATE");
}

}  // namespace
}  // namespace perennial::sql
