#ifndef PERENNIAL_TESTS_FAULTS_FAULTY_DATABASE_H_
#define PERENNIAL_TESTS_FAULTS_FAULTY_DATABASE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/support/decorated_database.h"

namespace perennial {

// How often what goes wrong: the first time at once, then one of so many, by chance; 0 for never.
// The chances are the same in each run of one seed, as far as the threads come by in the same
// order.
struct Faults {
  uint32_t seed = 1;
  // A statement fails as one does that was in a conflict, or whose connection was lost: the whole
  // function is run again.
  int run_again = 0;
  // A COMMIT was done, but its answer was lost: where the engine has that, the function is run
  // again.
  int lose_answer = 0;
  // A statement fails since the database is away for longer.
  int go_away = 0;
  // The same after a COMMIT was done, on engines where its answer may be lost: the caller does not
  // learn that it was.
  int go_away_after_commit = 0;
  // A driver throws: the caller is told so.
  int throw_exception = 0;
  // The same, and the whole function is run again: the caller does not learn of it.
  int throw_and_run_again = 0;
  // A statement, or a commit, takes a few milliseconds.
  int delay = 0;
  // So many statements come through before anything goes wrong: a server starts.
  int spared = 0;
};

// What went wrong so far; nothing more does while it is at rest.
struct FaultState {
  std::atomic<bool> at_rest{false};
  std::atomic<int64_t> statements{0};
  std::atomic<int64_t> runs_again{0};
  std::atomic<int64_t> lost_answers{0};
  std::atomic<int64_t> times_away{0};
  std::atomic<int64_t> exceptions{0};
  std::atomic<int64_t> delays{0};
};

class FaultyDatabase final : public DecoratedDatabase {
 public:
  // `state` outlives it.
  FaultyDatabase(std::unique_ptr<sql::Database> database, const Faults& faults, FaultState& state);

 private:
  absl::Status RunRead(Way way, absl::Time deadline, Function fn) override;
  absl::Status RunWrite(Way way, absl::Time deadline, Function fn) override;
  absl::Status Before(sql::Connection& connection, absl::string_view sql,
                      absl::Span<const sql::Bind> binds) override;
  // `so_far`: how often it has.
  bool Happens(int one_of, int64_t so_far);
  void Delay();
  [[noreturn]] void Throw();

  const Faults faults_;
  FaultState& state_;
  absl::Mutex mutex_;
  std::minstd_rand random_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_FAULTS_FAULTY_DATABASE_H_
