// What holds for MySQL alone. database_test.cc has what holds for both engines.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"
#include "lib/storage/sql/database.h"
#include "tests/support/tcp_proxy.h"
#include "tests/support/test_database.h"

namespace perennial::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

absl::StatusOr<int64_t> Integer(Connection& connection, absl::string_view sql) {
  int64_t result = -1;
  RETURN_IF_ERROR(connection.Query(sql, {}, [&](const Row& row) {
    result = row.Integer(0);
    return absl::OkStatus();
  }));
  return result;
}

absl::Status Insert(Connection& connection, absl::string_view name) {
  return connection.Execute("INSERT INTO items (name) VALUES (?)", {name}).status();
}

absl::Status Increment(Connection& connection, absl::string_view name) {
  return connection.Execute("UPDATE items SET n = n + 1 WHERE name = ?", {name}).status();
}

class MysqlDatabaseTest : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(Engine::kMysql);
    test_database_ = std::make_unique<TestDatabase>(Engine::kMysql);
    database_ = test_database_->Open();
    const absl::Status status = Write([](Connection& connection) {
      return connection
          .Execute("CREATE TABLE items (name VARCHAR(20) PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0)",
                   {})
          .status();
    });
    ASSERT_TRUE(status.ok()) << status;
  }

  absl::Status Write(absl::FunctionRef<absl::Status(Connection&)> fn) {
    return database_->Write(Soon(), fn);
  }

  // From the server's side, as its administrator would.
  void Kill(Connection& victim) {
    const absl::StatusOr<int64_t> id = Integer(victim, "SELECT CONNECTION_ID()");
    ASSERT_TRUE(id.ok()) << id.status();
    Kill(*id);
  }
  void Kill(int64_t connection_id) {
    Administrate([&](Connection& connection) {
      return connection.Execute(absl::StrCat("KILL ", connection_id), {}).status();
    });
  }
  void Administrate(absl::FunctionRef<absl::Status(Connection&)> fn) {
    const absl::Status status = test_database_->Open()->Write(Soon(), fn);
    EXPECT_TRUE(status.ok()) << status;
  }

  std::vector<std::string> Names() {
    std::vector<std::string> names;
    const absl::Status status = database_->Read(Soon(), [&](Connection& connection) {
      names.clear();
      return connection.Query("SELECT name FROM items ORDER BY name", {}, [&](const Row& row) {
        names.emplace_back(row.Text(0));
        return absl::OkStatus();
      });
    });
    EXPECT_TRUE(status.ok()) << status;
    return names;
  }

  int64_t ReadInteger(absl::string_view sql) {
    int64_t result = -1;
    const absl::Status status =
        database_->Read(Soon(), [&](Connection& connection) -> absl::Status {
          ASSIGN_OR_RETURN(result, Integer(connection, sql));
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return result;
  }

  int server_port() const {
    const std::vector<std::string> parts =
        absl::StrSplit(test_database_->options().url, absl::ByAnyChar(":/"));
    int port = 0;  // mysql: / / user@host : port / name
    EXPECT_TRUE(absl::SimpleAtoi(parts[4], &port)) << test_database_->options().url;
    return port;
  }

  // The same database through the proxy.
  Options Through(const TcpProxy& proxy) const {
    Options options = test_database_->options();
    const std::vector<std::string> parts = absl::StrSplit(options.url, '/');
    options.url = absl::StrCat("mysql://perennial@127.0.0.1:", proxy.port(), "/", parts.back());
    return options;
  }

  std::unique_ptr<TestDatabase> test_database_;
  std::unique_ptr<Database> database_;
};

TEST_F(MysqlDatabaseTest, ConnectionLostBeforeCommitRunsTheWriteAgain) {
  int runs = 0;
  const absl::Status status = Write([&](Connection& connection) {
    const absl::Status inserted = Insert(connection, absl::StrCat("run ", ++runs));
    if (runs == 1) Kill(connection);
    return inserted;
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_THAT(Names(), ElementsAre("run 2"));
  EXPECT_EQ(database_->statistics().retries, 1);
}

// The first run was committed: the function finds out by what it wrote.
TEST_F(MysqlDatabaseTest, LostAnswerToCommitRunsTheWriteAgain) {
  TcpProxy proxy(server_port());
  database_ = std::move(Open(Through(proxy))).value();
  int runs = 0;
  const absl::Status status = Write([&](Connection& connection) {
    if (++runs == 1) proxy.LoseAnswerTo("COMMIT");
    const absl::Status inserted = Insert(connection, "once");
    EXPECT_EQ(inserted.code(),
              runs == 1 ? absl::StatusCode::kOk : absl::StatusCode::kAlreadyExists);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_THAT(Names(), ElementsAre("once"));
}

TEST_F(MysqlDatabaseTest, LostReadRunsAgain) {
  int runs = 0;
  const absl::Status status = database_->Read(Soon(), [&](Connection& connection) {
    if (++runs == 1) Kill(connection);
    return Integer(connection, "SELECT 1").status();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
}

// As after a restart of the server.
TEST_F(MysqlDatabaseTest, IdleConnectionsThatWereLostAreReplaced) {
  const absl::Status outer = database_->Read(Soon(), [&](Connection& first) {
    return database_->Read(Soon(), [&](Connection& second) {
      Kill(first);
      Kill(second);
      return absl::OkStatus();
    });
  });
  EXPECT_TRUE(outer.ok()) << outer;
  EXPECT_TRUE(Write([](Connection& connection) { return Insert(connection, "a"); }).ok());
}

TEST_F(MysqlDatabaseTest, DeadlockRunsOneOfTheTwoAgain) {
  ASSERT_TRUE(Write([](Connection& connection) -> absl::Status {
                RETURN_IF_ERROR(Insert(connection, "a"));
                return Insert(connection, "b");
              }).ok());
  std::atomic<int> runs{0};
  const auto cross = [&](const char* mine, const char* theirs, absl::Notification& have_mine,
                         absl::Notification& have_theirs) {
    const absl::Status status = Write([&](Connection& connection) -> absl::Status {
      ++runs;
      RETURN_IF_ERROR(Increment(connection, mine));
      if (!have_mine.HasBeenNotified()) have_mine.Notify();
      have_theirs.WaitForNotification();
      return Increment(connection, theirs);
    });
    EXPECT_TRUE(status.ok()) << status;
  };
  absl::Notification have_a;
  absl::Notification have_b;
  std::thread other([&] { cross("b", "a", have_b, have_a); });
  cross("a", "b", have_a, have_b);
  other.join();
  EXPECT_GE(runs, 3);
  EXPECT_EQ(ReadInteger("SELECT SUM(n) FROM items"), 4);
}

TEST_F(MysqlDatabaseTest, AfterAConflictNothingCommitsOutsideOfTheTransaction) {
  ASSERT_TRUE(Write([](Connection& connection) { return Insert(connection, "locked"); }).ok());
  absl::Notification locked;
  absl::Notification release;
  std::thread holder([&] {
    const absl::Status status = Write([&](Connection& connection) {
      const absl::Status incremented = Increment(connection, "locked");
      locked.Notify();
      release.WaitForNotification();
      return incremented;
    });
    EXPECT_TRUE(status.ok()) << status;
  });
  locked.WaitForNotification();
  int runs = 0;
  const absl::Status status = Write([&](Connection& connection) {
    if (++runs == 2) return Insert(connection, "second run");
    EXPECT_TRUE(connection.Execute("SET SESSION innodb_lock_wait_timeout = 1", {}).ok());
    EXPECT_TRUE(Insert(connection, "before").ok());
    EXPECT_TRUE(absl::IsAborted(Increment(connection, "locked")));
    release.Notify();
    // Whoever goes on is told so each time.
    EXPECT_TRUE(absl::IsAborted(Insert(connection, "after")));
    EXPECT_TRUE(absl::IsAborted(connection.Savepoint([] { return absl::OkStatus(); })));
    return absl::OkStatus();
  });
  holder.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_THAT(Names(), ElementsAre("locked", "second run"));
}

TEST_F(MysqlDatabaseTest, StatementsOfAWriteSeeWhatWasCommittedBeforeThem) {
  const absl::string_view count = "SELECT COUNT(*) FROM items";
  const auto look_twice = [&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t before, Integer(connection, count));
    Administrate([&](Connection& other) { return Insert(other, absl::StrCat("n", before)); });
    ASSIGN_OR_RETURN(const int64_t after, Integer(connection, count));
    EXPECT_EQ(after, before + 1);
    return absl::OkStatus();
  };
  EXPECT_TRUE(Write(look_twice).ok());
}

TEST_F(MysqlDatabaseTest, AReadWritesNothing) {
  for (const auto read : {&Database::Read, &Database::ReadByQuery}) {
    const absl::Status status = (database_.get()->*read)(
        Soon(), [&](Connection& connection) { return Insert(connection, "a"); });
    EXPECT_TRUE(absl::IsInternal(status)) << status;
  }
  EXPECT_THAT(Names(), IsEmpty());
}

// A session serves reads and writes in turn, and is for each what it has to be.
TEST_F(MysqlDatabaseTest, AReadAfterAWriteIsOneSnapshotAndAWriteAfterAReadIsNone) {
  Options options = test_database_->options();
  options.connections = 1;
  const auto database = std::move(Open(options)).value();
  const absl::string_view count = "SELECT COUNT(*) FROM items";
  const auto added_meanwhile = [&](Connection& connection) -> absl::StatusOr<int64_t> {
    ASSIGN_OR_RETURN(const int64_t before, Integer(connection, count));
    Administrate([&](Connection& other) { return Insert(other, absl::StrCat("n", before)); });
    ASSIGN_OR_RETURN(const int64_t after, Integer(connection, count));
    return after - before;
  };
  for (int i = 0; i < 2; ++i) {
    int64_t written = 0, read = 0, by_query = 0;
    const auto keep = [&](int64_t& added) {
      return [&](Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(added, added_meanwhile(connection));
        return absl::OkStatus();
      };
    };
    ASSERT_TRUE(database->Write(Soon(), keep(written)).ok());
    ASSERT_TRUE(database->Read(Soon(), keep(read)).ok());
    ASSERT_TRUE(database->ReadByQuery(Soon(), keep(by_query)).ok());
    EXPECT_EQ(written, 1);
    EXPECT_EQ(read, 0);
    EXPECT_EQ(by_query, 1);
  }
}

TEST_F(MysqlDatabaseTest, WriteThatPassesItsDeadlineIsNotCommitted) {
  const absl::Time deadline = absl::Now() + absl::Milliseconds(200);
  const absl::Status status = database_->Write(deadline, [&](Connection& connection) {
    const absl::Status inserted = Insert(connection, "late");
    while (absl::Now() < deadline) std::this_thread::yield();
    EXPECT_TRUE(absl::IsDeadlineExceeded(Insert(connection, "later")));
    return inserted;
  });
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(MysqlDatabaseTest, UseWaitsForAConnectionNoLongerThanItsDeadline) {
  Options options = test_database_->options();
  options.connections = 1;
  database_ = std::move(Open(options)).value();
  const absl::Status status = database_->Read(Soon(), [&](Connection&) {
    return database_->Read(absl::Now() + absl::Milliseconds(20),
                           [](Connection&) { return absl::OkStatus(); });
  });
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
}

TEST_F(MysqlDatabaseTest, ServerThatFallsSilentIsGivenUp) {
  TcpProxy proxy(server_port());
  Options options = Through(proxy);
  options.statement_timeout = absl::Seconds(1);
  database_ = std::move(Open(options)).value();
  const absl::Status status = database_->Write(absl::Now() + absl::Milliseconds(1500),
                                               [&](Connection& connection) -> absl::Status {
                                                 proxy.Freeze();
                                                 return Insert(connection, "a");
                                               });
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
}

TEST_F(MysqlDatabaseTest, LookingMakesNoDatabase) {
  Options options = test_database_->options();
  options.url += "_none";
  options.use = Use::kLook;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Open(options).status().code(), absl::StatusCode::kNotFound);
  }
}

TEST_F(MysqlDatabaseTest, AStatementMayTakeAsLongAsItLikes) {
  Options options = test_database_->options();
  options.statement_timeout = absl::InfiniteDuration();
  const auto database = Open(options);
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_TRUE((*database)
                  ->Read(absl::InfiniteFuture(),
                         [](Connection& connection) {
                           return connection.Query("SELECT SLEEP(1)", {},
                                                   [](const Row&) { return absl::OkStatus(); });
                         })
                  .ok());
}

TEST_F(MysqlDatabaseTest, ServerThatIsNotThereIsUnavailable) {
  Options options = test_database_->options();
  {
    const TcpProxy proxy(server_port());
    options = Through(proxy);
  }
  const absl::Status status = Open(options).status();
  EXPECT_EQ(status, absl::UnavailableError("the database cannot be reached"));
}

// Many increments, each under a key of its own, while connections die under them.
TEST_F(MysqlDatabaseTest, NothingIsLostOrDoneTwiceWhileConnectionsDie) {
  constexpr int kThreads = 4;
  constexpr int kIncrements = 40;
  ASSERT_TRUE(Write([](Connection& connection) { return Insert(connection, "counter"); }).ok());
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kIncrements; ++i, ++done) {
        const absl::Status status = Write([&](Connection& connection) -> absl::Status {
          const absl::Status first = Insert(connection, absl::StrCat("key ", t, " ", i));
          if (absl::IsAlreadyExists(first)) return absl::OkStatus();
          RETURN_IF_ERROR(first);
          return Increment(connection, "counter");
        });
        EXPECT_TRUE(status.ok()) << status;
      }
    });
  }
  const std::unique_ptr<Database> administrator = test_database_->Open();
  int kills = 0;
  for (int step = 1; step < 20; ++step) {
    while (done < step * kThreads * kIncrements / 20) std::this_thread::yield();
    // Of those of this database; its own id is not known to be the same from one to the next.
    std::vector<int64_t> ids;
    const absl::Status status = administrator->Write(Soon(), [&](Connection& connection) {
      ids.clear();
      return connection.Query(
          "SELECT id FROM information_schema.processlist "
          "WHERE db = DATABASE() AND id <> CONNECTION_ID()",
          {}, [&](const Row& row) {
            ids.push_back(row.Integer(0));
            return absl::OkStatus();
          });
    });
    EXPECT_TRUE(status.ok()) << status;
    if (ids.empty()) continue;
    const int64_t victim = ids[static_cast<size_t>(step) % ids.size()];
    // It may be gone by now.
    administrator
        ->Write(Soon(),
                [&](Connection& connection) {
                  return connection.Execute(absl::StrCat("KILL ", victim), {}).status();
                })
        .IgnoreError();
    ++kills;
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(kills, 0);
  EXPECT_EQ(ReadInteger("SELECT n FROM items WHERE name = 'counter'"), kThreads * kIncrements);
  EXPECT_EQ(ReadInteger("SELECT COUNT(*) FROM items"), kThreads * kIncrements + 1);
}

class MysqlTlsTest : public MysqlDatabaseTest {
 protected:
  void SetUp() override {
    MysqlDatabaseTest::SetUp();
    if (IsSkipped()) return;
    const char* const ca = std::getenv("PERENNIAL_TEST_MYSQL_CA");
    if (ca == nullptr) GTEST_SKIP() << "PERENNIAL_TEST_MYSQL_CA is not set";
    options_ = test_database_->options();
    options_.tls_ca_file = ca;
  }

  Options options_;
};

TEST_F(MysqlTlsTest, ConnectionIsEncrypted) {
  absl::StatusOr<std::unique_ptr<Database>> database = Open(options_);
  ASSERT_TRUE(database.ok()) << database.status();
  std::string cipher;
  const absl::Status status = (*database)->Read(Soon(), [&](Connection& connection) {
    return connection.Query("SHOW SESSION STATUS LIKE 'Ssl_cipher'", {}, [&](const Row& row) {
      cipher = std::string(row.Text(1));
      return absl::OkStatus();
    });
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(cipher, Not(IsEmpty()));
}

TEST_F(MysqlTlsTest, CertificateOfAnotherAuthorityIsRefused) {
  options_.tls_ca_file = testing::TempDir() + "/another-ca.pem";
  std::ofstream(options_.tls_ca_file)
      << "-----BEGIN CERTIFICATE-----\n"
         "MIIBgjCCASegAwIBAgIUcP+q/WXpk6TtsomCSDpkxA44IH8wCgYIKoZIzj0EAwIw\n"
         "FTETMBEGA1UEAwwKYW5vdGhlci1jYTAgFw0yNjExMjMwMzM4MThaGA8yMTI2MTAz\n"
         "MDAzMzgxOFowFTETMBEGA1UEAwwKYW5vdGhlci1jYTBZMBMGByqGSM49AgEGCCqG\n"
         "SM49AwEHA0IABH3MetkO4GnZbNCCCmDJXlM/avQBC3797SePKUK7n6pAGaz+giHZ\n"
         "WyFMcBVgWJ8VOpCH7BGPmwo2MJpm9RiMxoSjUzBRMB0GA1UdDgQWBBSzwCBQG2AU\n"
         "J3S9D0iKuHIOmD9g4DAfBgNVHSMEGDAWgBSzwCBQG2AUJ3S9D0iKuHIOmD9g4DAP\n"
         "BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCdHCCKSQNAufFTX7P+\n"
         "vjw+n7CP1+pfZTCjxZkCwL3TlwIhAJoN0wZN2Cx+4EC/b7Dfo3JVeWkTfBNYL95E\n"
         "QQJek8jI\n"
         "-----END CERTIFICATE-----\n";
  EXPECT_TRUE(absl::IsUnavailable(Open(options_).status()));
}

TEST_F(MysqlTlsTest, MissingAuthorityIsRefused) {
  options_.tls_ca_file = "/nowhere/ca.pem";
  EXPECT_TRUE(absl::IsUnavailable(Open(options_).status()));
}

// As somebody between the two would do who wants to read along.
TEST_F(MysqlTlsTest, ServerThatOffersNoEncryptionIsRefused) {
  TcpProxy proxy(server_port());
  proxy.EditGreeting([](std::string& greeting) {
    // Packet header, protocol, version text and its end, connection id, challenge and its end.
    const size_t capabilities = greeting.find('\0', 5) + 1 + 4 + 8 + 1;
    ASSERT_LT(capabilities + 1, greeting.size());
    constexpr char kSslInSecondByte = 0x08;
    greeting[capabilities + 1] = static_cast<char>(greeting[capabilities + 1] & ~kSslInSecondByte);
  });
  Options options = Through(proxy);
  EXPECT_TRUE(Open(options).ok());
  options.tls_ca_file = options_.tls_ca_file;
  EXPECT_TRUE(absl::IsUnavailable(Open(options).status()));
}

}  // namespace
}  // namespace perennial::sql
