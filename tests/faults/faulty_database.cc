#include "tests/faults/faulty_database.h"

#include <new>
#include <stdexcept>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"

namespace perennial {
namespace {

constexpr absl::string_view kRunAgain = "a fault: run it again";

// What went wrong in the transaction that this thread runs: whatever its function makes of that,
// the transaction is gone.
thread_local absl::Status undone;
// It has been run again so often that now it comes through: of a thousand statements one fails
// nearly always.
thread_local bool comes_through = false;

constexpr int kRunsAgain = 3;

absl::Status RunOnce(int runs_before, sql::Connection& connection,
                     absl::FunctionRef<absl::Status(sql::Connection&)> fn, bool& run_again) {
  undone = absl::OkStatus();
  comes_through = runs_before >= kRunsAgain;
  // Also where it throws.
  const auto tell = absl::MakeCleanup([&run_again] { run_again = undone.message() == kRunAgain; });
  const absl::Status status = fn(connection);
  return undone.ok() ? status : undone;
}

}  // namespace

FaultyDatabase::FaultyDatabase(std::unique_ptr<sql::Database> database, const Faults& faults,
                               FaultState& state)
    : DecoratedDatabase(std::move(database)),
      faults_(faults),
      state_(state),
      random_(faults.seed) {}

bool FaultyDatabase::Happens(int one_of, int64_t so_far) {
  if (one_of == 0 || state_.statements <= faults_.spared || state_.at_rest) return false;
  if (so_far == 0) return true;
  absl::MutexLock lock(&mutex_);
  return std::uniform_int_distribution<int>(1, one_of)(random_) == 1;
}

void FaultyDatabase::Delay() {
  if (!Happens(faults_.delay, state_.delays)) return;
  ++state_.delays;
  absl::SleepFor(absl::Milliseconds(5));
}

void FaultyDatabase::Throw() {
  if (++state_.exceptions % 2 == 0) throw std::bad_alloc();
  throw std::runtime_error("a fault: thrown by a driver");
}

absl::Status FaultyDatabase::Before(sql::Connection& /*connection*/, absl::string_view /*sql*/,
                                    absl::Span<const sql::Bind> /*binds*/) {
  ++state_.statements;
  Delay();
  if (!undone.ok()) return undone;
  if (!comes_through && Happens(faults_.run_again, state_.runs_again)) {
    ++state_.runs_again;
    return undone = absl::AbortedError(kRunAgain);
  }
  if (!comes_through && Happens(faults_.throw_and_run_again, state_.exceptions)) {
    undone = absl::AbortedError(kRunAgain);
    Throw();
  }
  if (Happens(faults_.go_away, state_.times_away)) {
    ++state_.times_away;
    return undone = absl::UnavailableError("a fault: the database is away");
  }
  if (Happens(faults_.throw_exception, state_.exceptions)) Throw();
  return absl::OkStatus();
}

absl::Status FaultyDatabase::RunRead(Way way, absl::Time deadline, Function fn) {
  for (int runs = 0;; ++runs) {
    bool run_again = false;
    const absl::Status status = Run(way, deadline, [&](sql::Connection& connection) {
      return RunOnce(runs, connection, fn, run_again);
    });
    if (!run_again) return status;
  }
}

absl::Status FaultyDatabase::RunWrite(Way way, absl::Time deadline, Function fn) {
  for (int runs = 0;; ++runs) {
    bool run_again = false;
    const absl::Status status = Run(way, deadline, [&](sql::Connection& connection) {
      return RunOnce(runs, connection, fn, run_again);
    });
    if (run_again) continue;
    if (!status.ok()) return status;
    Delay();
    if (engine() != sql::Engine::kMysql) return status;  // the others always answer a COMMIT
    if (Happens(faults_.go_away_after_commit, state_.times_away)) {
      ++state_.times_away;
      return absl::UnavailableError("a fault: the database is away after a COMMIT");
    }
    if (runs >= kRunsAgain || !Happens(faults_.lose_answer, state_.lost_answers)) return status;
    ++state_.lost_answers;
  }
}

}  // namespace perennial
