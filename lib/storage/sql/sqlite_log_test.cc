// How SQLite's log stays short beside reads of every kind.

#include "lib/storage/sql/sqlite_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/sql/sqlite_database.h"
#include "tests/support/test_database.h"

namespace perennial::sql {
namespace {

absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

constexpr absl::string_view kEndlessQuery =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n";

class SqliteLogTest : public testing::Test {
 protected:
  void SetUp() override {
    LogPolicy policy;
    policy.pages_per_checkpoint = 20;
    policy.pages_per_sync = 50;
    policy.long_pages = 100;
    policy.pages_between_tries = 50;
    policy.patience = absl::Milliseconds(5);
    policy.too_long_pages = 400;
    policy.max_read_age = absl::Milliseconds(50);
    Open(policy);
    const absl::Status status = database_->Write(Soon(), [](Connection& connection) {
      return connection.Execute("CREATE TABLE blobs (data BLOB NOT NULL) STRICT", {}).status();
    });
    ASSERT_TRUE(status.ok()) << status;
  }

  void Open(const LogPolicy& policy) {
    const std::string path = test_database_.options().url.substr(strlen("sqlite:"));
    database_.reset();
    database_ = std::move(OpenSqlite(path, test_database_.options(), policy)).value();
  }

  // Makes the log some 25 pages longer.
  void WriteSome() {
    const std::string blob(100 << 10, 'x');
    const absl::Status status = database_->Write(Soon(), [&](Connection& connection) {
      return connection.Execute("INSERT INTO blobs (data) VALUES (?)", {Bind::Bytes(blob)})
          .status();
    });
    EXPECT_TRUE(status.ok()) << status;
  }

  static absl::Status Ask(Connection& connection, absl::string_view sql) {
    return connection.Query(sql, {}, [](const Row&) { return absl::OkStatus(); });
  }
  static absl::Status CountBlobs(Connection& connection) {
    return Ask(connection, "SELECT COUNT(*) FROM blobs");
  }

  const TestDatabase test_database_{Engine::kSqlite};
  std::unique_ptr<Database> database_;
};

TEST_F(SqliteLogTest, StartsAnewThoughReadsOverlapWithoutEnd) {
  std::atomic<int> asked{0};
  std::atomic<bool> enough{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!enough) {
        const int mine = ++asked;
        const absl::Status status = database_->Read(Soon(), [&](Connection& connection) {
          RETURN_IF_ERROR(CountBlobs(connection));
          // The other one's next read is already on its way.
          while (asked == mine && !enough) std::this_thread::yield();
          return absl::OkStatus();
        });
        EXPECT_TRUE(status.ok()) << status;
      }
    });
  }
  int times_anew = 0;
  int64_t pages = 0;
  for (int i = 0; i < 400; ++i) {
    WriteSome();
    const int64_t before = pages;
    pages = database_->statistics().log_pages;
    if (pages < before) ++times_anew;
  }
  enough = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_GT(times_anew, 2);
}

TEST_F(SqliteLogTest, EndsAReadThatIsTooOldForIt) {
  absl::Status status;
  std::atomic<bool> ended{false};
  int runs = 0;
  absl::Notification begun;
  std::thread reader([&] {
    status = database_->Read(Soon(), [&](Connection& connection) {
      RETURN_IF_ERROR(CountBlobs(connection));
      // It is run again, since the log is short then.
      if (++runs == 1) begun.Notify();
      return Ask(connection, kEndlessQuery);
    });
    ended = true;
  });
  begun.WaitForNotification();
  while (!ended) WriteSome();
  reader.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("took too long"));
  EXPECT_GT(runs, 1);
}

TEST_F(SqliteLogTest, AReadThatWasEndedForItIsRunAgainAndAnswered) {
  absl::Status status;
  std::atomic<bool> ended{false};
  std::atomic<int> runs{0};
  std::thread reader([&] {
    status = database_->Read(Soon(), [&](Connection& connection) -> absl::Status {
      RETURN_IF_ERROR(CountBlobs(connection));
      return ++runs == 1 ? Ask(connection, kEndlessQuery) : absl::OkStatus();
    });
    ended = true;
  });
  while (!ended) WriteSome();
  reader.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
}

// Such as a backup: nothing would come of holding others back, or of ending them.
TEST_F(SqliteLogTest, WaitsForAReadAsideAndHoldsNoOtherBackMeanwhile) {
  const absl::Status status = database_->ReadAside(Soon(), [&](Connection& connection) {
    RETURN_IF_ERROR(CountBlobs(connection));
    int64_t checkpoints = 0;
    for (int i = 0; i < 60; ++i) {
      WriteSome();
      if (i == 20) checkpoints = database_->statistics().checkpoints;
    }
    EXPECT_EQ(database_->statistics().checkpoints, checkpoints) << "they get no further";
    return database_->Read(Soon(), [&](Connection& c) { return CountBlobs(c); });
  });
  EXPECT_TRUE(status.ok()) << status;
  const int64_t held_back = database_->statistics().log_pages;
  EXPECT_GT(held_back, 1000);
  // Then it starts anew.
  while (database_->statistics().log_pages >= held_back) WriteSome();
}

