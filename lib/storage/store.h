#ifndef PERENNIAL_LIB_STORAGE_STORE_H_
#define PERENNIAL_LIB_STORAGE_STORE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/storage/call.h"
#include "lib/storage/manual_time.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/tx.h"

namespace perennial {

// Everything that is kept. Thread-safe; holds nothing that another server on
// the same database could not rebuild.
//
// Functions handed to it may run more than once, so they keep no state. The
// errors they answer are passed on; those of the database become the API's.
class Store {
 public:
  // `database` has a schema that Migrate brought up to date.
  Store(std::unique_ptr<sql::Database> database, const Clock& clock)
      : database_(std::move(database)), clock_(clock, kClockTolerance) {}

  // Everything that `fn` reads is of one moment.
  absl::Status Read(const Call& call, absl::FunctionRef<absl::Status(ReadTx&)> fn);
  // Everything that one query of `fn` reads is of one moment, none before that of the query before
  // it: faster, and enough for one resource, or for a position and then a list.
  absl::Status ReadByQuery(const Call& call, absl::FunctionRef<absl::Status(ReadTx&)> fn);

  // Runs `fn` and commits what it wrote, together with its changes and with
  // its answer under the call's request_id. A request that was answered before
  // gets the same answer without running `fn`; the same id with another
  // payload is ALREADY_EXISTS (REQUEST_ID_REUSED). With `validate_only`
  // nothing is kept.
  absl::StatusOr<std::string> Write(const Call& call,
                                    absl::FunctionRef<absl::StatusOr<std::string>(WriteTx&)> fn);

  // A write without an answer to keep, for jobs.
  absl::Status Apply(const Call& call, absl::FunctionRef<absl::Status(WriteTx&)> fn);

  // Makes every change that was committed so far visible to the history.
  absl::Status NumberPendingChanges(absl::Time deadline);

  // Forgets the answers to requests made before `time`, in small steps.
  absl::Status ForgetRequestsBefore(absl::Time time, absl::Time deadline);

  // Called after each commit that changed something, from the thread that asked for it. To be set
  // before anything is written.
  void OnCommit(std::function<void()> function) { on_commit_ = std::move(function); }

  // Called with the last revision that a commit gave, before the commit is answered. To be set
  // before anything is written.
  void OnRevision(std::function<void(int64_t)> function) { on_revision_ = std::move(function); }

  // The time line that the database is on; 0 before it was told. A write of a call that knows
  // of another one is refused: FAILED_PRECONDITION (TIME_LINE_CHANGED).
  uint64_t time_line() const { return time_line_; }
  void set_time_line(uint64_t history_id) { time_line_ = history_id; }

  // What follows from writes. To be set before anything is written.
  void SetConsequences(Consequences consequences) { consequences_ = std::move(consequences); }

  // The clock beneath, where it is a manual one: it follows that of the database, with each
  // transaction where others may move it. To be called before anything is served. Answers where
  // the clock stands.
  absl::StatusOr<ManualTime> FollowManualTime(ManualClock& clock);
  absl::StatusOr<ManualTime> GetManualTime(absl::Time deadline);
  // Moves it on, for every server of the database. Answers where it stands: where it was already
  // further, there.
  absl::StatusOr<ManualTime> MoveManualTime(const ManualTime& to, absl::Time deadline);

  // What rules and days go by. Goes on from the last change, where the clocks of the servers differ
  // by no more than kClockTolerance: a server that is a year ahead does not take others with it.
  const Clock& clock() const { return clock_; }
  static constexpr absl::Duration kClockTolerance = absl::Minutes(10);
  sql::Database& database() { return *database_; }

 private:
  std::unique_ptr<sql::Database> database_;
  // Lets times and versions go on from what others, and this server before, have written.
  absl::Status FollowHistory(sql::Connection& connection);

  // Of a transaction that begins now.
  TxTime Time();
  // Null where others may write accounts.
  SummaryCache* Summaries();

  ManualClock* manual_clock_ = nullptr;
  MonotoneClock clock_;
  AscendingTime history_time_;
  std::atomic<int64_t> followed_nanos_{0};
  std::function<void()> on_commit_ = [] {};
  std::function<void(int64_t)> on_revision_ = [](int64_t) {};
  std::atomic<uint64_t> time_line_{0};
  Consequences consequences_;
  SummaryCache summaries_;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_STORE_H_
