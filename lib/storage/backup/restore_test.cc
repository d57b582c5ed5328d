#include "lib/storage/backup/restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/base/ids.h"
#include "lib/base/sha256.h"
#include "lib/storage/sql/sqlite_copy.h"
#include "lib/storage/sql/tables.h"
#include "lib/storage/time_line.h"
#include "perennial/v1/account_service.pb.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;

// Restores to a database of the engine; the backup is always of a SQLite one.
class RestoreTest : public testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    folder_ = testing::TempDir() + "restore_test_" + NewRequestId();
    fs::create_directories(folder_);
    target_.emplace(GetParam());
    options_.file = folder_ + "/backup.db";
    options_.to = target_->options();
    MakeFile(3);
  }
  ~RestoreTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  // A backup with so many accounts.
  void MakeFile(int accounts) {
    const TestDatabase database(sql::Engine::kSqlite);
    Store store(database.Open(), clock_);
    ASSERT_TRUE(sql::Migrate(store.database(), Migrations()).ok());
    ASSERT_TRUE(OpenTimeLine(store, nullptr).ok());
    lost_line_ = store.time_line();
    Call call;
    call.actor = "tester";
    call.request_id = "the first";
    for (int i = 0; i < accounts; ++i) {
      v1::Account account;
      account.set_name(absl::StrCat("accounts/a", i));
      account.set_display_name(absl::StrCat("Grüße ", i, "  "));
      ASSERT_TRUE(store.Apply(call, [&](WriteTx& tx) { return tx.Create(account).status(); }).ok());
      call.request_id.clear();
    }
    const auto backup = MakeBackup(store, folder_ + "/temporary-", [] { return true; });
    ASSERT_TRUE(backup.ok()) << backup.status();
    std::ofstream out(options_.file, std::ios::binary);
    for (auto bytes = (*backup)->Read(1 << 20); !bytes->empty(); bytes = (*backup)->Read(1 << 20)) {
      out << *bytes;
    }
  }

  absl::StatusOr<BackupInfo> Restore() {
    return RestoreBackup(options_, absl::Now(), [](absl::string_view) {});
  }

  int64_t Count(sql::Database& database, absl::string_view query) {
    int64_t count = -1;
    const absl::Status status =
        database.Read(absl::InfiniteFuture(), [&](sql::Connection& connection) {
          return connection.Query(query, {}, [&](const sql::Row& row) {
            count = row.Integer(0);
            return absl::OkStatus();
          });
        });
    EXPECT_TRUE(status.ok()) << status;
    return count;
  }

  void Run(absl::string_view statement) {
    const absl::Status status = target_->Open()->Write(
        absl::InfiniteFuture(),
        [&](sql::Connection& connection) { return connection.Execute(statement, {}).status(); });
    ASSERT_TRUE(status.ok()) << status;
  }

  std::string folder_;
  std::optional<TestDatabase> target_;
  RestoreOptions options_;
  uint64_t lost_line_ = 0;
  ManualClock clock_{absl::FromCivil(absl::CivilDay(2025, 1, 1), absl::UTCTimeZone())};
};
INSTANTIATE_TEST_SUITE_P(Engines, RestoreTest, EveryEngine(), EngineName);

TEST_P(RestoreTest, MakesADatabaseOnANewTimeLine) {
  const auto restored = Restore();
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->history_id, lost_line_);
  EXPECT_EQ(restored->revision, 3);
  const auto database = target_->Open();
  EXPECT_TRUE(sql::CheckSchema(*database, Migrations()).ok());
  EXPECT_TRUE(CheckRestored(*database).ok());
  EXPECT_EQ(Count(*database, "SELECT COUNT(*) FROM accounts"), 3);
  EXPECT_EQ(Count(*database, "SELECT COUNT(*) FROM time_lines"), 2);
  EXPECT_EQ(Count(*database, "SELECT next_revision FROM revision_counter"), 4);
  const auto tables = sql::TableNames(*database);
  EXPECT_THAT(*tables, testing::Not(testing::Contains(HasSubstr("backup"))));
}

