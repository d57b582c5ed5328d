// The file as a thing of the file system: its names, its rights, whose it is, and what becomes of
// it under an open database.

#include "lib/storage/sql/sqlite_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/sql/sqlite_database.h"
#include "lib/storage/sql/upgrade.h"
#include "tests/support/test_database.h"

namespace perennial::sql {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

class SqliteFileTest : public testing::Test {
 protected:
  static absl::StatusOr<std::unique_ptr<Database>> OpenAt(const std::string& path) {
    Options options;
    options.url = absl::StrCat("sqlite:", path);
    options.connections = 1;
    return Open(options);
  }

  static std::unique_ptr<Database> MustOpen(const std::string& path) {
    auto database = OpenAt(path);
    EXPECT_TRUE(database.ok()) << database.status();
    return std::move(database).value();
  }

  static absl::Status Execute(Database& database, absl::string_view sql) {
    return database.Write(
        Soon(), [&](Connection& connection) { return connection.Execute(sql, {}).status(); });
  }

  // With a row in it, closed.
  void MakeDatabase() const {
    const auto database = MustOpen(path_);
    ASSERT_TRUE(Execute(*database, "CREATE TABLE t (i INTEGER)").ok());
    ASSERT_TRUE(Execute(*database, "INSERT INTO t (i) VALUES (1)").ok());
  }

  // As another program makes one.
  static void MakeForeign(const std::string& path, const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }

  static std::string Content(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
  }

  static mode_t ModeOf(const std::string& path) {
    struct stat found = {};
    EXPECT_EQ(stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 0777;
  }

  size_t FilesInFolder() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(folder()), fs::directory_iterator()));
  }

  std::string folder() const { return fs::path(path_).parent_path().string(); }

  const TestDatabase test_database_{Engine::kSqlite};
  const std::string path_ = test_database_.options().url.substr(strlen("sqlite:"));
};

TEST_F(SqliteFileTest, IsLockedUnderEachOfItsNames) {
  const auto database = MustOpen(path_);
  const std::string link = folder() + "/link.db";
  fs::create_symlink(path_, link);
  fs::create_directory_symlink(folder(), folder() + "/folder");
  for (const std::string& name : {path_, link, folder() + "/folder/test.db"}) {
    EXPECT_EQ(OpenAt(name).status().code(), absl::StatusCode::kFailedPrecondition) << name;
  }
  fs::create_hard_link(path_, folder() + "/hard.db");
  EXPECT_EQ(OpenAt(folder() + "/hard.db").status().code(), absl::StatusCode::kFailedPrecondition);
  // Nothing of that took the lock from SQLite.
  EXPECT_TRUE(Execute(*database, "CREATE TABLE t (i INTEGER)").ok());
}

TEST_F(SqliteFileTest, HasOneLogWhicheverLinkLeadsToIt) {
  MakeDatabase();
  const std::string link = folder() + "/elsewhere.db";
  fs::create_symlink(path_, link);
  const auto database = MustOpen(link);
  ASSERT_TRUE(Execute(*database, "INSERT INTO t (i) VALUES (2)").ok());
  EXPECT_TRUE(fs::exists(path_ + "-wal"));
  EXPECT_FALSE(fs::exists(link + "-wal"));
}

TEST_F(SqliteFileTest, WithTwoNamesIsRefused) {
  MakeDatabase();
  fs::create_hard_link(path_, folder() + "/hard.db");
  const absl::Status status = OpenAt(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("2 names"));
  fs::remove(folder() + "/hard.db");
  EXPECT_TRUE(OpenAt(path_).ok());
}

