#include "lib/storage/sql/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/types/span.h"
#include "lib/base/status.h"
#include "lib/storage/sql/migration_text.h"
#include "lib/storage/sql/tables.h"
#include "tests/support/test_database.h"

namespace perennial::sql {
namespace {

using ::testing::HasSubstr;

const Migration kCreate = {1, "create",
                           "CREATE TABLE people ($key(name, 20), $int(age)) $options;\n"
                           "INSERT INTO people (name, age) VALUES ('Ada', 36);\n"
                           "CREATE INDEX people_by_age ON people (age);\n"};
const Migration kCities = {2, "cities",
                           "ALTER TABLE people ADD COLUMN $text(city, 30);\n"
                           "UPDATE people SET city = 'London', age = age + 1;\n"};
const Migration kScores = {3, "scores",
                           "CREATE TABLE scores ($key(name, 20), $int(n)) $options;\n"};

class MigrationsTest : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    test_database_ = std::make_unique<TestDatabase>(GetParam());
    database_ = test_database_->Open();
  }

  absl::Status Execute(absl::string_view sql) {
    return database_->Write(absl::Now() + absl::Minutes(1), [&](Connection& connection) {
      return connection.Execute(sql, {}).status();
    });
  }

  // The columns of the query's rows, with a space between.
  std::string Ask(absl::string_view sql, int columns) {
    std::string answer;
    const absl::Status status =
        database_->Read(absl::Now() + absl::Minutes(1), [&](Connection& connection) {
          answer.clear();
          return connection.Query(sql, {}, [&](const Row& row) {
            for (int i = 0; i < columns; ++i)
              absl::StrAppend(&answer, i > 0 ? " " : "", row.Text(i));
            return absl::OkStatus();
          });
        });
    EXPECT_TRUE(status.ok()) << status;
    return answer;
  }

  std::unique_ptr<TestDatabase> test_database_;
  std::unique_ptr<Database> database_;
};
INSTANTIATE_TEST_SUITE_P(Engines, MigrationsTest, EveryEngine(), EngineName);

TEST_P(MigrationsTest, EmptyDatabaseIsAtZero) {
  EXPECT_EQ(SchemaVersion(*database_).value(), 0);
  const absl::Status status = CheckSchema(*database_, {kCreate, kCities});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "the database is at migration 0 and this program needs 2");
}

TEST_P(MigrationsTest, FreshDatabaseGetsAll) {
  const absl::Status status = Migrate(*database_, {kCreate, kCities});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(SchemaVersion(*database_).value(), 2);
  EXPECT_TRUE(CheckSchema(*database_, {kCreate, kCities}).ok());
  EXPECT_EQ(Ask("SELECT name, age, city FROM people", 3), "Ada 37 London");
}

TEST_P(MigrationsTest, EachStepRunsOnceAndKeepsTheData) {
  ASSERT_TRUE(Migrate(*database_, {kCreate}).ok());
  ASSERT_TRUE(Execute("UPDATE people SET age = 50").ok());
  ASSERT_TRUE(Migrate(*database_, {kCreate, kCities}).ok());
  ASSERT_TRUE(Migrate(*database_, {kCreate, kCities}).ok());
  EXPECT_EQ(Ask("SELECT name, age, city FROM people", 3), "Ada 51 London");
}

TEST_P(MigrationsTest, FailingStatementIsNamedAndTakenUpOnceItIsMended) {
  const Migration broken = {2, "cities",
                            "ALTER TABLE people ADD COLUMN $text(city, 30);\n"
                            "UPDATE people SET town = 'London';\n"};
  ASSERT_TRUE(Migrate(*database_, {kCreate}).ok());
  const absl::Status status = Migrate(*database_, {kCreate, broken});
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("migration 2 (cities) fails at its statement 2"));
  EXPECT_EQ(SchemaVersion(*database_).value(), 1);
  EXPECT_TRUE(Migrate(*database_, {kCreate, kCities}).ok());
  EXPECT_EQ(Ask("SELECT name, age, city FROM people", 3), "Ada 37 London");
}

// What a server leaves behind that dies between a change of MySQL's schema, which commits at
// once, and its record.
TEST_P(MigrationsTest, StatementWhoseRecordWasLostCountsAsDone) {
  if (GetParam() == Engine::kSqlite) GTEST_SKIP() << "SQLite keeps both or none";
  ASSERT_TRUE(Migrate(*database_, {kCreate}).ok());
  for (const char* const lost : {"step >= 3", "step >= 1"}) {
    ASSERT_TRUE(Execute("DELETE FROM people").ok());
    ASSERT_TRUE(Execute(absl::StrCat("DELETE FROM schema_steps WHERE ", lost)).ok());
    const absl::Status status = Migrate(*database_, {kCreate});
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(SchemaVersion(*database_).value(), 1);
  }
  ASSERT_TRUE(Execute("ALTER TABLE people ADD COLUMN city VARCHAR(30)").ok());
  EXPECT_TRUE(Migrate(*database_, {kCreate, kCities}).ok());
}

