#ifndef PERENNIAL_LIB_STORAGE_SQL_SQLITE_WRITER_H_
#define PERENNIAL_LIB_STORAGE_SQL_SQLITE_WRITER_H_

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/sql/sqlite_connection.h"
#include "lib/storage/sql/sqlite_log.h"

namespace perennial::sql {

// The one thread that writes and checkpoints. It runs the writes that wait as
// savepoints of one transaction, so that they share one COMMIT and its wait for the disk.
class SqliteWriter {
 public:
  // Reads pass through `gate`, which outlives it.
  SqliteWriter(std::unique_ptr<SqliteConnection> connection, const LogPolicy& policy,
               ReadGate& gate);
  SqliteWriter(const SqliteWriter&) = delete;
  SqliteWriter& operator=(const SqliteWriter&) = delete;
  // No Write may be under way. Empties the write-ahead log where readers allow it.
  ~SqliteWriter();

  // Database::Write. `fn` runs on the writer's thread.
  absl::Status Write(absl::Time deadline, absl::FunctionRef<absl::Status(Connection&)> fn);

  // The gate is closed, and the last read has left it.
  void OnDrained();

  Statistics statistics() const;

 private:
  struct Request {
    absl::Time deadline;
    absl::FunctionRef<absl::Status(Connection&)> fn;
    absl::Status result;
    bool damaged = false;
    absl::Notification done;
  };

  void Loop();
  // Blocks until there is something to do; false at the end.
  bool WaitForWork();
  // nullptr where none waits.
  Request* NextRequest();
  // False where its run began.
  bool Withdraw(Request* request);
  void RunBatch(Request* first);
  void RunRequest(Request& request);
  void CheckpointWhereDue();
  void Checkpoint();

  const std::unique_ptr<SqliteConnection> connection_;
  const LogPolicy policy_;
  ReadGate& gate_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool drained_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Request*> waiting_ ABSL_GUARDED_BY(mutex_);
  Statistics statistics_ ABSL_GUARDED_BY(mutex_);
  // Lengths of the log: at the last checkpoint, and from which on reads are held back next.
  int checkpointed_pages_ = 0;
  int next_try_pages_;
  std::thread thread_;
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_SQLITE_WRITER_H_
