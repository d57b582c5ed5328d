// Kills processes while they write, with SIGKILL and at random moments, and looks at what is left:
// every write that was acknowledged, each write whole and once, and the history of it all.
// PERENNIAL_CRASH_ROUNDS says how often; a failure says which seed repeats its choices
// (PERENNIAL_CRASH_SEED), though not the moments.

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <random>

#include "lib/storage/history.h"
#include "lib/storage/migrations.h"
#include "lib/storage/read_changes.h"
#include "lib/storage/selection.h"
#include "tests/storage/crash_writes.h"
#include "tests/support/test_database.h"

namespace perennial {
namespace {

using v1::Account;
using v1::Change;

int FromEnvironment(const char* name, int otherwise) {
  const char* const value = getenv(name);
  int number;
  return value != nullptr && absl::SimpleAtoi(value, &number) ? number : otherwise;
}

// A crash_writer.
class Writer {
 public:
  explicit Writer(const sql::Options& options) {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    setenv("PERENNIAL_CRASH_WRITER_PASSWORD", options.password.c_str(), 1);
    std::string program = CRASH_WRITER, url = options.url;
    char* const args[] = {program.data(), url.data(), nullptr};
    if (posix_spawn(&pid_, CRASH_WRITER, &actions, nullptr, args, environ) != 0) std::abort();
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    reports_ = fdopen(ends[0], "r");
  }
  ~Writer() {
    if (pid_ != 0) Kill();
  }

  // Waits for so many more writes; false where the writer ended by itself.
  bool Await(int writes) {
    while (writes-- > 0) {
      if (!ReadReport()) return false;
    }
    return true;
  }

  void Kill() {
    kill(pid_, SIGKILL);
    while (ReadReport()) continue;  // what it had written into the pipe by then
    fclose(reports_);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  // The last number of each counter that was acknowledged.
  const std::map<int, int64_t>& acknowledged() const { return acknowledged_; }

 private:
  bool ReadReport() {
    int counter;
    long number;  // NOLINT: what scanf knows
    if (fscanf(reports_, "%d %ld", &counter, &number) != 2) return false;
    acknowledged_[counter] = number;
    return true;
  }

  pid_t pid_ = 0;
  FILE* reports_ = nullptr;
  std::map<int, int64_t> acknowledged_;
};

class CrashTest : public testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    seed_ = FromEnvironment("PERENNIAL_CRASH_SEED", static_cast<int>(std::random_device()()));
    random_.seed(static_cast<unsigned>(seed_));
    test_database_.emplace(GetParam());
    WithStore([](Store& store) {
      ASSERT_TRUE(sql::Migrate(store.database(), Migrations()).ok());
      const absl::Status status = store.Apply(CallForWrite(0, 0), [](WriteTx& tx) -> absl::Status {
        RETURN_IF_ERROR(CreateCount(kTotal, tx));
        for (int i = 0; i < kCounters; ++i) {
          RETURN_IF_ERROR(CreateCount(LeftHalf(i), tx));
          RETURN_IF_ERROR(CreateCount(RightHalf(i), tx));
        }
        return absl::OkStatus();
      });
      ASSERT_TRUE(status.ok()) << status;
    });
  }

  int Random(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random_);
  }

  void WithStore(absl::FunctionRef<void(Store&)> fn) {
    Store store(test_database_->Open(), clock_);
    fn(store);
  }

  // What is left agrees with itself, and has what the writer was told that it has.
  void ExpectNothingLost(const std::map<int, int64_t>& acknowledged) {
    SCOPED_TRACE(absl::StrCat("PERENNIAL_CRASH_SEED=", seed_));
    WithStore([&](Store& store) {
      AwaitDeadWriters(store);
      const std::map<std::string, Account> accounts = Accounts(store);
      for (const auto& [counter, number] : acknowledged) {
        EXPECT_GE(CountOf(accounts.at(LeftHalf(counter))), number) << "lost";
      }
      ExpectWholeWrites(accounts);
      ExpectHistoryFoldsTo(accounts, store);
      for (int i = 0; i < kCounters; ++i) {
        ExpectAnsweredAgain(i, CountOf(accounts.at(LeftHalf(i))), store);
      }
    });
  }

  std::optional<TestDatabase> test_database_;

 private:
  // The COMMIT of a killed writer may still be under way in MySQL. It holds the total until it is
  // done, and so does the next one here.
  void AwaitDeadWriters(Store& store) {
    ++rounds_;
    const absl::Status status =
        store.Apply(CallForWrite(kCounters, rounds_), [&](WriteTx& tx) -> absl::Status {
          ASSIGN_OR_RETURN(Account total, tx.Get<Account>(kTotal));
          total.set_display_name(absl::StrCat("round ", rounds_));
          return tx.Update(total).status();
        });
    ASSERT_TRUE(status.ok()) << status;
  }

