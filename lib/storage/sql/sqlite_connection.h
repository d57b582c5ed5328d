#ifndef PERENNIAL_LIB_STORAGE_SQL_SQLITE_CONNECTION_H_
#define PERENNIAL_LIB_STORAGE_SQL_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <memory>
#include <string>

#include "lib/storage/sql/data_loss.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/sql/sqlite_file.h"
#include "lib/storage/sql/sqlite_log.h"
#include "lib/storage/sql/statement_cache.h"

namespace perennial::sql {

// One SQLite handle with its prepared statements. Used by one thread at a time.
class SqliteConnection final : public Connection {
 public:
  enum class Access {
    kRead,
    kWrite,
    kLook,  // the one connection to a file that is only looked at: OpenUnchanged
  };

  // Opens the file, which outlives the connection. `cache_kib` bounds its page cache. Once
  // `data_loss` was reported, by this connection or another, no transaction begins or commits.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(
      SqliteFile& file, Access access, int cache_kib, std::shared_ptr<DataLoss> data_loss);

  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;
  ~SqliteConnection() override;

  absl::StatusOr<int64_t> Execute(absl::string_view sql, absl::Span<const Bind> binds) override;
  absl::Status Query(absl::string_view sql, absl::Span<const Bind> binds,
                     absl::FunctionRef<absl::Status(const Row&)> on_row) override;
  absl::Status Savepoint(absl::FunctionRef<absl::Status()> fn) override;

  // As Savepoint, for less: where it fails, the transaction is to be rolled back as a whole.
  absl::Status RunFirst(absl::FunctionRef<absl::Status()> fn);

  // A transaction around the functions above. Some errors (a full disk) undo all of it: every
  // call up to its Commit or Rollback then answers that error, and Commit does at the latest.
  // A query that still runs at the deadline ends with DEADLINE_EXCEEDED, and so does one that the
  // `gate`, where there is one, finds too old.
  absl::Status Begin(absl::Time deadline, const ReadGate* gate = nullptr);
  absl::Status Commit();
  void Rollback();

  // False: it must not be used again.
  bool usable() const { return sqlite3_get_autocommit(db_) != 0; }

  // Within a transaction: another deadline for what follows.
  void set_deadline(absl::Time deadline) { deadline_ = deadline; }

  // Whether the gate has ended the transaction, which was too old.
  bool was_ended() const { return was_ended_; }
  // Whether a statement of the transaction has met damage.
  bool met_damage() const { return met_damage_; }

  // Within a transaction: copies all pages, as the transaction sees them, into the empty file at
  // `path`. CANCELLED where `go_on`, which is asked now and then, says so.
  absl::Status CopyTo(const std::string& path, absl::FunctionRef<bool()> go_on);

  // Within a transaction: lets SQLite look through all pages and indexes, and hands what it finds
  // wrong, a hundred findings at most, to `on_problem`. CANCELLED where `go_on` says so.
  absl::Status CheckPages(absl::FunctionRef<void(absl::string_view)> on_problem,
                          absl::FunctionRef<bool()> go_on);

  // Gives the file another number: SqliteFile::ExpectNumber. For the connection that writes,
  // outside of transactions. Where that is done, and brought into the file, before the first write
  // and each time before the log begins anew, a log is read over nothing but the file that it was
  // begun on, or a copy of that.
  absl::Status Renumber();

  // Pages in the write-ahead log after the last commit on this connection.
  int log_pages() const { return log_pages_; }
  // `mode` is one of SQLITE_CHECKPOINT_. OK also where readers kept it from getting to the end.
  absl::Status Checkpoint(int mode);
  // Of the pages in the log, those that checkpoints have copied into the database.
  int copied_pages() const { return copied_pages_; }
  // Reads what is there now, so that no later checkpoint of another connection gets beyond it until
  // the Rollback.
  absl::Status Hold();
  // SqliteFile::WriteOut.
  void WriteOut() const { file_.WriteOut(); }

  // DATA_LOSS where the file is not there any more, or not the one that was opened; every Commit
  // finds that out too. For the connection that writes.
  absl::Status CheckFile();

 private:
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalizer>;

  SqliteConnection(SqliteFile& file, Access access, std::shared_ptr<DataLoss> data_loss);

  absl::Status Configure(int cache_kib);
  absl::Status ConfigureLog();
  // Marks the file as Perennial's, where it is not yet.
  absl::Status MarkFile();
  absl::StatusOr<sqlite3_stmt*> Prepare(absl::string_view sql, absl::Span<const Bind> binds);
  absl::StatusOr<Statement> Compile(absl::string_view sql);
  // Of a query: ends at the deadline.
  int Step(sqlite3_stmt* statement);
  absl::Status Run(absl::string_view sql);
  // Statements that are not kept prepared.
  absl::Status RunOnce(const std::string& sql);
  // From here on the transaction sees one state, however many steps it takes.
  absl::Status TakeSnapshot();
  // The status of the error that SQLite just reported; logs it where it is not one of daily life.
  absl::Status Failure(int code, absl::string_view sql);
  absl::Status EndedAsTooOld();
  // INTERNAL: the caller handed in something that is not one statement with its binds.
  static absl::Status Fault(absl::string_view what, absl::string_view sql);

  bool TooOld() const { return gate_ != nullptr && gate_->TooOld(begin_); }

  static int OnProgress(void* self);
  static int OnCommitted(void* self, sqlite3* db, const char* schema, int log_pages);

  SqliteFile& file_;
  const Access access_;
  const std::shared_ptr<DataLoss> data_loss_;
  sqlite3* db_ = nullptr;
  StatementCache<Statement> statements_;
  absl::Time deadline_ = absl::InfiniteFuture();
  const ReadGate* gate_ = nullptr;  // of the transaction that began at `begin_`
  absl::Time begin_;
  const absl::FunctionRef<bool()>* go_on_ = nullptr;
  bool interruptible_ = false;
  bool in_transaction_ = false;
  bool was_ended_ = false;
  bool met_damage_ = false;
  absl::Status undone_;  // the error that undid the whole transaction
  int log_pages_ = 0;
  int copied_pages_ = 0;
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_SQLITE_CONNECTION_H_
