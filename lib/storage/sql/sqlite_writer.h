#ifndef PERENNIAL_LIB_STORAGE_SQL_SQLITE_WRITER_H_
#define PERENNIAL_LIB_STORAGE_SQL_SQLITE_WRITER_H_

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/sql/sqlite_connection.h"
#include "lib/storage/sql/sqlite_log.h"
#include "lib/storage/sql/write_out.h"

namespace perennial::sql {

// The one thread that writes and checkpoints. It runs the writes that wait as
// savepoints of one transaction, so that they share one COMMIT and its wait for the disk.
class SqliteWriter {
 public:
  // Reads pass through `gate`, which outlives it. `holder` reads.
  SqliteWriter(std::unique_ptr<SqliteConnection> connection,
               std::unique_ptr<SqliteConnection> holder, const LogPolicy& policy, ReadGate& gate);
  SqliteWriter(const SqliteWriter&) = delete;
  SqliteWriter& operator=(const SqliteWriter&) = delete;
  // No Write may be under way. Empties the write-ahead log where readers allow it.
  ~SqliteWriter();

  // Database::Write and WriteAside. `fn` runs on the writer's thread.
  enum class Turn { kLast, kNext };
  absl::Status Write(Turn turn, absl::Time deadline,
                     absl::FunctionRef<absl::Status(Connection&)> fn);

  // Something has changed that a checkpoint may wait for: the last read has left the closed gate,
  // or one that had held the log for long.
  void Wake();

  Statistics statistics() const;

 private:
  struct Request {
    absl::Time deadline;
    absl::FunctionRef<absl::Status(Connection&)> fn;
    absl::Status result;
    bool damaged = false;
    absl::Notification done;
    const absl::Time asked = absl::Now();
  };

  void Loop();
  // Blocks until there is something to do; false at the end.
  bool WaitForWork();
  // nullptr where none waits.
  Request* NextRequest();
  // False where its run began.
  bool Withdraw(Request* request);
  void RunBatch(Request* first);
  // In a transaction that is_empty, or has what others wrote; a request that fails leaves nothing
  // in it. Fails where no transaction could be begun for the next one.
  absl::Status RunRequest(Request& request, bool& is_empty);
  void CheckpointWhereDue();
  // Says for how long reads may take.
  void LimitReads();
  // Holds reads back where a log of so many pages is to start anew.
  void AskForRoom(int pages);
  // Whether a checkpoint that gets to the end of a log of so many pages would be short. Where it
  // would not, the next calls prepare it, a write or a wake-up apart.
  bool IsPrepared(int pages);
  bool IsShort(int pages) const;
  // False where it cannot be.
  bool Hold(int pages);
  void LetGo();
  void Checkpoint();
  // From here on the file is told from copies that were made before.
  void Renumber();

  // How far the preparation of a long checkpoint is.
  enum class Stage {
    kNone,
    kHeld,        // no checkpoint gets beyond held_pages_
    kWritingOut,  // what was copied up to there, while writes go on
  };

  const std::unique_ptr<SqliteConnection> connection_;
  const std::unique_ptr<SqliteConnection> holder_;
  const LogPolicy policy_;
  ReadGate& gate_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Request*> waiting_ ABSL_GUARDED_BY(mutex_);
  Statistics statistics_ ABSL_GUARDED_BY(mutex_);
  bool has_written_ = false;
  // Lengths of the log: at the last checkpoint, and from which on reads are held back next.
  int checkpointed_pages_ = 0;
  int next_try_pages_;
  // The oldest read when a checkpoint did not get to the end: while it is there, none does.
  absl::Time held_up_by_ = absl::InfinitePast();
  Stage stage_ = Stage::kNone;
  int held_pages_ = 0;
  absl::Time held_since_;
  // Copied, but perhaps not on the disk yet.
  int unwritten_pages_ = 0;
  WriteOut write_out_;
  std::thread thread_;
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_SQLITE_WRITER_H_
