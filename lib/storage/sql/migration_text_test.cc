#include "lib/storage/sql/migration_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace perennial::sql {
namespace {

using ::testing::ElementsAre;

TEST(SplitStatementsTest, StatementsEndAtTheSemicolonThatEndsALine) {
  const auto statements = SplitStatements(
      "-- First; the table.\n"
      "CREATE TABLE t (\n"
      "  -- Why it has one column;\n"
      "  $int(a)\n"
      ") $options;  \n"
      "\n"
      "INSERT INTO t (a) VALUES (';');\n");
  ASSERT_TRUE(statements.ok()) << statements.status();
  EXPECT_THAT(*statements, ElementsAre("CREATE TABLE t (\n  $int(a)\n) $options",
                                       "INSERT INTO t (a) VALUES (';')"));
}

TEST(SplitStatementsTest, LastStatementHasToBeClosed) {
  EXPECT_EQ(SplitStatements("DROP TABLE t;\nDROP TABLE u").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ExpandMacrosTest, SqliteChecksLengthsAndTypes) {
  EXPECT_EQ(ExpandMacros("CREATE TABLE t ($key(name, 300), $text( stage ,40), $int(n), $real(x), "
                         "$bytes(data)) $options",
                         Dialect{Engine::kSqlite, ""})
                .value(),
            "CREATE TABLE t (name TEXT NOT NULL PRIMARY KEY CHECK (length(name) <= 300), "
            "stage TEXT NOT NULL DEFAULT '' CHECK (length(stage) <= 40), "
            "n INTEGER NOT NULL DEFAULT 0, x REAL NOT NULL DEFAULT 0, "
            "data BLOB NOT NULL DEFAULT x'') STRICT");
}

TEST(ExpandMacrosTest, MysqlHasRealColumns) {
  EXPECT_EQ(ExpandMacros("CREATE TABLE t ($key(name, 300), $text(stage, 40), $text(note, 4000), "
                         "$int(n), $real(x), $bytes(data)) $options",
                         Dialect{Engine::kMysql, "utf8mb4_x"})
                .value(),
            "CREATE TABLE t (name VARCHAR(300) NOT NULL PRIMARY KEY, "
            "stage VARCHAR(40) NOT NULL DEFAULT '', "
            "note MEDIUMTEXT NOT NULL DEFAULT ('') CHECK (CHAR_LENGTH(note) <= 4000), "
            "n BIGINT NOT NULL DEFAULT 0, x DOUBLE NOT NULL DEFAULT 0, "
            "data LONGBLOB NOT NULL DEFAULT ('')) "
            "ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_x");
}

TEST(ExpandMacrosTest, ALineMayBeForMysqlAlone) {
  const std::string line =
      "$mysql ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation";
  EXPECT_EQ(ExpandMacros(line, Dialect{Engine::kMysql, "utf8mb4_x"}).value(),
            " ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_x");
  EXPECT_TRUE(absl::StartsWith(ExpandMacros(line, Dialect{Engine::kSqlite, ""}).value(),
                               "DELETE FROM schema_steps WHERE 0 -- "));
}

TEST(ExpandMacrosTest, ALineMayBeForSqliteAlone) {
  EXPECT_EQ(ExpandMacros("$sqlite ANALYZE sqlite_schema", Dialect{Engine::kSqlite, ""}).value(),
            " ANALYZE sqlite_schema");
  EXPECT_EQ(
      ExpandMacros("$sqlite ANALYZE sqlite_schema", Dialect{Engine::kMysql, "utf8mb4_x"}).value(),
      "DO 0 -- ANALYZE sqlite_schema");
}

TEST(ExpandMacrosTest, WrongMacrosAreRefused) {
  for (const char* const wrong : {"$", "$varchar(a, 1)", "$text(a)", "$text(a, 0)", "$text(a, b)",
                                  "$text(a, 1, 2)", "$int()", "$int", "$int(a", "$int(a, 3)"}) {
    EXPECT_EQ(ExpandMacros(wrong, Dialect{Engine::kSqlite, ""}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << wrong;
  }
}

// Databases have kept them: another result would make every one of them look changed.
TEST(ChecksumTest, IsFnv1a) {
  EXPECT_EQ(Checksum(""), "cbf29ce484222325");
  EXPECT_EQ(Checksum("foobar"), "85944171f73967e8");
}

}  // namespace
}  // namespace perennial::sql
