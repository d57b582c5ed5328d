// A log that was left beside a SQLite file, by a process that was killed, and what others put in
// the place of the file meanwhile.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/storage/sql/check_pages.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/sql/sqlite_copy.h"
#include "lib/storage/sql/sqlite_database.h"
#include "lib/storage/sql/sqlite_log_file.h"
#include "tests/support/test_database.h"

namespace perennial::sql {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class SqliteLeftLogTest : public testing::Test {
 protected:
  void SetUp() override {
    LeaveALog([](Database& database) {
      EXPECT_TRUE(Execute(database, "CREATE TABLE t (i INTEGER)").ok());
    });
    if (ReadNumbers(log_path_).empty()) GTEST_SKIP() << "files have no attributes here";
    fs::remove(path_);
    fs::remove(log_path_);
    fs::remove(path_ + "-shm");
    const auto database = Open();
    ASSERT_TRUE(Execute(**database, "CREATE TABLE t (i INTEGER)").ok());
    Insert(**database, 1);
  }

  static absl::Status Execute(Database& database, absl::string_view sql) {
    return database.Write(
        Soon(), [&](Connection& connection) { return connection.Execute(sql, {}).status(); });
  }

  static void Insert(Database& database, int i) {
    EXPECT_TRUE(Execute(database, absl::StrCat("INSERT INTO t (i) VALUES (", i, ")")).ok());
  }

  absl::StatusOr<std::unique_ptr<Database>> Open(Use use = Use::kServe) const {
    Options options = test_database_.options();
    options.connections = 1;
    options.use = use;
    return sql::Open(options);
  }

  // What a process does that is killed then.
  void LeaveALog(const std::function<void(Database&)>& write) const {
    const pid_t child = fork();
    if (child == 0) {
      LogPolicy policy;
      policy.pages_per_checkpoint = 10;
      auto database = OpenSqlite(path_, test_database_.options(), policy);
      if (!database.ok()) _exit(1);
      write(**database);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_EQ(status, 0);
    ASSERT_GT(fs::file_size(log_path_), 0u);
  }
  void LeaveALogWith(int i) const {
    LeaveALog([i](Database& database) { Insert(database, i); });
  }

  int Rows(Use use = Use::kServe) const {
    const auto database = Open(use);
    EXPECT_TRUE(database.ok()) << database.status();
    int rows = -1;
    if (!database.ok()) return rows;
    const absl::Status status = (*database)->Read(Soon(), [&](Connection& connection) {
      return connection.Query("SELECT COUNT(*) FROM t", {}, [&](const Row& row) {
        rows = static_cast<int>(row.Integer(0));
        return absl::OkStatus();
      });
    });
    EXPECT_TRUE(status.ok()) << status;
    return rows;
  }

  // Neither file is touched, and without the log the file that was put there is served.
  void ExpectRefused(int rows_without_log) const {
    const std::string file = Content(path_);
    const std::string log = Content(log_path_);
    for (const Use use : {Use::kServe, Use::kLook}) {
      const absl::Status status = Open(use).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr("remove the log"));
    }
    EXPECT_TRUE(Content(path_) == file);
    EXPECT_TRUE(Content(log_path_) == log);
    fs::remove(log_path_);
    EXPECT_EQ(Rows(), rows_without_log);
  }

  static void Overwrite(const std::string& from, const std::string& to) {
    fs::copy_file(from, to, fs::copy_options::overwrite_existing);
  }

  const TestDatabase test_database_{Engine::kSqlite};
  const std::string path_ = test_database_.options().url.substr(strlen("sqlite:"));
  const std::string log_path_ = path_ + "-wal";
  const std::string copy_ = path_ + ".copy";
};

TEST_F(SqliteLeftLogTest, IsReadByWhoeverStartsNext) {
  for (int i = 2; i < 6; ++i) {
    LeaveALogWith(i);
    EXPECT_EQ(Rows(Use::kLook), i);
    if (i % 2 == 0) {
      EXPECT_EQ(Rows(), i);
    }
  }
}

TEST_F(SqliteLeftLogTest, IsNotTakenForThatOfAnOlderCopy) {
  fs::copy_file(path_, copy_);
  LeaveALogWith(2);
  Overwrite(copy_, path_);
  ExpectRefused(1);
}

TEST_F(SqliteLeftLogTest, IsNotTakenForThatOfACopyWithItsAttributes) {
  ASSERT_EQ(std::system(absl::StrCat("cp -a ", path_, " ", copy_).c_str()), 0);
  LeaveALogWith(2);
  fs::rename(copy_, path_);
  ExpectRefused(1);
}

// Also where the log has begun anew only just now, so that nothing of it is in the file.
TEST_F(SqliteLeftLogTest, IsNotTakenForThatOfACopyThatTheSameProcessHasSeen) {
  LeaveALog([this](Database& database) {
    Insert(database, 2);
    fs::copy_file(path_, copy_);
    for (int i = 3; database.statistics().checkpoints == 0; ++i) Insert(database, i);
    Insert(database, 0);
  });
  Overwrite(copy_, path_);
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition);
}

// What was in the log then is in the copy, or in the log still.
TEST_F(SqliteLeftLogTest, IsReadOverACopyOfTheFileThatItWasBegunOn) {
  LeaveALog([this](Database& database) {
    for (int i = 2; i < 5; ++i) Insert(database, i);
    fs::copy_file(path_, copy_);
    for (int i = 5; i < 8; ++i) Insert(database, i);
  });
  Overwrite(copy_, path_);
  EXPECT_EQ(Rows(), 7);
}