// It answers ALREADY_EXISTS like a record's key, but it was not done.
TEST_P(MigrationsTest, UniqueIndexOverDuplicatesFails) {
  const Migration unique = {2, "unique", "CREATE UNIQUE INDEX people_age ON people (age);\n"};
  ASSERT_TRUE(Migrate(*database_, {kCreate}).ok());
  ASSERT_TRUE(Execute("INSERT INTO people (name, age) VALUES ('Bob', 36)").ok());
  EXPECT_EQ(Migrate(*database_, {kCreate, unique}).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(SchemaVersion(*database_).value(), 1);
}

TEST_P(MigrationsTest, ChangedMigrationIsRefused) {
  ASSERT_TRUE(Migrate(*database_, {kCreate, kCities}).ok());
  Migration changed = kCities;
  changed.text =
      "ALTER TABLE people ADD COLUMN $text(city, 31);\n"
      "UPDATE people SET city = 'London', age = age + 1;\n";
  for (const absl::Status& status : {Migrate(*database_, {kCreate, changed, kScores}),
                                     CheckSchema(*database_, {kCreate, changed})}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(status.message(),
              "migration 2 differs from the one that ran on this database, at its statement 1");
  }
  EXPECT_EQ(SchemaVersion(*database_).value(), 2);
}

TEST_P(MigrationsTest, StatementAddedToADoneMigrationIsRefused) {
  ASSERT_TRUE(Migrate(*database_, {kCreate}).ok());
  Migration longer = kCreate;
  longer.text += "CREATE INDEX people_by_both ON people (age, name);\n";
  EXPECT_EQ(Migrate(*database_, {longer}).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_P(MigrationsTest, CommentsMayChange) {
  ASSERT_TRUE(Migrate(*database_, {kCreate}).ok());
  Migration commented = kCreate;
  commented.text = absl::StrCat("-- People.\n", kCreate.text);
  EXPECT_TRUE(CheckSchema(*database_, {commented}).ok());
}

TEST_P(MigrationsTest, NewerSchemaIsRefused) {
  ASSERT_TRUE(Migrate(*database_, {kCreate, kCities, kScores}).ok());
  for (const absl::Status& status :
       {Migrate(*database_, {kCreate}), CheckSchema(*database_, {kCreate})}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(status.message(),
              "the database is at migration 3 and this program knows none after 1");
  }
}

TEST_P(MigrationsTest, GapsAndEmptyMigrationsAreRefused) {
  EXPECT_EQ(Migrate(*database_, {kCities}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Migrate(*database_, {{1, "empty", "-- Nothing.\n"}}).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(MigrationsTest, TwoServersAtOnceRunEachStepOnce) {
  std::vector<Migration> migrations = {kCreate, kCities};
  for (int i = 3; i <= 10; ++i) {
    migrations.push_back({i, "age",
                          absl::StrCat("CREATE TABLE t", i, " ($key(name, 20)) $options;\n",
                                       "UPDATE people SET age = age + 1;\n")});
  }
  const auto migrate = [&](Database& database) {
    const absl::Status status = Migrate(database, migrations);
    EXPECT_TRUE(status.ok()) << status;
  };
  // A second process cannot open the SQLite file: there it is a second thread.
  std::unique_ptr<Database> second;
  if (GetParam() == Engine::kMysql) second = test_database_->Open();
  std::thread other(migrate, std::ref(second == nullptr ? *database_ : *second));
  migrate(*database_);
  other.join();
  EXPECT_EQ(Ask("SELECT age FROM people", 1), "45");
  EXPECT_EQ(SchemaVersion(*database_).value(), 10);
}

// As by a kill of the first server, at each of its statements.
TEST_P(MigrationsTest, AFirstRunThatWasCutOffAnywhereIsUnfinished) {
  const std::vector<Migration> migrations = {kCreate, kCities, kScores};
  for (size_t i = 0; i < migrations.size(); ++i) {
    const std::vector<std::string> statements = SplitStatements(migrations[i].text).value();
    for (const std::string& statement : statements) {
      std::vector<Migration> cut_off = migrations;
      cut_off[i].text = absl::StrReplaceAll(cut_off[i].text, {{statement, "CREATE TABLE"}});
      const TestDatabase test_database(GetParam());
      const std::unique_ptr<Database> database = test_database.Open();
      ASSERT_FALSE(Migrate(*database, cut_off).ok());
      EXPECT_TRUE(IsUnfinished(*database).value()) << statement;
      const absl::Status status = Migrate(*database, migrations);
      EXPECT_TRUE(status.ok()) << status;
      EXPECT_FALSE(IsUnfinished(*database).value()) << statement;
    }
  }
}

TEST_P(MigrationsTest, AnOlderSchemaIsNotUnfinished) {
  EXPECT_TRUE(IsUnfinished(*database_).value());
  ASSERT_TRUE(Migrate(*database_, {kCreate}).ok());
  EXPECT_FALSE(IsUnfinished(*database_).value());
  // Nor is one whose upgrade was cut off.
  ASSERT_FALSE(Migrate(*database_, {kCreate, {2, "broken", "CREATE TABLE;\n"}}).ok());
  EXPECT_FALSE(IsUnfinished(*database_).value());
}

TEST_P(MigrationsTest, AnotherProgramsDatabaseIsLeftAsItIs) {
  ASSERT_TRUE(Execute("CREATE TABLE theirs (id INTEGER PRIMARY KEY)").ok());
  EXPECT_EQ(CheckOurs(*database_).code(), absl::StatusCode::kFailedPrecondition);
  const absl::Status status = Migrate(*database_, {kCreate});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another program"));
  EXPECT_EQ(TableNames(*database_)->size(), 1u);
}

// What a process does that ends within an upgrade, or after it.
TEST_P(MigrationsTest, AnUpgradeOfTheSameFileIsAwaited) {
  if (GetParam() == Engine::kMysql) GTEST_SKIP() << "Servers look at the records";
  database_.reset();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  int opened[2];
  ASSERT_EQ(pipe(opened), 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte = 0;
    const auto database = test_database_->Open();
    if (write(opened[1], "x", 1) != 1 || read(ends[0], &byte, 1) != 1) _exit(1);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(opened[0], &byte, 1), 1);
  int waits = 0;
  const auto database = OpenAfterUpgrade(test_database_->options(), [&] {
    if (++waits != 2) return;
    ASSERT_EQ(write(ends[1], "x", 1), 1);
  });
  EXPECT_TRUE(database.ok()) << database.status();
  EXPECT_GE(waits, 2);
  waitpid(child, nullptr, 0);
  for (const int end : {ends[0], ends[1], opened[0], opened[1]}) close(end);
}

TEST_P(MigrationsTest, AnOlderSchemaThatNobodyChangesIsRefused) {
  ASSERT_TRUE(Migrate(*database_, {kCreate}).ok());
  const absl::Status status = AwaitSchema(*database_, {kCreate, kCities}, [] {});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "the database is at migration 1 and this program needs 2");
  EXPECT_EQ(AwaitSchema(*database_, {kCities}, [] {}).code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(MigrationsTest, ASchemaThatAnotherServerChangesIsAwaited) {
  if (GetParam() == Engine::kSqlite) GTEST_SKIP() << "One server has the file";
  const std::unique_ptr<Database> other = test_database_->Open();
  const std::vector<Migration> migrations = {kCreate, kCities, kScores};
  ASSERT_TRUE(Migrate(*other, {kCreate}).ok());
  size_t done = 1;
  int looks = 0;
  const absl::Status status = AwaitSchema(*database_, migrations, [&] {
    // Each of its migrations takes a while.
    if (++looks % 15 != 0) return;
    ASSERT_TRUE(Migrate(*other, absl::MakeSpan(migrations).subspan(0, ++done)).ok());
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(done, migrations.size());
}

TEST_P(MigrationsTest, AStepOfAnotherServerIsAwaitedHoweverLongItTakes) {
  if (GetParam() == Engine::kSqlite) GTEST_SKIP() << "One server has the file";
  const std::unique_ptr<Database> other = test_database_->Open();
  ASSERT_TRUE(Migrate(*other, {kCreate}).ok());
  const auto hold = [&](Connection& connection, const char* what) {
    return connection.Query(absl::StrCat("SELECT ", what), {},
                            [](const Row&) { return absl::OkStatus(); });
  };
  absl::Status awaited;
  const absl::Status status =
      other->Write(absl::InfiniteFuture(), [&](Connection& connection) -> absl::Status {
        RETURN_IF_ERROR(hold(connection, "GET_LOCK(CONCAT('perennial.', DATABASE()), 0)"));
        int looks = 0;
        awaited = AwaitSchema(*database_, {kCreate, kCities}, [&] {
          if (++looks != 50) return;
          EXPECT_TRUE(hold(connection, "RELEASE_ALL_LOCKS()").ok());
          EXPECT_TRUE(Migrate(*database_, {kCreate, kCities}).ok());
        });
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(awaited.ok()) << awaited;
}

}  // namespace
}  // namespace perennial::sql
