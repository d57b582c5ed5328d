// What holds for SQLite alone. database_test.cc has what holds for both engines.

#include "lib/storage/sql/sqlite_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"
#include "lib/storage/sql/damage.h"
#include "lib/storage/sql/database.h"
#include "tests/support/test_database.h"

namespace perennial::sql {
namespace {

absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

// Holds the writer's thread within a write, so that others have to wait.
class BusyWriter {
 public:
  explicit BusyWriter(Database& database)
      : thread_([this, &database] {
          status_ = database.Write(absl::InfiniteFuture(), [this](Connection&) {
            if (!entered_.HasBeenNotified()) entered_.Notify();
            released_.WaitForNotification();
            return absl::OkStatus();
          });
        }) {
    entered_.WaitForNotification();
  }
  ~BusyWriter() {
    if (thread_.joinable()) Release().IgnoreError();
  }
  absl::Status Release() {
    released_.Notify();
    thread_.join();
    return status_;
  }

 private:
  absl::Notification entered_;
  absl::Notification released_;
  absl::Status status_;
  std::thread thread_;
};

class SqliteDatabaseTest : public testing::Test {
 protected:
  void SetUp() override {
    Execute("CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT");
  }

  void Execute(absl::string_view sql) {
    const absl::Status status = database_->Write(
        Soon(), [&](Connection& connection) { return connection.Execute(sql, {}).status(); });
    ASSERT_TRUE(status.ok()) << status;
  }

  static absl::Status Insert(Connection& connection, absl::string_view name, int64_t value) {
    return connection.Execute("INSERT INTO counters (name, value) VALUES (?, ?)", {name, value})
        .status();
  }

  static absl::StatusOr<int64_t> Integer(Connection& connection, absl::string_view sql) {
    int64_t result = -1;
    RETURN_IF_ERROR(connection.Query(sql, {}, [&](const Row& row) {
      result = row.Integer(0);
      return absl::OkStatus();
    }));
    return result;
  }

  int64_t Count() {
    int64_t count = -1;
    const absl::Status status =
        database_->Read(Soon(), [&](Connection& connection) -> absl::Status {
          ASSIGN_OR_RETURN(count, Integer(connection, "SELECT COUNT(*) FROM counters"));
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return count;
  }

  // Runs `count` writes in one batch behind a busy one, and answers their results.
  std::vector<absl::Status> WriteTogether(
      int count, const std::function<absl::Status(Connection&, int)>& write) {
    std::vector<absl::Status> statuses(static_cast<size_t>(count));
    std::vector<std::thread> threads;
    {
      BusyWriter busy(*database_);
      for (int i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
          statuses[static_cast<size_t>(i)] = database_->Write(
              Soon(), [&](Connection& connection) { return write(connection, i); });
        });
      }
      AwaitWaiting(count);
    }
    for (std::thread& thread : threads) thread.join();
    return statuses;
  }

  void AwaitWaiting(int count) {
    while (database_->statistics().waiting < count) std::this_thread::yield();
  }

  std::string path() const { return test_database_.options().url.substr(strlen("sqlite:")); }