TEST_F(SqliteLeftLogTest, IsNotTakenForThatOfABackup) {
  LeaveALog([this](Database& database) {
    Insert(database, 2);
    std::ofstream(copy_).flush();
    EXPECT_TRUE(*CopyPages(database, copy_, [] { return true; }));
    EXPECT_TRUE(MakePortable(copy_).ok());
    Insert(database, 3);
  });
  Overwrite(copy_, path_);
  // That it has no log is known without attributes.
  ASSERT_EQ(removexattr(log_path_.c_str(), "user.perennial.database"), 0);
  ExpectRefused(2);
}

TEST_F(SqliteLeftLogTest, StaysWhereTheFileIsGone) {
  LeaveALogWith(2);
  fs::rename(path_, copy_);
  const std::string log = Content(log_path_);
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_TRUE(Content(log_path_) == log);
  fs::rename(copy_, path_);
  EXPECT_EQ(Rows(), 2);
}

TEST_F(SqliteLeftLogTest, IsReadInACopyOfTheFolder) {
  for (const char* command : {"cp -r ", "cp -a "}) {
    LeaveALogWith(2);
    const std::string folder = fs::path(path_).parent_path();
    ASSERT_EQ(std::system(absl::StrCat(command, folder, " ", folder, ".copy").c_str()), 0);
    const int before = Rows();
    fs::remove_all(folder);
    fs::rename(folder + ".copy", folder);
    EXPECT_EQ(Rows(), before) << command;
  }
}

TEST_F(SqliteLeftLogTest, IsReadWhereTheFileSystemHasNoAttributes) {
  LeaveALogWith(2);
  ASSERT_EQ(removexattr(log_path_.c_str(), "user.perennial.database"), 0);
  EXPECT_EQ(Rows(), 2);
}

class SqliteDamagedLogTest : public SqliteLeftLogTest {
 protected:
  void SetUp() override {
    SqliteLeftLogTest::SetUp();
    if (IsSkipped()) return;
    LeaveALog([](Database& database) {
      for (int i = 2; i < 8; ++i) Insert(database, i);
    });
    whole_ = Content(log_path_);
  }

  std::string Problem() const {
    std::string problem;
    CheckLog(path_, [&](absl::string_view what) { problem = std::string(what); });
    const auto database = Open(Use::kLook);
    EXPECT_TRUE(database.ok()) << database.status();
    std::string told;
    EXPECT_TRUE(
        CheckPages(**database, {}, [&](absl::string_view what) { told = std::string(what); }).ok());
    EXPECT_EQ(told, problem);
    return problem;
  }

  void Write(const std::string& log) const {
    std::ofstream(log_path_, std::ios::binary | std::ios::trunc) << log;
  }

  std::string WithAFlippedBitAt(size_t at) const {
    std::string log = whole_;
    log[at] = static_cast<char>(log[at] ^ 1);
    return log;
  }

  std::string whole_;
};

TEST_F(SqliteDamagedLogTest, IsToldWhereverItIsDamaged) {
  EXPECT_THAT(Problem(), IsEmpty());
  Write(WithAFlippedBitAt(20));
  EXPECT_THAT(Problem(), HasSubstr("at its beginning"));
  Write(WithAFlippedBitAt(whole_.size() / 2));
  EXPECT_THAT(Problem(), HasSubstr("pages behind it are not read"));
  Write(WithAFlippedBitAt(whole_.size() - 10));
  EXPECT_THAT(Problem(), HasSubstr("were committed"));
  Write(whole_.substr(0, whole_.size() / 2));
  EXPECT_THAT(Problem(), HasSubstr("were committed"));
}

TEST_F(SqliteDamagedLogTest, IsToldByWhoeverServesTheFile) {
  Write(WithAFlippedBitAt(whole_.size() - 10));
  testing::internal::CaptureStderr();
  EXPECT_TRUE(Open().ok());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("were committed"));
}

// Of a write that was not answered when the process was killed.
TEST_F(SqliteDamagedLogTest, AnUnfinishedWriteAtItsEndIsNoDamage) {
  const std::string begun = whole_.substr(32 + 2 * (24 + 4096), 24 + 2000);
  Write(whole_ + begun);
  EXPECT_THAT(Problem(), IsEmpty());
}

// What a file and its folder are: names, contents and rights.
std::string StateOf(const std::string& folder) {
  std::string state;
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    absl::StrAppend(&state, path, " ", static_cast<int>(fs::status(path).permissions()), " ",
                    fs::last_write_time(path).time_since_epoch().count(), " ", Content(path), "\n");
  }
  return state;
}

TEST_F(SqliteDamagedLogTest, LookingChangesNothing) {
  const std::string folder = fs::path(path_).parent_path();
  for (int round = 0; round < 3; ++round) {
    if (round == 1) fs::remove(path_ + "-shm");
    if (round == 2) {
      ASSERT_EQ(Rows(), 7);  // and is closed
      fs::permissions(path_, fs::perms::others_read, fs::perm_options::add);
    }
    const std::string before = StateOf(folder);
    {
      const auto database = Open(Use::kLook);
      ASSERT_TRUE(database.ok()) << database.status();
      EXPECT_EQ(Execute(**database, "DELETE FROM t").code(), absl::StatusCode::kFailedPrecondition);
      // As anybody who would change it.
      EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition);
    }
    EXPECT_EQ(Rows(Use::kLook), 7);
    EXPECT_TRUE(StateOf(folder) == before);
  }
  fs::remove_all(folder);
  EXPECT_EQ(Open(Use::kLook).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(fs::exists(folder));
}

}  // namespace
}  // namespace perennial::sql
