#include "tests/faults/faulty_database.h"

#include <new>
#include <stdexcept>
#include <utility>

#include "absl/time/clock.h"
#include "lib/base/status.h"

namespace perennial {
namespace {

constexpr absl::string_view kRunAgain = "a fault: run it again";

bool MeansRunAgain(const absl::Status& status) { return status.message() == kRunAgain; }

// What went wrong in the transaction that this thread runs: whatever its function makes of that,
// the transaction is gone.
thread_local absl::Status undone;
// It has been run again so often that now it comes through: of a thousand statements one fails
// nearly always.
thread_local bool comes_through = false;

constexpr int kRunsAgain = 3;

absl::Status RunOnce(int runs_before, sql::Connection& connection,
                     absl::FunctionRef<absl::Status(sql::Connection&)> fn) {
  undone = absl::OkStatus();
  comes_through = runs_before >= kRunsAgain;
  const absl::Status status = fn(connection);
  return undone.ok() ? status : undone;
}

}  // namespace

FaultyDatabase::FaultyDatabase(std::unique_ptr<sql::Database> database, const Faults& faults,
                               FaultState& state)
    : DecoratedDatabase(std::move(database)),
      faults_(faults),
      state_(state),
      spared_(faults.spared),
      random_(faults.seed) {}

bool FaultyDatabase::Happens(int one_of) {
  if (one_of == 0 || spared_ > 0 || state_.at_rest) return false;
  absl::MutexLock lock(&mutex_);
  return std::uniform_int_distribution<int>(1, one_of)(random_) == 1;
}

void FaultyDatabase::Delay() {
  if (Happens(faults_.delay)) absl::SleepFor(absl::Milliseconds(5));
}

absl::Status FaultyDatabase::Before(sql::Connection& /*connection*/, absl::string_view /*sql*/,
                                    absl::Span<const sql::Bind> /*binds*/) {
  if (spared_ > 0) --spared_;
  Delay();
  if (!undone.ok()) return undone;
  if (!comes_through && Happens(faults_.run_again)) {
    ++state_.runs_again;
    return undone = absl::AbortedError(kRunAgain);
  }
  if (Happens(faults_.go_away)) {
    ++state_.times_away;
    return undone = absl::UnavailableError("a fault: the database is away");
  }
  if (Happens(faults_.throw_exception)) {
    if (++state_.exceptions % 2 == 0) throw std::bad_alloc();
    throw std::runtime_error("a fault: thrown by a driver");
  }
  return absl::OkStatus();
}

absl::Status FaultyDatabase::Read(absl::Time deadline,
                                  absl::FunctionRef<absl::Status(sql::Connection&)> fn) {
  for (int runs = 0;; ++runs) {
    const absl::Status status = DecoratedDatabase::Read(
        deadline, [&](sql::Connection& connection) { return RunOnce(runs, connection, fn); });
    if (!MeansRunAgain(status)) return status;
  }
}

absl::Status FaultyDatabase::Write(absl::Time deadline,
                                   absl::FunctionRef<absl::Status(sql::Connection&)> fn) {
  for (int runs = 0;; ++runs) {
    const absl::Status status = DecoratedDatabase::Write(
        deadline, [&](sql::Connection& connection) { return RunOnce(runs, connection, fn); });
    if (MeansRunAgain(status)) continue;
    if (!status.ok()) return status;
    Delay();
    if (engine() != sql::Engine::kMysql) return status;  // the others always answer a COMMIT
    if (Happens(faults_.go_away_after_commit)) {
      ++state_.times_away;
      return absl::UnavailableError("a fault: the database is away after a COMMIT");
    }
    if (runs >= kRunsAgain || !Happens(faults_.lose_answer)) return status;
    ++state_.lost_answers;
  }
}

}  // namespace perennial
