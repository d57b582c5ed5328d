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

// How often what goes wrong: one of so many, by chance; 0 for never. The chances are the same in
// each run of one seed, as far as the threads come by in the same order.
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
  // A driver throws.
  int throw_exception = 0;
  // A statement, or a commit, takes a few milliseconds.
  int delay = 0;
  // So many statements come through before anything goes wrong: a server starts.
  int spared = 0;
};

// What went wrong so far; nothing more does while it is at rest.
struct FaultState {
  std::atomic<bool> at_rest{false};
  std::atomic<int64_t> runs_again{0};
  std::atomic<int64_t> lost_answers{0};
  std::atomic<int64_t> times_away{0};
  std::atomic<int64_t> exceptions{0};
};

class FaultyDatabase final : public DecoratedDatabase {
 public:
  // `state` outlives it.
  FaultyDatabase(std::unique_ptr<sql::Database> database, const Faults& faults, FaultState& state);

  absl::Status Read(absl::Time deadline,
                    absl::FunctionRef<absl::Status(sql::Connection&)> fn) override;
  absl::Status Write(absl::Time deadline,
                     absl::FunctionRef<absl::Status(sql::Connection&)> fn) override;

 private:
  absl::Status Before(sql::Connection& connection, absl::string_view sql,
                      absl::Span<const sql::Bind> binds) override;
  bool Happens(int one_of);
  void Delay();

  const Faults faults_;
  FaultState& state_;
  std::atomic<int64_t> spared_;
  absl::Mutex mutex_;
  std::minstd_rand random_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_FAULTS_FAULTY_DATABASE_H_