TEST_F(SqliteFileTest, OfAnotherProgramIsRefusedUntouched) {
  for (const char* sql : {"CREATE TABLE t (i)", "PRAGMA application_id = 7",
                          "PRAGMA journal_mode = WAL; CREATE TABLE t (i)",
                          "PRAGMA user_version = 1; CREATE TABLE schema_versions (i)"}) {
    MakeForeign(path_, sql);
    ASSERT_EQ(chmod(path_.c_str(), 0644), 0);
    const std::string before = Content(path_);
    const absl::Status status = OpenAt(path_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << sql;
    EXPECT_THAT(std::string(status.message()), HasSubstr("another program's"));
    EXPECT_EQ(Content(path_), before) << sql;
    EXPECT_EQ(ModeOf(path_), 0644u);
    EXPECT_EQ(FilesInFolder(), 1u) << sql;
    fs::remove(path_);
  }
}

TEST_F(SqliteFileTest, OfNoDatabaseIsRefusedUntouched) {
  for (const absl::string_view content : {"Dear diary", "SQLite format 3"}) {
    std::ofstream(path_, std::ios::binary) << content << std::string(5000, '.');
    const std::string before = Content(path_);
    EXPECT_EQ(OpenAt(path_).status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(Content(path_), before);
    EXPECT_EQ(FilesInFolder(), 1u);
  }
}

TEST_F(SqliteFileTest, IsMarkedAndEarlierOnesAreAdopted) {
  for (const char* sql : {"", "CREATE TABLE schema_steps (i INTEGER)",
                          "PRAGMA journal_mode = WAL; CREATE TABLE schema_steps (i INTEGER)"}) {
    MakeForeign(path_, sql);
    { const auto database = MustOpen(path_); }
    const std::string header = Content(path_).substr(68, 4);
    EXPECT_EQ(header, "Pren") << sql;
    fs::remove(path_);
  }
}

TEST_F(SqliteFileTest, IsForItsOwnerOnly) {
  const mode_t before = umask(0);
  {
    const auto database = MustOpen(path_);
    ASSERT_TRUE(Execute(*database, "CREATE TABLE t (i INTEGER)").ok());
    for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(ModeOf(path_ + suffix), 0600u);
  }
  ASSERT_EQ(chmod(path_.c_str(), 0664), 0);
  const auto database = MustOpen(path_);
  ASSERT_TRUE(Execute(*database, "INSERT INTO t (i) VALUES (1)").ok());
  for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(ModeOf(path_ + suffix), 0600u);
  umask(before);
}

// What others do to the files of an open database.
struct Mishap {
  const char* name;
  void (*happen)(const std::string& path);
};

class SqliteMishapTest : public SqliteFileTest, public testing::WithParamInterface<Mishap> {
 protected:
  // Longer by some pages than its backup, and not in the log alone.
  std::unique_ptr<Database> OpenLongerThanItsBackup(std::function<void()> on_data_loss) {
    MakeDatabase();
    fs::copy_file(path_, path_ + ".backup");
    Options options = test_database_.options();
    options.on_data_loss = std::move(on_data_loss);
    LogPolicy policy;
    policy.pages_per_checkpoint = 10;
    auto database = std::move(OpenSqlite(path_, options, policy)).value();
    for (int i = 0; i < 30; ++i) {
      EXPECT_TRUE(Execute(*database, absl::StrCat("CREATE TABLE t", i, " (i INTEGER)")).ok());
    }
    // Its turn comes when the checkpoint that followed the last one is done.
    EXPECT_TRUE(database->Write(Soon(), [](Connection&) { return absl::OkStatus(); }).ok());
    return database;
  }
};

TEST_P(SqliteMishapTest, IsNoticedAtTheNextCommitAndTheProcessTold) {
  int told = 0;
  const auto database = OpenLongerThanItsBackup([&] { ++told; });
  GetParam().happen(path_);
  EXPECT_EQ(Execute(*database, "INSERT INTO t (i) VALUES (2)").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(database->Read(Soon(), [](Connection&) { return absl::OkStatus(); }).code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(told, 1);
}

TEST_P(SqliteMishapTest, IsNoticedWithoutAWrite) {
  absl::Notification told;
  const auto database = OpenLongerThanItsBackup([&] { told.Notify(); });
  GetParam().happen(path_);
  told.WaitForNotification();
  EXPECT_EQ(database->Read(Soon(), [](Connection&) { return absl::OkStatus(); }).code(),
            absl::StatusCode::kDataLoss);
}

const Mishap kMishaps[] = {
    {"Deleted", [](const std::string& path) { fs::remove(path); }},
    {"AllDeleted",
     [](const std::string& path) {
       for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(path + suffix);
     }},
    {"LogDeleted", [](const std::string& path) { fs::remove(path + "-wal"); }},
    {"Renamed", [](const std::string& path) { fs::rename(path, path + ".old"); }},
    {"FolderRenamed",
     [](const std::string& path) {
       const fs::path folder = fs::path(path).parent_path();
       fs::rename(folder, folder.string() + ".old");
       fs::create_directory(folder);
       fs::rename(folder.string() + ".old", folder / "old");
     }},
    {"ReplacedByABackup", [](const std::string& path) { fs::rename(path + ".backup", path); }},
    {"Overwritten",
     [](const std::string& path) {
       fs::resize_file(path, 0);
       std::ofstream(path, std::ios::binary) << std::ifstream(path + ".backup").rdbuf();
     }},
    {"Emptied", [](const std::string& path) { fs::resize_file(path, 0); }},
    {"CutInHalf", [](const std::string& path) { fs::resize_file(path, fs::file_size(path) / 2); }},
    {"LogEmptied", [](const std::string& path) { fs::resize_file(path + "-wal", 0); }},
    {"LogCut", [](const std::string& path) { fs::resize_file(path + "-wal", 1000); }},
};

std::string MishapName(const testing::TestParamInfo<Mishap>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Mishaps, SqliteMishapTest, testing::ValuesIn(kMishaps), MishapName);

// Of a shell that somebody has open beside the server.
TEST_F(SqliteFileTest, LosesNothingByACheckpointOfAnotherProgram) {
  MakeDatabase();
  for (const char* mode : {"PASSIVE", "FULL", "RESTART", "TRUNCATE"}) {
    const auto database = MustOpen(path_);
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(Execute(*database, absl::StrCat("CREATE TABLE ", mode, i, " (i INTEGER)")).ok());
      ASSERT_EQ(sqlite3_exec(db, absl::StrCat("PRAGMA wal_checkpoint(", mode, ")").c_str(), nullptr,
                             nullptr, nullptr),
                SQLITE_OK);
      const absl::Status status = Execute(*database, "INSERT INTO t (i) VALUES (2)");
      EXPECT_TRUE(status.ok()) << mode << ": " << status;
    }
    sqlite3_close(db);
  }
}

TEST_F(SqliteFileTest, DamagedFromItsStartIsNotSaidToHaveLostItsLog) {
  MakeDatabase();
  fs::resize_file(path_, 4096);
  testing::internal::CaptureStderr();
  EXPECT_EQ(OpenAt(path_).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::Not(HasSubstr("removed")));
}

TEST_F(SqliteFileTest, WhatADiskWithoutRoomLeavesIsRemoved) {
  const std::string disk = folder() + "/disk";
  fs::create_directory(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=16k") != 0) {
    GTEST_SKIP() << "only root can make a disk without room";
  }
  EXPECT_EQ(OpenAt(disk + "/new.db").status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(fs::is_empty(disk));
  umount2(disk.c_str(), MNT_DETACH);
}

TEST_F(SqliteFileTest, IsMadeWithItsFolderForItsOwnerOnly) {
  const mode_t before = umask(0);
  { const auto database = MustOpen(folder() + "/a/b/new.db"); }
  umask(before);
  EXPECT_EQ(ModeOf(folder() + "/a"), 0700u);
  EXPECT_EQ(ModeOf(folder() + "/a/b"), 0700u);
}

// Tells it from one that is served.
TEST_F(SqliteFileTest, SaysThatItIsBeingUpgraded) {
  MakeDatabase();
  for (const bool ended : {false, true}) {
    int ready[2], done[2];
    ASSERT_EQ(pipe(ready), 0);
    ASSERT_EQ(pipe(done), 0);
    const pid_t child = fork();
    if (child == 0) {
      const auto database = MustOpen(path_);
      if (ended) database->EndUpgrade();
      char byte = 0;
      if (write(ready[1], "x", 1) != 1 || read(done[0], &byte, 1) != 1) _exit(1);
      _exit(0);
    }
    char byte = 0;
    ASSERT_EQ(read(ready[0], &byte, 1), 1);
    const absl::Status status = OpenAt(path_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_EQ(IsBeingUpgraded(status), !ended) << status;
    ASSERT_EQ(write(done[1], "x", 1), 1);
    waitpid(child, nullptr, 0);
    for (const int end : {ready[0], ready[1], done[0], done[1]}) close(end);
  }
}

TEST_F(SqliteFileTest, TouchedIsStillTheSame) {
  const auto database = MustOpen(path_);
  ASSERT_TRUE(Execute(*database, "CREATE TABLE t (i INTEGER)").ok());
  ASSERT_EQ(utimensat(AT_FDCWD, path_.c_str(), nullptr, 0), 0);
  EXPECT_TRUE(Execute(*database, "INSERT INTO t (i) VALUES (1)").ok());
}

}  // namespace
}  // namespace perennial::sql
