#include "lib/storage/backup/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/ids.h"
#include "lib/storage/sql/sqlite_copy.h"
#include "lib/storage/time_line.h"
#include "perennial/v1/account_service.pb.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

namespace fs = std::filesystem;

bool GoOn() { return true; }

class BackupTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    if (!store_.has_value()) return;  // skipped
    ASSERT_TRUE(OpenTimeLine(*store_, nullptr).ok());
    folder_ = testing::TempDir() + "backup_test_" + NewRequestId();
    fs::create_directories(folder_);
    prefix_ = folder_ + "/x.unfinished-backup-";
  }
  ~BackupTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  absl::Status CreateAccount(absl::string_view id, absl::string_view display_name = "An account") {
    v1::Account account;
    account.set_name(absl::StrCat("accounts/", id));
    account.set_display_name(std::string(display_name));
    return store_->Apply(call_, [&](WriteTx& tx) { return tx.Create(account).status(); });
  }

  // The backup as a file with a name.
  std::string Save(BackupFile& backup, const std::string& name = "saved.db") {
    const std::string path = absl::StrCat(folder_, "/", name);
    std::ofstream out(path, std::ios::binary);
    for (std::string bytes = *backup.Read(1000); !bytes.empty(); bytes = *backup.Read(1000)) {
      out << bytes;
    }
    return path;
  }

  int FilesInFolder() const {
    int files = 0;
    for ([[maybe_unused]] const auto& each : fs::directory_iterator(folder_)) ++files;
    return files;
  }

  std::string folder_;
  std::string prefix_;
};
INSTANTIATE_TEST_SUITE_P(Engines, BackupTest, EveryEngine(), EngineName);

TEST_P(BackupTest, TakesNoConnectionFromCallers) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(CreateAccount(absl::StrCat("a", i)).ok());
  sql::Options options = test_database_->options();
  options.connections = 1;
  store_.reset();
  store_.emplace(std::move(sql::Open(options)).value(), clock_);
  int served = 0;
  const auto backup = MakeBackup(*store_, prefix_, [&] {
    Call call = call_;
    call.deadline = absl::Now() + absl::Seconds(20);
    const absl::Status status =
        store_->Read(call, [](ReadTx& tx) { return tx.Get<v1::Account>("accounts/a1").status(); });
    EXPECT_TRUE(status.ok()) << status;
    return status.ok() && ++served > 0;
  });
  ASSERT_TRUE(backup.ok()) << backup.status();
  EXPECT_GT(served, 0);
}

TEST_P(BackupTest, HoldsEveryRow) {
  for (int i = 0; i < 2500; ++i) ASSERT_TRUE(CreateAccount(absl::StrCat("a", i), "Grüße \0").ok());
  const auto backup = MakeBackup(*store_, prefix_, GoOn);
  ASSERT_TRUE(backup.ok()) << backup.status();
  EXPECT_EQ((*backup)->info().history_id, store_->time_line());
  EXPECT_EQ((*backup)->info().revision, 2500);
  EXPECT_EQ((*backup)->info().tables.at("accounts").rows, 2500);
  EXPECT_EQ((*backup)->info().tables.at("changes").rows, 2500);
  EXPECT_EQ(FilesInFolder(), 0) << "the file has no name any more";

  const std::string path = Save(**backup);
  EXPECT_EQ(static_cast<int64_t>(fs::file_size(path)), (*backup)->size());
  const auto file = OpenBackup(path);
  ASSERT_TRUE(file.ok()) << file.status();
  const auto info = ReadBackupInfo(**file);
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->tables, (*backup)->info().tables);
  EXPECT_EQ(info->schema_version, static_cast<int>(Migrations().size()));
  EXPECT_TRUE(CheckBackup(**file, *info, GoOn).ok());
}

