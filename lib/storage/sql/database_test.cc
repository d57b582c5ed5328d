// What holds for both engines. sqlite_database_test.cc and mysql_database_test.cc have the rest.

#include "lib/storage/sql/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"
#include "lib/storage/sql/migrations.h"
#include "tests/support/test_database.h"

namespace perennial::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

constexpr absl::string_view kInsertItem = "INSERT INTO items (name, n) VALUES (?, ?)";

absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

std::string Repeat(absl::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) absl::StrAppend(&result, text);
  return result;
}

class DatabaseTest : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    test_database_ = std::make_unique<TestDatabase>(GetParam());
    database_ = test_database_->Open();
    const absl::Status status =
        Migrate(*database_,
                {{1, "items",
                  "CREATE TABLE items ($key(name, 20), $int(n), $real(x), $text(note, 10), "
                  "$text(story, 2000), $bytes(data)) $options;\n"
                  "CREATE TABLE optional (k INTEGER NOT NULL, n INTEGER, note TEXT) $options;\n"}});
    ASSERT_TRUE(status.ok()) << status;
  }

  absl::Status Write(absl::FunctionRef<absl::Status(Connection&)> fn) {
    return database_->Write(Soon(), fn);
  }

  absl::Status Execute(absl::string_view sql, absl::Span<const Bind> binds) {
    return Write([&](Connection& connection) { return connection.Execute(sql, binds).status(); });
  }

  absl::Status Query(absl::string_view sql, absl::Span<const Bind> binds,
                     absl::FunctionRef<absl::Status(const Row&)> on_row) {
    return database_->Read(
        Soon(), [&](Connection& connection) { return connection.Query(sql, binds, on_row); });
  }

  std::vector<std::string> Texts(absl::string_view sql, absl::Span<const Bind> binds = {}) {
    std::vector<std::string> texts;
    const absl::Status status = Query(sql, binds, [&](const Row& row) {
      texts.emplace_back(row.Text(0));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return texts;
  }

  std::vector<std::string> Names() { return Texts("SELECT name FROM items ORDER BY name"); }

  std::unique_ptr<TestDatabase> test_database_;
  std::unique_ptr<Database> database_;
};
INSTANTIATE_TEST_SUITE_P(Engines, DatabaseTest, EveryEngine(), EngineName);

absl::Status Insert(Connection& connection, absl::string_view name, int64_t n = 0) {
  return connection.Execute(kInsertItem, {name, n}).status();
}

TEST_P(DatabaseTest, IntegersComeBack) {
  for (const int64_t n :
       {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min(),
        std::numeric_limits<int64_t>::max(), (int64_t{1} << 53) + 1, int64_t{1} << 31}) {
    ASSERT_TRUE(Execute(kInsertItem, {"n", n}).ok());
    int64_t answer = 7;
    ASSERT_TRUE(Query("SELECT n FROM items WHERE n = ?", {n}, [&](const Row& row) {
                  answer = row.Integer(0);
                  return absl::OkStatus();
                }).ok());
    EXPECT_EQ(answer, n);
    ASSERT_TRUE(Execute("DELETE FROM items", {}).ok());
  }
}

TEST_P(DatabaseTest, RealsComeBack) {
  for (const double x : {0.0, -1.5, 0.1, 1e300, std::numeric_limits<double>::denorm_min(),
                         std::numeric_limits<double>::max()}) {
    ASSERT_TRUE(Execute("INSERT INTO items (name, x) VALUES ('x', ?)", {x}).ok());
    double answer = 7;
    ASSERT_TRUE(Query("SELECT x FROM items", {}, [&](const Row& row) {
                  answer = row.Real(0);
                  return absl::OkStatus();
                }).ok());
    EXPECT_EQ(answer, x);
    ASSERT_TRUE(Execute("DELETE FROM items", {}).ok());
  }
}

TEST_P(DatabaseTest, TextsComeBack) {
  const std::string with_nul("a\0b", 3);
  for (const std::string& text : {std::string(), std::string("plain"), std::string("😀é中"),
                                  std::string("'\"\\%?;--"), std::string(" spaces "), with_nul}) {
    ASSERT_TRUE(Execute("INSERT INTO items (name, note) VALUES ('t', ?)", {text}).ok());
    EXPECT_THAT(Texts("SELECT note FROM items WHERE note = ?", {text}), ElementsAre(text));
    ASSERT_TRUE(Execute("DELETE FROM items", {}).ok());
  }
}

TEST_P(DatabaseTest, AllBytesComeBackAtAnyLength) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte.push_back(static_cast<char>(i));
  // The longest first: what a statement keeps of it must not show in the next.
  for (const int times : {8192, 1200, 1, 0}) {
    const std::string bytes = Repeat(every_byte, times);
    ASSERT_TRUE(
        Execute("INSERT INTO items (name, data) VALUES ('b', ?)", {Bind::Bytes(bytes)}).ok());
    EXPECT_THAT(Texts("SELECT data FROM items"), ElementsAre(bytes)) << times;
    ASSERT_TRUE(Execute("DELETE FROM items", {}).ok());
  }
}