  const TestDatabase test_database_{Engine::kSqlite};
  std::unique_ptr<Database> database_ = test_database_.Open();
};

TEST_F(SqliteDatabaseTest, WaitingWritesShareOneCommit) {
  constexpr int kWrites = 50;
  const Statistics before = database_->statistics();
  WriteTogether(kWrites, [](Connection& connection, int i) {
    return Insert(connection, absl::StrCat("c", i), i);
  });
  const Statistics after = database_->statistics();
  EXPECT_EQ(after.writes - before.writes, kWrites + 1);
  EXPECT_EQ(after.commits - before.commits, 1);
  EXPECT_EQ(Count(), kWrites);
}

TEST_F(SqliteDatabaseTest, FailingWriteDoesNotTouchTheOthersOfItsBatch) {
  const std::vector<absl::Status> statuses =
      WriteTogether(20, [](Connection& connection, int i) -> absl::Status {
        RETURN_IF_ERROR(Insert(connection, absl::StrCat("c", i), i));
        return i % 2 == 0 ? absl::OkStatus() : absl::FailedPreconditionError("odd");
      });
  for (size_t i = 0; i < statuses.size(); ++i) {
    EXPECT_EQ(statuses[i].code(),
              i % 2 == 0 ? absl::StatusCode::kOk : absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_EQ(Count(), 10);
}

TEST_F(SqliteDatabaseTest, ABatchWhoseFirstWriteFailsGoesOn) {
  std::vector<std::thread> threads;
  const auto write = [&](const std::string& name, bool succeeds) {
    threads.emplace_back([this, name, succeeds] {
      const absl::Status status =
          database_->Write(Soon(), [&](Connection& connection) -> absl::Status {
            RETURN_IF_ERROR(Insert(connection, name, 1));
            return succeeds ? absl::OkStatus() : absl::FailedPreconditionError("no");
          });
      EXPECT_EQ(status.ok(), succeeds) << status;
    });
  };
  const absl::Status first = database_->Write(Soon(), [&](Connection& connection) -> absl::Status {
    RETURN_IF_ERROR(Insert(connection, "first", 1));
    int waiting = 0;
    for (const bool succeeds : {false, true, false, true}) {
      write(absl::StrCat("c", waiting), succeeds);
      AwaitWaiting(++waiting);
    }
    return absl::FailedPreconditionError("no");
  });
  EXPECT_TRUE(absl::IsFailedPrecondition(first)) << first;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Count(), 2);
}

TEST_F(SqliteDatabaseTest, AWriteAsideIsTheNextOne) {
  std::vector<std::string> order;
  std::vector<std::thread> threads;
  {
    BusyWriter busy(*database_);
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&, i] {
        const auto write = [&](Connection&) {
          order.push_back(i == 2 ? "aside" : "waiting");
          return absl::OkStatus();
        };
        const absl::Status status =
            i == 2 ? database_->WriteAside(Soon(), write) : database_->Write(Soon(), write);
        EXPECT_TRUE(status.ok()) << status;
      });
      AwaitWaiting(i + 1);
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(order, testing::ElementsAre("aside", "waiting", "waiting"));
}

TEST_F(SqliteDatabaseTest, WriteWhoseDeadlinePassesWhileItWaitsIsNotRun) {
  BusyWriter busy(*database_);
  bool ran = false;
  const absl::Status status =
      database_->Write(absl::Now() + absl::Milliseconds(20), [&](Connection&) {
        ran = true;
        return absl::OkStatus();
      });
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(busy.Release().ok());
  EXPECT_FALSE(ran);
}

TEST_F(SqliteDatabaseTest, ReadWaitsForAConnectionNoLongerThanItsDeadline) {
  Options options = test_database_.options();
  options.connections = 1;
  database_.reset();
  database_ = std::move(Open(options)).value();
  const absl::Status outer = database_->Read(Soon(), [&](Connection&) {
    return database_->Read(absl::Now() + absl::Milliseconds(20),
                           [](Connection&) { return absl::OkStatus(); });
  });
  EXPECT_EQ(outer.code(), absl::StatusCode::kDeadlineExceeded);
}

constexpr absl::string_view kEndlessQuery =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n";

TEST_F(SqliteDatabaseTest, RunningReadEndsAtItsDeadline) {
  const absl::Status status = database_->Read(
      absl::Now() + absl::Milliseconds(20),
      [](Connection& connection) { return Integer(connection, kEndlessQuery).status(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(SqliteDatabaseTest, QueryWithinAWriteEndsAtItsDeadlineAndUndoesOnlyThatWrite) {
  const absl::Time deadline = absl::Now() + absl::Seconds(1);
  absl::Status endless_status;
  std::thread endless;
  absl::Status other_status;
  std::thread other;
  {
    BusyWriter busy(*database_);
    endless = std::thread([&] {
      endless_status = database_->Write(deadline, [](Connection& connection) {
        RETURN_IF_ERROR(Insert(connection, "endless", 1));
        return Integer(connection, kEndlessQuery).status();
      });
    });
    AwaitWaiting(1);
    other = std::thread([&] {
      other_status = database_->Write(
          Soon(), [](Connection& connection) { return Insert(connection, "other", 1); });
    });
    AwaitWaiting(2);
  }
  endless.join();
  other.join();
  EXPECT_EQ(endless_status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(other_status.ok()) << other_status;
  EXPECT_EQ(Count(), 1);
}

TEST_F(SqliteDatabaseTest, SecondOpenIsRefused) {
  EXPECT_EQ(Open(test_database_.options()).status().code(), absl::StatusCode::kFailedPrecondition);
  database_.reset();
  EXPECT_TRUE(Open(test_database_.options()).ok());
}

TEST_F(SqliteDatabaseTest, SecondProcessIsRefusedUntilTheFirstDies) {
  database_.reset();
  int opened[2];
  ASSERT_EQ(pipe(opened), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto database = Open(test_database_.options());
    const char answer = database.ok() ? 'y' : 'n';
    if (write(opened[1], &answer, 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char answer = '?';
  ASSERT_EQ(read(opened[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  EXPECT_EQ(Open(test_database_.options()).status().code(), absl::StatusCode::kFailedPrecondition);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(opened[0]);
  close(opened[1]);
  EXPECT_TRUE(Open(test_database_.options()).ok());
}

TEST_F(SqliteDatabaseTest, CloseEmptiesTheLog) {
  ASSERT_TRUE(
      database_->Write(Soon(), [](Connection& writer) { return Insert(writer, "a", 1); }).ok());
  EXPECT_TRUE(std::filesystem::exists(path() + "-wal"));
  database_.reset();
  EXPECT_FALSE(std::filesystem::exists(path() + "-wal"));
  database_ = test_database_.Open();
  EXPECT_EQ(Count(), 1);
}

TEST_F(SqliteDatabaseTest, LogStaysShortUnderManyWrites) {
  Execute("CREATE TABLE blobs (data BLOB NOT NULL) STRICT");
  const std::string megabyte(1 << 20, 'x');
  for (int i = 0; i < 100; ++i) {
    const absl::Status status = database_->Write(Soon(), [&](Connection& connection) {
      return connection.Execute("INSERT INTO blobs (data) VALUES (?)", {Bind::Bytes(megabyte)})
          .status();
    });
    ASSERT_TRUE(status.ok()) << status;
  }
  EXPECT_LT(std::filesystem::file_size(path() + "-wal"), 40u << 20);
}

// Makes the system's writes fail for SQLite as long as it lives.
class FailingDisk {
 public:
  explicit FailingDisk(int error) {
    error_ = error;
    for (const char* const name : kCalls) Set(name, reinterpret_cast<sqlite3_syscall_ptr>(&Fail));
  }
  ~FailingDisk() {
    for (const char* const name : kCalls) Set(name, nullptr);
  }

 private:
  static constexpr const char* kCalls[] = {"write", "pwrite", "pwrite64"};

  static ssize_t Fail() {
    errno = error_;
    return -1;
  }
  static void Set(const char* name, sqlite3_syscall_ptr call) {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    vfs->xSetSystemCall(vfs, name, call);
  }

  inline static int error_ = 0;
};

TEST_F(SqliteDatabaseTest, FullDiskAtCommitIsRefusedAndPasses) {
  {
    const FailingDisk disk(ENOSPC);
    EXPECT_EQ(
        database_->Write(Soon(), [](Connection& writer) { return Insert(writer, "a", 1); }).code(),
        absl::StatusCode::kResourceExhausted);
  }
  EXPECT_EQ(Count(), 0);
  EXPECT_TRUE(
      database_->Write(Soon(), [](Connection& writer) { return Insert(writer, "a", 1); }).ok());
  EXPECT_EQ(Count(), 1);
}

TEST_F(SqliteDatabaseTest, DiskErrorAtCommitIsFatal) {
  Options options = test_database_.options();
  int reported = 0;
  options.on_data_loss = [&] { ++reported; };
  database_.reset();
  database_ = std::move(Open(options)).value();
  const auto write = [this](absl::string_view name) {
    return database_->Write(Soon(), [=](Connection& writer) { return Insert(writer, name, 1); });
  };
  ASSERT_TRUE(write("before").ok());
  {
    const FailingDisk disk(EIO);
    EXPECT_EQ(write("during").code(), absl::StatusCode::kDataLoss);
  }
  EXPECT_EQ(write("after").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(database_->Read(Soon(), [](Connection&) { return absl::OkStatus(); }).code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(reported, 1);
  database_ = nullptr;
  database_ = test_database_.Open();
  EXPECT_EQ(Count(), 1);
}

TEST_F(SqliteDatabaseTest, ErrorThatUndoesTheTransactionEndsTheWrite) {
  const absl::Status status = database_->Write(Soon(), [](Connection& connection) -> absl::Status {
    RETURN_IF_ERROR(Insert(connection, "before", 1));
    // More than the page cache holds, so that it is written out before the COMMIT.
    const std::string large(32 << 20, 'x');
    {
      const FailingDisk disk(ENOSPC);
      const absl::Status failed = Insert(connection, large, 1);
      EXPECT_EQ(failed.code(), absl::StatusCode::kResourceExhausted);
    }
    // Outside of the transaction this would be kept.
    EXPECT_EQ(Insert(connection, "after", 1).code(), absl::StatusCode::kResourceExhausted);
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Count(), 0);
}

TEST_F(SqliteDatabaseTest, WriteThatMeetsADamagedPageFailsAlone) {
  Execute("CREATE TABLE pages (i INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT");
  Execute(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
      "INSERT INTO pages (i, data) SELECT i, HEX(ZEROBLOB(1000)) FROM n");
  int64_t page = 0;
  ASSERT_TRUE(database_
                  ->Read(Soon(),
                         [&](Connection& connection) -> absl::Status {
                           ASSIGN_OR_RETURN(page, Integer(connection,
                                                          "SELECT MAX(pageno) FROM dbstat WHERE "
                                                          "name = 'pages' AND pagetype = 'leaf'"));
                           return absl::OkStatus();
                         })
                  .ok());
  database_.reset();
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((page - 1) * 4096);
    file << std::string(100, '\x7f');
  }
  database_ = test_database_.Open();
  const std::vector<absl::Status> statuses =
      WriteTogether(5, [](Connection& connection, int i) -> absl::Status {
        RETURN_IF_ERROR(Insert(connection, absl::StrCat("c", i), i));
        if (i % 2 == 0) return absl::OkStatus();
        const absl::Status status =
            Integer(connection, "SELECT SUM(LENGTH(data)) FROM pages").status();
        EXPECT_TRUE(IsDamage(status)) << status;
        // Also where somebody makes nothing of it.
        return i == 1 ? absl::OkStatus() : status;
      });
  for (size_t i = 0; i < statuses.size(); ++i) {
    EXPECT_EQ(statuses[i].code(), i % 2 == 0 ? absl::StatusCode::kOk : absl::StatusCode::kDataLoss);
  }
  EXPECT_EQ(Count(), 3);
}

TEST_F(SqliteDatabaseTest, UnusableFolderIsAnInvalidUrl) {
  Options options;
  options.url = "sqlite:/dev/null/nowhere/at/all.db";
  const absl::Status status = Open(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), testing::Not(testing::HasSubstr("nowhere")));
}

}  // namespace
}  // namespace perennial::sql