  std::map<std::string, Account> Accounts(Store& store) {
    std::map<std::string, Account> accounts;
    const absl::Status status = store.Read(CallForWrite(0, 0), [&](ReadTx& tx) -> absl::Status {
      accounts.clear();
      ASSIGN_OR_RETURN(const std::vector<Account> all, tx.Select<Account>(From<Account>()));
      for (const Account& account : all) accounts[account.name()] = account;
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return accounts;
  }

  void ExpectWholeWrites(const std::map<std::string, Account>& accounts) {
    int64_t total = 0;
    for (int i = 0; i < kCounters; ++i) {
      const int64_t count = CountOf(accounts.at(LeftHalf(i)));
      EXPECT_EQ(CountOf(accounts.at(RightHalf(i))), count);
      for (int64_t number = 1; number <= count; ++number) {
        EXPECT_EQ(accounts.count(NumberAccount(i, number)), 1u) << i << " " << number;
      }
      total += count;
    }
    EXPECT_EQ(CountOf(accounts.at(kTotal)), total);
    EXPECT_EQ(accounts.size(), static_cast<size_t>(1 + 2 * kCounters + total));
  }

  void ExpectHistoryFoldsTo(const std::map<std::string, Account>& accounts, Store& store) {
    const absl::Status numbered = store.NumberPendingChanges(absl::Now() + absl::Minutes(1));
    ASSERT_TRUE(numbered.ok()) << numbered;
    std::map<std::string, std::string> folded;
    int64_t last_revision = 0;
    v1::ListChangesRequest request;
    request.set_page_size(1000);
    do {
      v1::ListChangesResponse page;
      const absl::Status status = store.Read(CallForWrite(0, 0), [&](ReadTx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(page, ListChanges(request, tx));
        return absl::OkStatus();
      });
      ASSERT_TRUE(status.ok()) << status;
      for (const Change& change : page.changes()) {
        EXPECT_GT(change.revision(), last_revision);
        last_revision = change.revision();
        folded[change.resource_name()] = change.resource().account().SerializeAsString();
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    ASSERT_EQ(folded.size(), accounts.size());
    for (const auto& [name, account] : accounts) {
      EXPECT_EQ(folded[name], account.SerializeAsString()) << name;
    }
  }

  // A writer that lives on may ask again for what it had no answer to.
  void ExpectAnsweredAgain(int counter, int64_t number, Store& store) {
    if (number == 0) return;
    const absl::StatusOr<std::string> answer =
        store.Write(CallForWrite(counter, number), [](WriteTx&) -> absl::StatusOr<std::string> {
          return absl::InternalError("done a second time");
        });
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(*answer, absl::StrCat(number));
  }

  int seed_ = 0;
  std::mt19937 random_;
  int rounds_ = 0;
  const SystemClock clock_;
};
INSTANTIATE_TEST_SUITE_P(Engines, CrashTest, EveryEngine(), EngineName);

TEST_P(CrashTest, OfTheServerLosesNothing) {
  for (int round = FromEnvironment("PERENNIAL_CRASH_ROUNDS", 5); round > 0; --round) {
    Writer writer(test_database_->options());
    ASSERT_TRUE(writer.Await(Random(1, 300)));
    absl::SleepFor(absl::Microseconds(Random(0, 5000)));
    writer.Kill();
    ExpectNothingLost(writer.acknowledged());
    if (HasFailure()) return;
  }
}

class MariadbCrashTest : public CrashTest {
 protected:
  // The process that serves now; 0 while none does.
  static pid_t ServerProcess() {
    pid_t pid = 0;
    std::ifstream(getenv("PERENNIAL_TEST_MYSQL_PID_FILE")) >> pid;
    return pid;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, MariadbCrashTest, testing::Values(sql::Engine::kMysql),
                         EngineName);

// The writer lives on: it meets lost connections, COMMITs without an answer and refused
// connections, and goes on when scripts/with-mariadb has started the database again.
TEST_P(MariadbCrashTest, OfTheDatabaseLosesNothing) {
  if (getenv("PERENNIAL_TEST_MYSQL_MAY_CRASH") == nullptr) {
    GTEST_SKIP() << "PERENNIAL_TEST_MYSQL_MAY_CRASH is not set: ctest runs this test with a "
                 << "MariaDB of its own";
  }
  Writer writer(test_database_->options());
  for (int round = FromEnvironment("PERENNIAL_CRASH_ROUNDS", 2); round > 0; --round) {
    ASSERT_TRUE(writer.Await(Random(1, 300)));
    const pid_t killed = ServerProcess();
    ASSERT_GT(killed, 1);
    ASSERT_EQ(kill(killed, SIGKILL), 0);
    const absl::Time give_up = absl::Now() + absl::Minutes(1);
    while (ServerProcess() == killed || !sql::Open(test_database_->options()).ok()) {
      ASSERT_LT(absl::Now(), give_up) << "MariaDB does not come back";
      absl::SleepFor(absl::Milliseconds(50));
    }
    ASSERT_TRUE(writer.Await(300));
  }
  writer.Kill();
  ExpectNothingLost(writer.acknowledged());
}

}  // namespace
}  // namespace perennial