TEST_P(BackupTest, ChangesWithoutANumberGetOne) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(CreateAccount(absl::StrCat("a", i)).ok());
  const auto backup = MakeBackup(*store_, prefix_, GoOn);
  ASSERT_TRUE(backup.ok()) << backup.status();
  const auto file = OpenBackup(Save(**backup));
  const absl::Status status =
      (*file)->Read(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
        return connection.Query(
            "SELECT MIN(revision), MAX(revision), (SELECT next_revision FROM revision_counter) "
            "FROM changes",
            {}, [](const sql::Row& row) {
              EXPECT_EQ(row.Integer(0), 1);
              EXPECT_EQ(row.Integer(1), 5);
              EXPECT_EQ(row.Integer(2), 6);
              return absl::OkStatus();
            });
      });
  EXPECT_TRUE(status.ok()) << status;
}

// A writer that never pauses: the copy ends, and what it holds is of one moment.
TEST_P(BackupTest, EndsWhileOthersWriteAtFullRate) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> writers;
  for (int w = 0; w < 3; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; !stop; ++i) {
        ASSERT_TRUE(CreateAccount(absl::StrCat("w", w, "-", i), std::string(100, 'x')).ok());
      }
    });
  }
  for (int round = 0; round < 3; ++round) {
    const auto backup = MakeBackup(*store_, prefix_, GoOn);
    ASSERT_TRUE(backup.ok()) << backup.status();
    const BackupInfo& info = (*backup)->info();
    EXPECT_EQ(info.tables.at("accounts").rows, info.tables.at("changes").rows);
    EXPECT_EQ(info.revision, info.tables.at("changes").rows);
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
}

TEST_P(BackupTest, LeavesNothingBehindWhereItIsCancelled) {
  ASSERT_TRUE(CreateAccount("acme").ok());
  const auto backup = MakeBackup(*store_, prefix_, [] { return false; });
  EXPECT_EQ(backup.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(FilesInFolder(), 0);
}

TEST_P(BackupTest, SaysWhereThereIsNoPlaceForIt) {
  const auto backup = MakeBackup(*store_, folder_ + "/nowhere/x-", GoOn);
  EXPECT_EQ(backup.status().code(), absl::StatusCode::kUnavailable);
}

// Somebody who waits for the end of a copy is not to wait for SQLite to look through all of it.
TEST_P(BackupTest, TheCheckOfItsPagesEndsWhereItIsCancelled) {
  for (int i = 0; i < 2500; ++i) ASSERT_TRUE(CreateAccount(absl::StrCat("a", i)).ok());
  const auto backup = MakeBackup(*store_, prefix_, GoOn);
  ASSERT_TRUE(backup.ok()) << backup.status();
  const auto file = OpenBackup(Save(**backup));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(sql::CheckIntegrity(**file, [] { return false; }).code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(sql::CheckIntegrity(**file, GoOn).ok());
}

// One bit of a row's content, which SQLite does not notice.
TEST_P(BackupTest, ADamagedRowIsFound) {
  ASSERT_TRUE(CreateAccount("acme", "the name to look for").ok());
  const auto backup = MakeBackup(*store_, prefix_, GoOn);
  ASSERT_TRUE(backup.ok()) << backup.status();
  const std::string path = Save(**backup);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes(fs::file_size(path), '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const size_t at = bytes.find("the name to look for");
  ASSERT_NE(at, std::string::npos);
  file.seekp(static_cast<std::streamoff>(at));
  file.put('T');
  file.close();

  const auto damaged = OpenBackup(path);
  ASSERT_TRUE(damaged.ok()) << damaged.status();
  const auto info = ReadBackupInfo(**damaged);
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(CheckBackup(**damaged, *info, GoOn).code(), absl::StatusCode::kDataLoss);
}

TEST_P(BackupTest, AFileOfAnotherKindIsNone) {
  const std::string path = folder_ + "/other.db";
  const auto file = OpenBackup(path);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(ReadBackupInfo(**file).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace perennial