// Nobody has seen the new one yet, so that its first server goes on with it.
TEST_P(RestoreTest, TheFirstServerGoesOnWithTheNewTimeLine) {
  ASSERT_TRUE(Restore().ok());
  Store store(target_->Open(), clock_);
  std::unique_ptr<ServedMark> mark;
  absl::string_view path = target_->options().url;
  if (absl::ConsumePrefix(&path, "sqlite:")) mark = *ServedMark::Open(std::string(path));
  ASSERT_TRUE(OpenTimeLine(store, mark.get()).ok());
  EXPECT_NE(store.time_line(), lost_line_);
  EXPECT_EQ(Count(store.database(), "SELECT COUNT(*) FROM time_lines"), 2);
}

TEST_P(RestoreTest, ReplacesWhatHoldsNothing) {
  ASSERT_TRUE(sql::Migrate(*target_->Open(), Migrations()).ok());
  const auto restored = Restore();
  EXPECT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(Count(*target_->Open(), "SELECT COUNT(*) FROM accounts"), 3);
}

TEST_P(RestoreTest, RefusesWhatHoldsData) {
  ASSERT_TRUE(Restore().ok());
  const auto again = Restore();
  EXPECT_EQ(again.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(again.status().message()), HasSubstr("holds data"));
  EXPECT_EQ(Count(*target_->Open(), "SELECT COUNT(*) FROM time_lines"), 2) << "untouched";
}

TEST_P(RestoreTest, RefusesWhatIsAnotherPrograms) {
  Run("CREATE TABLE theirs (id INTEGER PRIMARY KEY)");
  EXPECT_EQ(Restore().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Count(*target_->Open(), "SELECT COUNT(*) FROM theirs"), 0) << "untouched";
}

TEST_P(RestoreTest, ChecksTheChecksum) {
  options_.sha256 = std::string(64, '0');
  EXPECT_EQ(Restore().status().code(), absl::StatusCode::kDataLoss);
  Sha256 hash;
  std::ifstream file(options_.file, std::ios::binary);
  hash.Update(std::string(std::istreambuf_iterator<char>(file), {}));
  options_.sha256 = hash.Finish();
  const auto restored = Restore();
  EXPECT_TRUE(restored.ok()) << restored.status();
}

TEST_P(RestoreTest, RefusesABackupOfALaterProgram) {
  const absl::Status status =
      (*OpenBackup(options_.file))->Write(absl::InfiniteFuture(), [](sql::Connection& connection) {
        return connection
            .Execute(
                "INSERT INTO schema_steps (migration, step, steps, "
                "title, checksum) VALUES (9999, 1, 1, 'later', 'x')",
                {})
            .status();
      });
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_TRUE(sql::MakePortable(options_.file).ok());
  const auto restored = Restore();
  EXPECT_EQ(restored.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(restored.status().message()), HasSubstr("migration 9999"));
}

