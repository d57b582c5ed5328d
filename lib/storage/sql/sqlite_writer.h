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

namespace perennial::sql {

// The one thread that writes and checkpoints. It runs the writes that wait as
// savepoints of one transaction, so that they share one COMMIT and its wait for the disk.
class SqliteWriter {
 public:
  explicit SqliteWriter(std::unique_ptr<SqliteConnection> connection);
  SqliteWriter(const SqliteWriter&) = delete;
  SqliteWriter& operator=(const SqliteWriter&) = delete;
  // No Write may be under way. Empties the write-ahead log where readers allow it.
  ~SqliteWriter();

  // Database::Write. `fn` runs on the writer's thread.
  absl::Status Write(absl::Time deadline, absl::FunctionRef<absl::Status(Connection&)> fn);

  Statistics statistics() const;

 private:
  struct Request {
    absl::Time deadline;
    absl::FunctionRef<absl::Status(Connection&)> fn;
    absl::Status result;
    absl::Notification done;
  };

  void Loop();
  // Blocks for the first one of a batch; nullptr at the end.
  Request* WaitForRequest();
  // nullptr where none waits.
  Request* NextRequest();
  Request* PopRequest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // False where its run began.
  bool Withdraw(Request* request);
  void RunBatch(Request* first);
  void RunRequest(Request& request);
  void CheckpointWhereDue();

  const std::unique_ptr<SqliteConnection> connection_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Request*> waiting_ ABSL_GUARDED_BY(mutex_);
  Statistics statistics_ ABSL_GUARDED_BY(mutex_);
  int checkpointed_pages_ = 0;  // of the log, at the last checkpoint
  std::thread thread_;
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_SQLITE_WRITER_H_
