#ifndef PERENNIAL_LIB_STORAGE_SQL_DATABASE_H_
#define PERENNIAL_LIB_STORAGE_SQL_DATABASE_H_

// The two engines behind one small interface. Nothing outside this folder
// includes a driver's header.
//
// Statements are portable text with `?` binds; each connection keeps its
// prepared statements. Errors are absl statuses of these codes, without SQL,
// hosts or paths in the message (those go to the log):
//   ALREADY_EXISTS      a unique key is taken
//   FAILED_PRECONDITION a table, column or index is there already, or there is none to drop (MySQL)
//   ABORTED             a conflict with another writer; the transaction is gone
//   UNAVAILABLE         no connection to the database, or it was lost
//   DEADLINE_EXCEEDED   the deadline passed first
//   RESOURCE_EXHAUSTED  the disk is full
//   OUT_OF_RANGE        a sum of integers does not fit
//   DATA_LOSS           an I/O error after which nothing may be trusted: the process should stop;
//                       or IsDamage (damage.h): of what the statement needed alone
//   INTERNAL            anything else: a fault of ours

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace perennial::sql {

enum class Engine { kSqlite, kMysql };

// How the engines differ for those who write transactions. Nobody outside this folder asks which
// engine it is.
struct Facts {
  // Other processes write to the same database.
  bool others_may_write;
  // A COMMIT may have been done though its answer was lost: the write then runs again, and has to
  // find that out.
  bool commit_answer_may_be_lost;
  // What a Write has read stays as it is until its end.
  bool reads_hold_rows;
  // What a query within a Write ends with to hold its rows until the end: with others who hold them
  // so, or alone. Both are empty where reads_hold_rows.
  absl::string_view shared_lock;
  absl::string_view exclusive_lock;
};

// A value to bind. Text and bytes are referred to, not copied: they have to
// outlive the call.
class Bind {
 public:
  enum class Kind { kNull, kInteger, kReal, kText, kBytes };
  Bind() : kind_(Kind::kNull) {}
  Bind(int64_t value) : kind_(Kind::kInteger), integer_(value) {}      // NOLINT: meant to convert
  Bind(int value) : Bind(int64_t{value}) {}                            // NOLINT
  Bind(bool value) : Bind(int64_t{value}) {}                           // NOLINT
  Bind(double value) : kind_(Kind::kReal), real_(value) {}             // NOLINT
  Bind(absl::string_view value) : kind_(Kind::kText), text_(value) {}  // NOLINT
  Bind(const std::string& value) : Bind(absl::string_view(value)) {}   // NOLINT
  Bind(const char* value) : Bind(absl::string_view(value)) {}          // NOLINT
  static Bind Bytes(absl::string_view bytes) {
    Bind bind(bytes);
    bind.kind_ = Kind::kBytes;
    return bind;
  }

  Kind kind() const { return kind_; }
  int64_t integer() const { return integer_; }
  double real() const { return real_; }
  absl::string_view text() const { return text_; }

 private:
  Kind kind_;
  int64_t integer_ = 0;
  double real_ = 0;
  absl::string_view text_;
};

// One row of an answer, valid within the callback that it is handed to.
// Columns count from 0. NULL reads as 0 or "".
class Row {
 public:
  virtual ~Row() = default;
  virtual bool IsNull(int column) const = 0;
  virtual int64_t Integer(int column) const = 0;
  virtual double Real(int column) const = 0;
  // Text or bytes, valid until the next call of Text on this row.
  virtual absl::string_view Text(int column) const = 0;
};

// A connection within a transaction. Used by one thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;

  // Runs a statement and answers the number of rows that it changed.
  virtual absl::StatusOr<int64_t> Execute(absl::string_view sql, absl::Span<const Bind> binds) = 0;

  // Runs a query and hands each row to `on_row`; an error from it ends the query and is answered.
  // `on_row` must not use the connection.
  virtual absl::Status Query(absl::string_view sql, absl::Span<const Bind> binds,
                             absl::FunctionRef<absl::Status(const Row&)> on_row) = 0;

  // Runs `fn`; where it fails, what it wrote is undone and the transaction goes on.
  // Nests.
  virtual absl::Status Savepoint(absl::FunctionRef<absl::Status()> fn) = 0;
};