TEST_P(RestoreTest, RefusesADatabaseThatIsInUse) {
  std::ofstream(options_.file + "-wal") << "a log";
  EXPECT_EQ(Restore().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_P(RestoreTest, LeavesNothingBesideTheDatabase) {
  ASSERT_TRUE(Restore().ok());
  for (const auto& each : fs::directory_iterator(folder_)) {
    EXPECT_EQ(each.path().string(), options_.file);
  }
}

class MysqlRestoreTest : public RestoreTest {};
INSTANTIATE_TEST_SUITE_P(Engines, MysqlRestoreTest, testing::Values(sql::Engine::kMysql),
                         EngineName);

TEST_P(MysqlRestoreTest, AnInterruptedOneIsNotServedAndBegunAnew) {
  ASSERT_TRUE(Restore().ok());
  Run("CREATE TABLE unfinished_restore (id INT PRIMARY KEY)");
  Run("DELETE FROM accounts");
  EXPECT_EQ(CheckRestored(*target_->Open()).code(), absl::StatusCode::kFailedPrecondition);
  const auto restored = Restore();
  EXPECT_TRUE(restored.ok()) << restored.status();
  EXPECT_TRUE(CheckRestored(*target_->Open()).ok());
  EXPECT_EQ(Count(*target_->Open(), "SELECT COUNT(*) FROM accounts"), 3);
}

// A program of another kind may well have a table of accounts.
TEST_P(MysqlRestoreTest, TablesOfAnotherProgramStayWhateverTheirNames) {
  for (const char* table : {"accounts", "changes"}) {
    Run(absl::StrCat("CREATE TABLE ", table, " (id INTEGER PRIMARY KEY)"));
    const auto restored = Restore();
    EXPECT_EQ(restored.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(restored.status().message()), HasSubstr("another program"));
    EXPECT_EQ(sql::TableNames(*target_->Open())->size(), 1u) << "untouched";
    Run(absl::StrCat("DROP TABLE ", table));
  }
}

TEST_P(MysqlRestoreTest, GoesOnWhereTheFirstMigrationWasCutOff) {
  ASSERT_TRUE(sql::Migrate(*target_->Open(), Migrations()).ok());
  Run("CREATE TABLE schema_unfinished (id INTEGER)");
  Run("DELETE FROM schema_steps WHERE migration > 1");
  const auto restored = Restore();
  EXPECT_TRUE(restored.ok()) << restored.status();
}

// The connection that holds the lock has nothing to do for hours.
TEST_P(MysqlRestoreTest, TheLossOfItsLockIsNoticed) {
  const std::unique_ptr<sql::Database> database = target_->Open();
  const absl::Status status = sql::RunAlone(
      *database, "perennial.test.", [&](absl::FunctionRef<absl::Status()> still_alone) {
        EXPECT_TRUE(still_alone().ok());
        EXPECT_EQ(sql::RunAlone(*database, "perennial.test.",
                                [](absl::FunctionRef<absl::Status()>) { return absl::OkStatus(); })
                      .code(),
                  absl::StatusCode::kFailedPrecondition);
        const int64_t connection = Count(
            *database, "SELECT IS_USED_LOCK(CONCAT('perennial.test.', LEFT(DATABASE(), 40)))");
        Run(absl::StrCat("KILL ", connection));
        const absl::Status lost = still_alone();
        EXPECT_EQ(lost.code(), absl::StatusCode::kUnavailable) << lost;
        return lost;
      });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

class FileRestoreTest : public RestoreTest {};
INSTANTIATE_TEST_SUITE_P(Engines, FileRestoreTest, testing::Values(sql::Engine::kSqlite),
                         EngineName);

// It would be taken for the new file's.
TEST_P(FileRestoreTest, ALogThatALostFileHasLeftIsRemoved) {
  absl::string_view path = target_->options().url;
  absl::ConsumePrefix(&path, "sqlite:");
  std::ofstream(absl::StrCat(path, "-wal")) << "left";
  ASSERT_TRUE(Restore().ok());
  EXPECT_EQ(Count(*target_->Open(), "SELECT COUNT(*) FROM accounts"), 3);
}

// Nobody can begin to use the place between the last look at it and the new file.
TEST_P(FileRestoreTest, ServersAreKeptFromThePlaceAllTheWhile) {
  ASSERT_TRUE(sql::Migrate(*target_->Open(), Migrations()).ok());
  int told = 0;
  const auto restored = RestoreBackup(options_, absl::Now(), [&](absl::string_view) {
    ++told;
    EXPECT_EQ(sql::Open(target_->options()).status().code(), absl::StatusCode::kFailedPrecondition);
  });
  EXPECT_TRUE(restored.ok()) << restored.status();
  EXPECT_GT(told, 0);
  EXPECT_EQ(Count(*target_->Open(), "SELECT COUNT(*) FROM accounts"), 3);
}

TEST_P(FileRestoreTest, LeavesAFileThatWasMadeMeanwhile) {
  const auto restored = RestoreBackup(options_, absl::Now(), [&](absl::string_view) {
    EXPECT_TRUE(sql::Migrate(*target_->Open(), Migrations()).ok());
  });
  EXPECT_EQ(restored.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Count(*target_->Open(), "SELECT COUNT(*) FROM accounts"), 0);
}

TEST_P(FileRestoreTest, IsOfTheFileThatALinkLeadsTo) {
  const std::string file = *sql::SqlitePath(target_->options().url);
  { const auto database = target_->Open(); }
  const std::string link = folder_ + "/link.db";
  fs::create_symlink(file, link);
  options_.to.url = "sqlite:" + link;
  ASSERT_TRUE(Restore().ok());
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(Count(*target_->Open(), "SELECT COUNT(*) FROM accounts"), 3);
}

TEST_P(FileRestoreTest, RefusesWhatAServerHasOpen) {
  ASSERT_TRUE(sql::Migrate(*target_->Open(), Migrations()).ok());
  const auto open = target_->Open();
  EXPECT_EQ(Restore().status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace perennial