// Writes wait for a checkpoint, and mostly for its fsync.
TEST_F(SqliteLogTest, BringsWhatAReadHeldBackToTheDiskInParts) {
  LogPolicy policy;
  policy.pages_per_checkpoint = 20;
  policy.pages_per_sync = 50;
  policy.quiet = absl::Hours(1);
  policy.long_pages = 1 << 30;
  Open(policy);
  const absl::Status status = database_->Read(Soon(), [&](Connection& connection) {
    RETURN_IF_ERROR(CountBlobs(connection));
    for (int i = 0; i < 40; ++i) WriteSome();
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  const auto pages = [&] { return database_->statistics().log_pages; };
  const int64_t held_back = pages();
  EXPECT_GT(held_back, 900);
  while (pages() >= held_back) {
    const int64_t checkpoints = database_->statistics().checkpoints;
    WriteSome();
    // The next one mostly comes after what this one may have begun.
    for (int i = 0; i < 3000 && database_->statistics().checkpoints < checkpoints + 2; ++i) {
      std::this_thread::yield();
    }
  }
  EXPECT_LE(database_->statistics().most_pages_synced, 50);
}

TEST_F(SqliteLogTest, LetsReadsInAgainThoughNobodyWrites) {
  const absl::Status status = database_->Read(Soon(), [&](Connection& connection) {
    RETURN_IF_ERROR(CountBlobs(connection));
    for (int i = 0; i < 40; ++i) WriteSome();
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(database_->Read(Soon(), [&](Connection& c) { return CountBlobs(c); }).ok());
}

// The log stays as long as it was until the next write.
TEST_F(SqliteLogTest, EndsNoReadOfALogThatIsCopied) {
  const absl::Status written = database_->ReadAside(Soon(), [&](Connection& connection) {
    RETURN_IF_ERROR(CountBlobs(connection));
    for (int i = 0; i < 60; ++i) WriteSome();
    return absl::OkStatus();
  });
  EXPECT_TRUE(written.ok()) << written;
  Statistics now;
  do {
    now = database_->statistics();
  } while (now.log_pages_copied < now.log_pages);
  EXPECT_GT(now.log_pages, 1000);
  int runs = 0;
  const absl::Status status = database_->Read(Soon(), [&](Connection& connection) -> absl::Status {
    ++runs;
    // Older than any read of so long a log may be.
    const absl::Time end = absl::Now() + absl::Milliseconds(60);
    while (absl::Now() < end) RETURN_IF_ERROR(CountBlobs(connection));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 1);
}

class ReadGateTest : public testing::Test {
 protected:
  static constexpr absl::Duration kPatience = absl::Hours(1);

  // Whether a read that begins now would have to wait.
  bool IsClosed() {
    const absl::StatusOr<absl::Time> start = gate_.Enter(absl::Now());
    if (start.ok()) gate_.Leave(*start);
    return !start.ok();
  }

  ReadGate gate_;
};

TEST_F(ReadGateTest, ClosesUntilWhoeverReadsHasLeft) {
  const absl::Time start = *gate_.Enter(Soon());
  gate_.Close(kPatience);
  EXPECT_TRUE(IsClosed());
  EXPECT_FALSE(gate_.KeepEmpty(kPatience));
  EXPECT_TRUE(gate_.Leave(start));
  EXPECT_TRUE(gate_.KeepEmpty(kPatience));
  gate_.Open();
  EXPECT_FALSE(IsClosed());
  EXPECT_FALSE(gate_.KeepEmpty(kPatience));
}

TEST_F(ReadGateTest, StaysOpenBesideAnOldReadAndClosesWhenThatLeaves) {
  for (const bool aside : {false, true}) {
    const absl::Time old = aside ? gate_.EnterAside() : *gate_.Enter(Soon());
    while (absl::Now() <= old) continue;
    gate_.Close(absl::Nanoseconds(1));
    EXPECT_FALSE(IsClosed());
    EXPECT_EQ(gate_.oldest(), old);
    gate_.Open();
    EXPECT_FALSE(gate_.Leave(old));
  }
  EXPECT_EQ(gate_.oldest(), absl::InfiniteFuture());
}

TEST_F(ReadGateTest, LetsReadsInByItselfWhateverTheWriterDoes) {
  gate_.Close(absl::Milliseconds(1));
  EXPECT_TRUE(gate_.Enter(absl::InfiniteFuture()).ok());
  gate_.Open();
  gate_.Close(absl::Milliseconds(1));
  gate_.KeepEmpty(absl::Milliseconds(1));
  EXPECT_TRUE(gate_.Enter(absl::InfiniteFuture()).ok());
}

TEST(LogPolicyTest, TheLongerTheLogTheYoungerAreTheReadsThatEnd) {
  const LogPolicy policy;
  EXPECT_EQ(policy.LongestRead(policy.too_long_pages - 1), absl::InfiniteDuration());
  EXPECT_EQ(policy.LongestRead(policy.too_long_pages), policy.max_read_age);
  EXPECT_EQ(policy.LongestRead(10 * policy.too_long_pages), policy.patience);
}

}  // namespace
}  // namespace perennial::sql