// Counted since the database was opened.
struct Statistics {
  int64_t reads = 0;  // answered OK
  int64_t failed_reads = 0;
  int64_t writes = 0;  // answered OK
  int64_t failed_writes = 0;
  int64_t commits = 0;  // fewer than the writes where these shared one
  int64_t retries = 0;  // runs of `fn` after its first
  int64_t waiting = 0;  // SQLite: writes that wait for their turn at this moment
  // MySQL: connections in use at this moment, those aside included, and callers that wait for one.
  int64_t connections_in_use = 0;
  int64_t connections_awaited = 0;
  // SQLite: the pages in its log at this moment, and those of them that are in the database too;
  // how often they were copied there, how long that took, in all and at most, how long a write
  // waited for it at most, and how many pages it had to bring to the disk at most.
  int64_t log_pages = 0;
  int64_t log_pages_copied = 0;
  int64_t checkpoints = 0;
  absl::Duration checkpoint_time;
  absl::Duration longest_checkpoint;
  absl::Duration longest_checkpoint_wait;
  int64_t most_pages_synced = 0;
  // SQLite: for how long the oldest read has been under way; its log cannot start anew meanwhile.
  absl::Duration oldest_read;
};

// Both functions may run `fn` more than once (a conflict, a lost connection),
// so it keeps no state from one run to the next; where it throws, INTERNAL is answered and nothing
// of a write is kept. Thread-safe, but no Write may be called from
// within another: on SQLite it would wait for itself.
class Database {
 public:
  virtual ~Database() = default;
  virtual Engine engine() const = 0;  // for this folder and for tests
  virtual const Facts& facts() const = 0;

  // Runs `fn` on a connection that must not write. All its queries see one snapshot.
  virtual absl::Status Read(absl::Time deadline,
                            absl::FunctionRef<absl::Status(Connection&)> fn) = 0;

  // The same for a `fn` to which it is enough that each of its queries sees one snapshot, none
  // older than that of the query before. Spares MySQL three round trips.
  virtual absl::Status ReadByQuery(absl::Time deadline,
                                   absl::FunctionRef<absl::Status(Connection&)> fn) = 0;

  // Runs `fn` in a transaction and commits it, durably, before answering OK.
  // Where `fn` fails nothing is kept and its status is answered.
  //
  // MySQL: READ COMMITTED; conflicts (1213, 1205, 1020), lost connections and
  // a COMMIT whose answer was lost run `fn` again, with jitter, until the
  // deadline. After a lost COMMIT the first run may have been committed: `fn`
  // must find that out by itself.
  // SQLite: one writer thread runs the waiting writes as savepoints of one
  // transaction and answers them after its one COMMIT.
  virtual absl::Status Write(absl::Time deadline,
                             absl::FunctionRef<absl::Status(Connection&)> fn) = 0;

  // Read and Write for what must not wait for other callers, nor they for it: what takes long, and
  // what finds out whether the database answers. On connections that nobody else waits for; on
  // SQLite such a read is never ended for the log's sake, and such a write is the next one.
  virtual absl::Status ReadAside(absl::Time deadline,
                                 absl::FunctionRef<absl::Status(Connection&)> fn) = 0;
  virtual absl::Status WriteAside(absl::Time deadline,
                                  absl::FunctionRef<absl::Status(Connection&)> fn) = 0;

  // Waits for nothing.
  virtual Statistics statistics() const = 0;

  // The file that it is, absolute and without links; empty where a server keeps it.
  virtual std::string file() const { return ""; }

  // The schema is up to date: other processes do not wait any more (OpenAfterUpgrade).
  virtual void EndUpgrade() {}
};

// What a database is opened for.
enum class Use {
  kServe,   // made where there is none
  kChange,  // as kServe; NOT_FOUND where there is none
  kLook,    // read, and not changed in any way; NOT_FOUND where there is none
};

struct Options {
  // `sqlite:PATH` or `mysql://user@host:port/name`. Never with a password: INVALID_ARGUMENT.
  std::string url;
  Use use = Use::kServe;
  std::string password;
  // A CA certificate's file: the connection to MySQL is encrypted and verified, or refused.
  std::string tls_ca_file;
  // Connections (MySQL), or reading connections beside the writer (SQLite).
  int connections = 8;
  // MySQL: the longest wait for the server's answer to one statement; whole seconds, or infinite.
  absl::Duration statement_timeout = absl::Seconds(30);
  // Called once, from the thread that met it, at the first DATA_LOSS that is no mere damage. From
  // then on every call answers DATA_LOSS: the process should stop.
  std::function<void()> on_data_loss;
};

// Opens or creates the database. INVALID_ARGUMENT says what is wrong with the url; UNAVAILABLE
// that the server cannot be reached; DATA_LOSS that the file is no database; FAILED_PRECONDITION
// that the SQLite file may not be opened: SqliteFile::Open.
absl::StatusOr<std::unique_ptr<Database>> Open(const Options& options);

// INVALID_ARGUMENT says what is wrong with the url. Touches nothing.
absl::Status CheckUrl(absl::string_view url);

// The path of a SQLite file's url; nullopt for any other.
std::optional<std::string> SqlitePath(absl::string_view url);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_DATABASE_H_
