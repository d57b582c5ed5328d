#include "lib/storage/migrations.h"

#include <gtest/gtest.h>

#include "tests/support/test_database.h"

namespace perennial {
namespace {

class MigrationsTest : public testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override { SKIP_UNLESS_AVAILABLE(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Engines, MigrationsTest, EveryEngine(), EngineName);

TEST_P(MigrationsTest, SchemaIsMadeOnAnEmptyDatabase) {
  const TestDatabase test_database(GetParam());
  const std::unique_ptr<sql::Database> database = test_database.Open();
  const absl::Status status = sql::Migrate(*database, Migrations());
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(sql::CheckSchema(*database, Migrations()).ok());
}

}  // namespace
}  // namespace perennial
