#include "lib/storage/migrations.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
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

// On MySQL: each column of the schema, its type and what it is compared by.
std::vector<std::string> ColumnsOf(sql::Database& database) {
  std::vector<std::string> columns;
  const absl::Status status =
      database.Read(absl::InfiniteFuture(), [&](sql::Connection& connection) {
        return connection.Query(
            "SELECT CONCAT_WS(' ', table_name, column_name, column_type, is_nullable, "
            "column_default, collation_name) FROM information_schema.columns WHERE table_schema = "
            "DATABASE() ORDER BY table_name, ordinal_position",
            {}, [&](const sql::Row& row) {
              columns.emplace_back(row.Text(0));
              return absl::OkStatus();
            });
      });
  EXPECT_TRUE(status.ok()) << status;
  return columns;
}

class CollationTest : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(sql::Engine::kMysql);
    test_database_.emplace(sql::Engine::kMysql);
    database_ = test_database_->Open();
  }

  std::string Ask(absl::string_view sql) {
    std::string answer;
    const absl::Status status =
        database_->Read(absl::InfiniteFuture(), [&](sql::Connection& connection) {
          return connection.Query(sql, {}, [&](const sql::Row& row) {
            answer = std::string(row.Text(0));
            return absl::OkStatus();
          });
        });
    EXPECT_TRUE(status.ok()) << status;
    return answer;
  }

  void Execute(const std::string& sql) {
    const absl::Status status = database_->Write(
        absl::InfiniteFuture(),
        [&](sql::Connection& connection) { return connection.Execute(sql, {}).status(); });
    ASSERT_TRUE(status.ok()) << sql << ": " << status;
  }

  std::optional<TestDatabase> test_database_;
  std::unique_ptr<sql::Database> database_;
};

TEST_F(CollationTest, EveryColumnIsComparedWithItsBlanks) {
  ASSERT_TRUE(sql::Migrate(*database_, Migrations()).ok());
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() "
                "AND collation_name <> @@collation_connection"),
            "0");
  EXPECT_EQ(Ask("SELECT 'a' = 'a '"), "0");
  EXPECT_EQ(Ask("SELECT default_collation_name = @@collation_connection FROM "
                "information_schema.schemata WHERE schema_name = DATABASE()"),
            "1");
}

TEST_F(CollationTest, ColumnsOfAnOlderDatabaseAreBroughtOver) {
  int collation = 0;
  for (const sql::Migration& migration : Migrations()) {
    if (migration.title == "collation") collation = migration.number;
  }
  const auto migrations = Migrations().subspan(0, static_cast<size_t>(collation));
  ASSERT_TRUE(sql::Migrate(*database_, migrations).ok());
  const std::vector<std::string> columns = ColumnsOf(*database_);
  const std::string tables =
      Ask("SELECT GROUP_CONCAT(table_name) FROM information_schema.tables WHERE table_schema = "
          "DATABASE()");
  for (const absl::string_view table : absl::StrSplit(tables, ',')) {
    Execute(absl::StrCat("ALTER TABLE ", table, " CONVERT TO CHARACTER SET utf8mb4 COLLATE ",
                         "utf8mb4_bin"));
  }
  ASSERT_NE(ColumnsOf(*database_), columns);
  Execute(absl::StrCat("DELETE FROM schema_steps WHERE migration = ", collation));
  const absl::Status status = sql::Migrate(*database_, migrations);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(ColumnsOf(*database_), columns);
}

}  // namespace
}  // namespace perennial