TEST_P(DatabaseTest, NullIsNotEmpty) {
  // One statement whose binds change their kinds from run to run.
  const absl::Status status = Write([](Connection& connection) -> absl::Status {
    const absl::string_view sql = "INSERT INTO optional (k, n, note) VALUES (?, ?, ?)";
    RETURN_IF_ERROR(connection.Execute(sql, {1, 0, ""}).status());
    RETURN_IF_ERROR(connection.Execute(sql, {2, Bind(), Bind()}).status());
    RETURN_IF_ERROR(connection.Execute(sql, {3, -3, "three"}).status());
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  std::vector<std::string> rows;
  ASSERT_TRUE(Query("SELECT n, note FROM optional ORDER BY k", {}, [&](const Row& row) {
                rows.push_back(absl::StrCat(row.IsNull(0), row.IsNull(1), " ", row.Integer(0), " ",
                                            row.Real(0), " ", row.Text(1)));
                return absl::OkStatus();
              }).ok());
  EXPECT_THAT(rows, ElementsAre("00 0 0 ", "11 0 0 ", "00 -3 -3 three"));
}

TEST_P(DatabaseTest, ColumnsHaveDefaults) {
  ASSERT_TRUE(Execute("INSERT INTO items (name) VALUES ('d')", {}).ok());
  EXPECT_THAT(Texts("SELECT name FROM items WHERE n = 0 AND x = 0 AND note = '' AND story = ''"),
              ElementsAre("d"));
  EXPECT_THAT(Texts("SELECT data FROM items"), ElementsAre(""));
}

TEST_P(DatabaseTest, LengthsAreLimitedInCharacters) {
  struct {
    const char* column;
    int limit;
  } const kColumns[] = {{"name", 20}, {"note", 10}, {"story", 2000}};
  for (const auto& [column, limit] : kColumns) {
    const std::string name = absl::string_view(column) == "name" ? "?" : "'l', ?";
    const std::string sql = absl::StrCat("INSERT INTO items (", name == "?" ? "" : "name, ", column,
                                         ") VALUES (", name, ")");
    EXPECT_FALSE(Execute(sql, {Repeat("😀", limit + 1)}).ok()) << column;
    EXPECT_THAT(Names(), IsEmpty());
    EXPECT_TRUE(Execute(sql, {Repeat("😀", limit)}).ok()) << column;
    EXPECT_THAT(Texts(absl::StrCat("SELECT ", column, " FROM items")),
                ElementsAre(Repeat("😀", limit)));
    ASSERT_TRUE(Execute("DELETE FROM items", {}).ok());
  }
}

TEST_P(DatabaseTest, TextsAreComparedAndSortedByTheirBytes) {
  std::vector<std::string> names = {"b", "B", "a", "A", "ä", "é", "e", "😀", "中", "1", "_", "a b"};
  for (const std::string& name : names) ASSERT_TRUE(Execute(kInsertItem, {name, 0}).ok()) << name;
  std::sort(names.begin(), names.end());
  EXPECT_THAT(Names(), ElementsAreArray(names));
  EXPECT_THAT(Texts("SELECT name FROM items WHERE name LIKE 'a%' ORDER BY name"),
              ElementsAre("a", "a b"));
}

TEST_P(DatabaseTest, TextLiteralsAndConcatenationAreTheSame) {
  EXPECT_THAT(Texts("SELECT 'a\\b' || ?", {"c"}), ElementsAre("a\\bc"));
  ASSERT_TRUE(Execute(kInsertItem, {"100%", 0}).ok());
  ASSERT_TRUE(Execute(kInsertItem, {"100x", 0}).ok());
  EXPECT_THAT(Texts("SELECT name FROM items WHERE name LIKE ? ESCAPE '!'", {"100!%"}),
              ElementsAre("100%"));
  // Double quotes are for names.
  EXPECT_THAT(Texts("SELECT \"name\" FROM items ORDER BY 1"), ElementsAre("100%", "100x"));
  EXPECT_FALSE(
      Query("SELECT \"nothing\" FROM items", {}, [](const Row&) { return absl::OkStatus(); }).ok());
}

TEST_P(DatabaseTest, SumsAreIntegersUntilTheyOverflow) {
  const int64_t large = std::numeric_limits<int64_t>::max() - 1;
  ASSERT_TRUE(Execute(kInsertItem, {"a", large}).ok());
  ASSERT_TRUE(Execute(kInsertItem, {"b", 1}).ok());
  const auto sum = [&](int64_t& answer) {
    return Query("SELECT SUM(n) FROM items", {}, [&](const Row& row) {
      answer = row.Integer(0);
      return absl::OkStatus();
    });
  };
  int64_t answer = 0;
  EXPECT_TRUE(sum(answer).ok());
  EXPECT_EQ(answer, std::numeric_limits<int64_t>::max());
  ASSERT_TRUE(Execute(kInsertItem, {"c", 1}).ok());
  EXPECT_EQ(sum(answer).code(), absl::StatusCode::kOutOfRange);
}

TEST_P(DatabaseTest, ExecuteCountsTheRowsThatItMatched) {
  const absl::Status status = Write([](Connection& connection) -> absl::Status {
    RETURN_IF_ERROR(Insert(connection, "a", 1));
    RETURN_IF_ERROR(Insert(connection, "b", 1));
    const absl::string_view update = "UPDATE items SET n = 5 WHERE n = ?";
    ASSIGN_OR_RETURN(const int64_t changed, connection.Execute(update, {1}));
    ASSIGN_OR_RETURN(const int64_t matched, connection.Execute(update, {5}));
    ASSIGN_OR_RETURN(const int64_t missed, connection.Execute(update, {1}));
    ASSIGN_OR_RETURN(const int64_t deleted, connection.Execute("DELETE FROM items", {}));
    EXPECT_EQ(changed, 2);
    EXPECT_EQ(matched, 2);
    EXPECT_EQ(missed, 0);
    EXPECT_EQ(deleted, 2);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(DatabaseTest, TakenKeyIsAlreadyExists) {
  ASSERT_TRUE(Execute(kInsertItem, {"a", 1}).ok());
  EXPECT_EQ(Execute(kInsertItem, {"a", 2}).code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(Execute("CREATE UNIQUE INDEX items_n ON items (n)", {}).ok());
  EXPECT_EQ(Execute(kInsertItem, {"b", 1}).code(), absl::StatusCode::kAlreadyExists);
}

TEST_P(DatabaseTest, ErrorsShowNothingOfTheDatabase) {
  for (const absl::Status& status :
       {Execute("INSERT INTO secrets (name) VALUES (?)", {"x"}), Execute("oops", {}),
        Execute("INSERT INTO items (name, note) VALUES (?, ?)", {"x", Repeat("y", 11)}),
        Execute("INSERT INTO items (name, note) VALUES (?, ?)", {"x", Bind()}),
        Execute(kInsertItem, {"one bind"}), Execute("SELECT name FROM items", {}),
        Execute("DELETE FROM items; DELETE FROM items", {})}) {
    EXPECT_EQ(status, absl::InternalError("the database refused a statement"));
  }
}

TEST_P(DatabaseTest, FailingWriteKeepsNothing) {
  const absl::Status status = Write([](Connection& connection) -> absl::Status {
    RETURN_IF_ERROR(Insert(connection, "a"));
    return absl::FailedPreconditionError("mine");
  });
  EXPECT_EQ(status, absl::FailedPreconditionError("mine"));
  EXPECT_THAT(Names(), IsEmpty());
}

// Only a conflict of the database's own runs it again.
TEST_P(DatabaseTest, AbortedByTheFunctionItselfIsAnswered) {
  int runs = 0;
  const absl::Status status = Write([&](Connection& connection) -> absl::Status {
    ++runs;
    RETURN_IF_ERROR(Insert(connection, "a"));
    return absl::AbortedError("the etag differs");
  });
  EXPECT_EQ(status, absl::AbortedError("the etag differs"));
  EXPECT_EQ(runs, 1);
}

TEST_P(DatabaseTest, FailingStatementLeavesTheRestOfItsTransaction) {
  const absl::Status status = Write([](Connection& connection) -> absl::Status {
    RETURN_IF_ERROR(Insert(connection, "a"));
    EXPECT_TRUE(absl::IsAlreadyExists(Insert(connection, "a")));
    return Insert(connection, "b");
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Names(), ElementsAre("a", "b"));
}

TEST_P(DatabaseTest, SavepointsNest) {
  const absl::Status status = Write([](Connection& connection) {
    EXPECT_TRUE(Insert(connection, "a").ok());
    const absl::Status kept = connection.Savepoint([&] {
      EXPECT_TRUE(Insert(connection, "b").ok());
      const absl::Status undone = connection.Savepoint([&] {
        EXPECT_TRUE(Insert(connection, "undone at once").ok());
        return Insert(connection, "a");
      });
      EXPECT_TRUE(absl::IsAlreadyExists(undone)) << undone;
      return Insert(connection, "c");
    });
    EXPECT_TRUE(kept.ok()) << kept;
    const absl::Status undone = connection.Savepoint([&] {
      EXPECT_TRUE(connection.Savepoint([&] { return Insert(connection, "undone later"); }).ok());
      return absl::CancelledError("changed my mind");
    });
    EXPECT_EQ(undone, absl::CancelledError("changed my mind"));
    return Insert(connection, "d");
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Names(), ElementsAre("a", "b", "c", "d"));
}

TEST_P(DatabaseTest, ReadMustNotWrite) {
  const absl::Status status = database_->Read(Soon(), [](Connection& connection) {
    EXPECT_FALSE(Insert(connection, "a").ok());
    EXPECT_FALSE(connection
                     .Query("INSERT INTO items (name) VALUES ('b')", {},
                            [](const Row&) { return absl::OkStatus(); })
                     .ok());
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_P(DatabaseTest, ErrorFromARowEndsTheQueryAndTheConnectionGoesOn) {
  const absl::Status status = Write([](Connection& connection) -> absl::Status {
    for (const char* const name : {"a", "b", "c"}) RETURN_IF_ERROR(Insert(connection, name));
    int rows = 0;
    const auto stop = [&](const Row&) {
      ++rows;
      return absl::CancelledError("enough");
    };
    EXPECT_EQ(connection.Query("SELECT name FROM items", {}, stop), absl::CancelledError("enough"));
    EXPECT_EQ(rows, 1);
    EXPECT_EQ(connection.Query("SELECT name FROM items", {}, stop), absl::CancelledError("enough"));
    return Insert(connection, "d");
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Names(), ElementsAre("a", "b", "c", "d"));
}

TEST_P(DatabaseTest, ReadSeesOneSnapshot) {
  ASSERT_TRUE(Execute(kInsertItem, {"a", 1}).ok());
  const auto names = [](Connection& connection) {
    std::vector<std::string> found;
    const absl::Status status =
        connection.Query("SELECT name FROM items ORDER BY name", {}, [&](const Row& row) {
          found.emplace_back(row.Text(0));
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return found;
  };
  const absl::Status status = database_->Read(Soon(), [&](Connection& connection) {
    EXPECT_THAT(names(connection), ElementsAre("a"));
    EXPECT_TRUE(Execute(kInsertItem, {"b", 2}).ok());
    EXPECT_TRUE(Execute("DELETE FROM items WHERE name = 'a'", {}).ok());
    EXPECT_THAT(names(connection), ElementsAre("a"));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  // The next read on the same connection is of a later moment.
  EXPECT_THAT(Names(), ElementsAre("b"));
}

TEST_P(DatabaseTest, WhatIsThrownIsInternalAndNoConnectionStaysAway) {
  ASSERT_TRUE(Execute(kInsertItem, {"a", 1}).ok());
  const auto throw_it = []() -> absl::Status { throw std::runtime_error("a secret"); };
  const auto throw_in_row = [&](Connection& connection) {
    return connection.Query("SELECT name FROM items", {}, [&](const Row&) { return throw_it(); });
  };
  const auto throw_in_savepoint = [&](Connection& connection) -> absl::Status {
    RETURN_IF_ERROR(Insert(connection, "b"));
    return connection.Savepoint([&]() -> absl::Status {
      RETURN_IF_ERROR(Insert(connection, "c"));
      return connection.Savepoint([&]() -> absl::Status {
        RETURN_IF_ERROR(Insert(connection, "d"));
        throw 7;
      });
    });
  };
  const int connections = test_database_->options().connections;
  for (int i = 0; i < 2 * connections; ++i) {
    for (const absl::Status& status :
         {database_->Read(Soon(), [&](Connection&) { return throw_it(); }),
          database_->Read(Soon(), throw_in_row), database_->ReadByQuery(Soon(), throw_in_row),
          Write([&](Connection&) { return throw_it(); }), Write(throw_in_row),
          Write(throw_in_savepoint)}) {
      EXPECT_TRUE(absl::IsInternal(status)) << status;
      EXPECT_THAT(std::string(status.message()), testing::Not(testing::HasSubstr("secret")));
    }
  }
  ExpectEveryConnectionIsThere(*database_, connections);
  EXPECT_THAT(Names(), ElementsAre("a"));
}

TEST_P(DatabaseTest, WhatIsAsideWaitsForNoOtherCaller) {
  Options options = test_database_->options();
  options.connections = 1;
  database_.reset();
  database_ = std::move(Open(options)).value();
  const absl::Status status = database_->Read(Soon(), [&](Connection&) -> absl::Status {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    RETURN_IF_ERROR(database_->WriteAside(
        deadline, [](Connection& connection) { return Insert(connection, "a"); }));
    int rows = 0;
    RETURN_IF_ERROR(database_->ReadAside(deadline, [&](Connection& connection) {
      return connection.Query("SELECT name FROM items", {}, [&](const Row&) {
        ++rows;
        return absl::OkStatus();
      });
    }));
    EXPECT_EQ(rows, 1);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  const absl::Status thrown =
      database_->ReadAside(Soon(), [](Connection&) -> absl::Status { throw std::bad_alloc(); });
  EXPECT_TRUE(absl::IsInternal(thrown)) << thrown;
  EXPECT_TRUE(absl::IsInternal(
      database_->WriteAside(Soon(), [](Connection&) -> absl::Status { throw std::bad_alloc(); })));
}

TEST_P(DatabaseTest, CountsReadsAndWritesByTheirOutcome) {
  const Statistics before = database_->statistics();
  ASSERT_TRUE(Execute(kInsertItem, {"a", 1}).ok());
  EXPECT_FALSE(Execute(kInsertItem, {"a", 1}).ok());
  EXPECT_THAT(Names(), ElementsAre("a"));
  const absl::Status failed = absl::NotFoundError("none");
  EXPECT_EQ(database_->Read(Soon(), [&](Connection&) { return failed; }), failed);
  const Statistics after = database_->statistics();
  EXPECT_EQ(after.writes - before.writes, 1);
  EXPECT_EQ(after.commits - before.commits, 1);
  EXPECT_EQ(after.failed_writes - before.failed_writes, 1);
  EXPECT_EQ(after.reads - before.reads, 1);
  EXPECT_EQ(after.failed_reads - before.failed_reads, 1);
}

TEST_P(DatabaseTest, AThrowWithinASavepointUndoesTheSavepointAlone) {
  const absl::Status status = Write([](Connection& connection) -> absl::Status {
    RETURN_IF_ERROR(Insert(connection, "a"));
    const absl::Status thrown = connection.Savepoint([&]() -> absl::Status {
      RETURN_IF_ERROR(Insert(connection, "b"));
      throw std::bad_alloc();
    });
    EXPECT_TRUE(absl::IsInternal(thrown)) << thrown;
    return Insert(connection, "c");
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Names(), ElementsAre("a", "c"));
}

TEST_P(DatabaseTest, WriteSeesItsOwnWrites) {
  const absl::Status status = Write([](Connection& connection) -> absl::Status {
    RETURN_IF_ERROR(Insert(connection, "a", 1));
    int64_t n = 0;
    RETURN_IF_ERROR(
        connection.Query("SELECT n FROM items WHERE name = ?", {"a"}, [&](const Row& row) {
          n = row.Integer(0);
          return absl::OkStatus();
        }));
    EXPECT_EQ(n, 1);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(DatabaseTest, NothingRunsAfterItsDeadline) {
  const auto never = [](Connection&) {
    ADD_FAILURE() << "it ran";
    return absl::OkStatus();
  };
  for (const absl::Time past : {absl::Now(), absl::InfinitePast()}) {
    EXPECT_EQ(database_->Read(past, never).code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(database_->Write(past, never).code(), absl::StatusCode::kDeadlineExceeded);
  }
}

TEST_P(DatabaseTest, UsesWithoutADeadlineWork) {
  EXPECT_TRUE(database_
                  ->Write(absl::InfiniteFuture(),
                          [](Connection& connection) { return Insert(connection, "a"); })
                  .ok());
  EXPECT_TRUE(
      database_->Read(absl::InfiniteFuture(), [](Connection&) { return absl::OkStatus(); }).ok());
}

// Reads the number and its version, and writes both where nobody else did in between.
absl::Status Increment(Connection& connection) {
  int64_t n = 0;
  RETURN_IF_ERROR(connection.Query("SELECT n FROM items WHERE name = 'c'", {}, [&](const Row& row) {
    n = row.Integer(0);
    return absl::OkStatus();
  }));
  std::this_thread::yield();
  ASSIGN_OR_RETURN(
      const int64_t changed,
      connection.Execute("UPDATE items SET n = ? WHERE name = 'c' AND n = ?", {n + 1, n}));
  return changed == 1 ? absl::OkStatus() : absl::AbortedError("somebody else was faster");
}

TEST_P(DatabaseTest, ConcurrentIncrementsLoseNothing) {
  constexpr int kThreads = 8;
  constexpr int kIncrements = 25;
  ASSERT_TRUE(Execute(kInsertItem, {"c", 0}).ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this] {
      for (int done = 0; done < kIncrements;) {
        const absl::Status status = Write(Increment);
        if (status.ok()) ++done;
        if (!status.ok() && !absl::IsAborted(status)) {
          ADD_FAILURE() << status;
          return;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Texts("SELECT n FROM items"), ElementsAre(absl::StrCat(kThreads * kIncrements)));
}

TEST_P(DatabaseTest, MoreStatementsThanTheCacheHoldsWork) {
  for (int i = 0; i < 300; ++i) {
    ASSERT_THAT(Texts(absl::StrCat("SELECT ? || '", i, "'"), {"n"}),
                ElementsAre(absl::StrCat("n", i)));
  }
}

TEST_P(DatabaseTest, StatisticsCountWrites) {
  const Statistics before = database_->statistics();
  EXPECT_TRUE(Execute(kInsertItem, {"a", 1}).ok());
  EXPECT_FALSE(Execute(kInsertItem, {"a", 1}).ok());
  const Statistics after = database_->statistics();
  EXPECT_EQ(after.writes - before.writes, 1);
  EXPECT_EQ(after.commits - before.commits, 1);
  EXPECT_EQ(after.retries - before.retries, 0);
}

TEST_P(DatabaseTest, DataOutlivesTheProcess) {
  ASSERT_TRUE(Execute(kInsertItem, {"a", 1}).ok());
  database_.reset();
  database_ = test_database_->Open();
  EXPECT_THAT(Names(), ElementsAre("a"));
}

TEST(OpenTest, UrlsAreChecked) {
  for (const char* const url : {"",
                                "sqlite",
                                "sqlite:",
                                "sqlite::memory:",
                                "sqlite:file:x.db?mode=ro",
                                "sqlite:///tmp/x.db",
                                "sqlite:/tmp/x.db?mode=memory",
                                "sqlite:/tmp/",
                                "/tmp/x.db",
                                "postgres://u@h/d",
                                "mysql:",
                                "mysql://",
                                "mysql://h/d",
                                "mysql://u@h",
                                "mysql://u@h/",
                                "mysql://u@/d",
                                "mysql://@h/d",
                                "mysql://u:secret@h/d",
                                "mysql://u@h:0/d",
                                "mysql://u@h:65536/d",
                                "mysql://u@h:x/d",
                                "mysql://u@h/d?x=y",
                                "mysql://u@h/d`",
                                "mysql://u@h/d d"}) {
    Options options;
    options.url = url;
    const absl::Status status = Open(options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << url << " " << status;
    EXPECT_EQ(std::string(status.message()).find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace perennial::sql
