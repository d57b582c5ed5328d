#include "lib/storage/sql/sqlite_connection.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/log.h"
#include "lib/base/no_throw.h"
#include "lib/base/status.h"
#include "lib/storage/sql/damage.h"
#include "lib/storage/sql/durability.h"
#include "lib/storage/sql/sqlite_unchanged.h"

namespace perennial::sql {
namespace {

constexpr size_t kStatementCacheCapacity = 128;
// Steps of SQLite's virtual machine between two looks at the clock.
constexpr int kStepsPerDeadlineCheck = 20000;
// Only other programs (a backup, a shell) can ever hold a lock that we wait for.
constexpr int kBusyTimeoutMillis = 5000;
// Some tens of milliseconds.
constexpr int kPagesPerCopyStep = 4096;
// What the log may take of the disk once it has started anew: more than it mostly grows to, so that
// it is not cut and made longer again and again, for which writes would wait.
constexpr int kLogBytesKept = 128 << 20;
constexpr char kReadTooLong[] = "the read took too long beside many writes: ask for less at once";

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool IsNull(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  int64_t Integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  double Real(int column) const override { return sqlite3_column_double(statement_, column); }
  absl::string_view Text(int column) const override {
    // As a blob, text is not copied to end it with a zero.
    const void* const data = sqlite3_column_blob(statement_, column);
    if (data == nullptr) return "";
    return {static_cast<const char*>(data),
            static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* const statement_;
};

// A statement in use is reset at the end, whatever happens: until then it holds locks.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(sqlite3_stmt* statement) : statement_(statement) {}
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;
  ~ResetAtEnd() { sqlite3_reset(statement_); }

 private:
  sqlite3_stmt* const statement_;
};

int BindOne(sqlite3_stmt* statement, int index, const Bind& bind) {
  // An empty view may have no address, which SQLite would take for NULL.
  const char* const text = bind.text().data() == nullptr ? "" : bind.text().data();
  switch (bind.kind()) {
    case Bind::Kind::kNull:
      return sqlite3_bind_null(statement, index);
    case Bind::Kind::kInteger:
      return sqlite3_bind_int64(statement, index, bind.integer());
    case Bind::Kind::kReal:
      return sqlite3_bind_double(statement, index, bind.real());
    case Bind::Kind::kText:
      return sqlite3_bind_text64(statement, index, text, bind.text().size(), SQLITE_STATIC,
                                 SQLITE_UTF8);
    case Bind::Kind::kBytes:
      return sqlite3_bind_blob64(statement, index, text, bind.text().size(), SQLITE_STATIC);
  }
  return SQLITE_MISUSE;
}

absl::StatusCode CodeOf(int sqlite_code) {
  switch (sqlite_code) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_ROWID:
      return absl::StatusCode::kAlreadyExists;
    case SQLITE_IOERR_NOMEM:
    case SQLITE_IOERR_GETTEMPPATH:
      return absl::StatusCode::kInternal;
    case SQLITE_IOERR_SHMSIZE:  // no room for the log's index
      return absl::StatusCode::kResourceExhausted;
  }
  switch (sqlite_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::StatusCode::kAborted;
    case SQLITE_INTERRUPT:
      return absl::StatusCode::kDeadlineExceeded;
    case SQLITE_FULL:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    default:
      return absl::StatusCode::kInternal;
  }
}

// What was read is unreadable or makes no sense. To fail at writing is another matter: nobody knows
// then what the file has in it.
bool MeetsDamage(int sqlite_code, bool writing) {
  switch (sqlite_code) {
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_SHORT_READ:
    case SQLITE_IOERR_CORRUPTFS:
      return !writing;
  }
  const int code = sqlite_code & 0xff;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

absl::Status StatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kAlreadyExists:
      return absl::AlreadyExistsError("a row with this key exists already");
    case absl::StatusCode::kAborted:
      return absl::AbortedError("another program locks the database");
    case absl::StatusCode::kDeadlineExceeded:
      return absl::DeadlineExceededError("the deadline passed while the database worked");
    case absl::StatusCode::kResourceExhausted:
      return absl::ResourceExhaustedError("the database's disk is full");
    case absl::StatusCode::kDataLoss:
      return absl::DataLossError("the database's file cannot be read or written");
    default:
      return absl::InternalError("the database refused a statement");
  }
}

void InitializeSqlite() {
  // Counting its memory would take one lock at each allocation of every thread.
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(
    SqliteFile& file, Access access, int cache_kib, std::shared_ptr<DataLoss> data_loss) {
  InitializeSqlite();
  std::unique_ptr<SqliteConnection> connection(
      new SqliteConnection(file, access, std::move(data_loss)));
  const int code = access == Access::kLook
                       ? OpenUnchanged(file.path(), &connection->db_)
                       : sqlite3_open_v2(file.path().c_str(), &connection->db_,
                                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return connection->Failure(code, "(open)");
  RETURN_IF_ERROR(connection->Configure(cache_kib));
  if (access != Access::kLook) RETURN_IF_ERROR(connection->ConfigureLog());
  if (access == Access::kWrite) RETURN_IF_ERROR(connection->MarkFile());
  return connection;
}

SqliteConnection::SqliteConnection(SqliteFile& file, Access access,
                                   std::shared_ptr<DataLoss> data_loss)
    : file_(file),
      access_(access),
      data_loss_(std::move(data_loss)),
      statements_(kStatementCacheCapacity) {}

SqliteConnection::~SqliteConnection() {
  // Nothing more is written to a file that is not the one that was opened.
  if (!data_loss_->Check().ok()) {
    sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  // Closes for good once the cache has dropped the last statement.
  sqlite3_close_v2(db_);
}

absl::Status SqliteConnection::Configure(int cache_kib) {
  sqlite3_extended_result_codes(db_, 1);
  sqlite3_busy_timeout(db_, kBusyTimeoutMillis);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_progress_handler(db_, kStepsPerDeadlineCheck, &SqliteConnection::OnProgress, this);

  // Mapped pages would count as this process's memory, once per connection. LIKE is as in
  // utf8mb4_bin.
  return RunOnce(absl::StrCat(
      "PRAGMA mmap_size = 0;"
      "PRAGMA trusted_schema = OFF;"
      "PRAGMA case_sensitive_like = ON;"
      "PRAGMA cache_size = -",
      cache_kib, ";",
      // A savepoint keeps the pages that it changes: in memory, not in a file of its own.
      access_ == Access::kWrite ? "PRAGMA temp_store = MEMORY;" : "PRAGMA query_only = ON;"));
}

absl::Status SqliteConnection::ConfigureLog() {
  RETURN_IF_ERROR(
      RunOnce(absl::StrCat("PRAGMA journal_mode = WAL;"
                           "PRAGMA synchronous = ",
                           waits_for_disk ? "FULL" : "OFF",
                           ";"
                           "PRAGMA wal_autocheckpoint = 0;"
                           "PRAGMA secure_delete = OFF;"
                           "PRAGMA journal_size_limit = ",
                           kLogBytesKept)));
  std::string journal_mode;
  RETURN_IF_ERROR(Query("PRAGMA journal_mode", {}, [&](const Row& row) {
    journal_mode = std::string(row.Text(0));
    return absl::OkStatus();
  }));
  if (journal_mode != "wal") {
    return absl::FailedPreconditionError("the SQLite file's disk does not support its log");
  }
  sqlite3_wal_hook(db_, &SqliteConnection::OnCommitted, this);
  return absl::OkStatus();
}

absl::Status SqliteConnection::MarkFile() {
  int64_t id = 0;
  RETURN_IF_ERROR(Query("PRAGMA application_id", {}, [&](const Row& row) {
    id = row.Integer(0);
    return absl::OkStatus();
  }));
  if (id != SqliteFile::kApplicationId) {
    RETURN_IF_ERROR(Run(absl::StrCat("PRAGMA application_id = ", SqliteFile::kApplicationId)));
  }
  file_.Remember();
  return absl::OkStatus();
}

absl::Status SqliteConnection::Renumber() {
  RETURN_IF_ERROR(data_loss_->Check());
  RETURN_IF_ERROR(CheckFile());
  absl::BitGen random;
  const auto number = absl::Uniform<int32_t>(absl::IntervalClosed, random, 1, INT32_MAX);
  if (!file_.ExpectNumber(static_cast<uint32_t>(number))) return absl::OkStatus();
  return RunOnce(absl::StrCat("PRAGMA user_version = ", number));
}

absl::Status SqliteConnection::CheckFile() {
  const absl::Status status = file_.Check(log_pages_);
  if (!status.ok()) data_loss_->Report(status.message());
  return status;
}

absl::StatusOr<int64_t> SqliteConnection::Execute(absl::string_view sql,
                                                  absl::Span<const Bind> binds) {
  ASSIGN_OR_RETURN(sqlite3_stmt* const statement, Prepare(sql, binds));
  // ALTER TABLE has columns too.
  const bool is_query = sqlite3_column_count(statement) > 0 && sqlite3_stmt_readonly(statement);
  if (is_query) return Fault("a query", sql);
  const ResetAtEnd reset(statement);
  const int64_t changes_before = sqlite3_total_changes64(db_);
  int code;
  do {
    code = sqlite3_step(statement);
  } while (code == SQLITE_ROW);
  if (code != SQLITE_DONE) return Failure(code, sql);
  return sqlite3_total_changes64(db_) - changes_before;
}

absl::Status SqliteConnection::Query(absl::string_view sql, absl::Span<const Bind> binds,
                                     absl::FunctionRef<absl::Status(const Row&)> on_row) {
  ASSIGN_OR_RETURN(sqlite3_stmt* const statement, Prepare(sql, binds));
  if (sqlite3_column_count(statement) == 0) return Fault("no query", sql);
  const ResetAtEnd reset(statement);
  const SqliteRow row(statement);
  absl::Status status;
  int code = SQLITE_ROW;
  while (status.ok() && (code = Step(statement)) == SQLITE_ROW) status = on_row(row);
  if (status.ok() && code != SQLITE_DONE) return Failure(code, sql);
  return status;
}

int SqliteConnection::Step(sqlite3_stmt* statement) {
  // Only here: an interrupted change would undo the whole transaction, and other writes with it.
  interruptible_ = sqlite3_stmt_readonly(statement) != 0;
  const int code = sqlite3_step(statement);
  interruptible_ = false;
  return code;
}

absl::Status SqliteConnection::Savepoint(absl::FunctionRef<absl::Status()> fn) {
  // Nested ones may share the name: it stands for the innermost.
  RETURN_IF_ERROR(Run("SAVEPOINT nested"));
  const absl::Status status = NoThrow(fn);
  RETURN_IF_ERROR(undone_);
  if (!status.ok()) RETURN_IF_ERROR(Run("ROLLBACK TO nested"));
  RETURN_IF_ERROR(Run("RELEASE nested"));
  return status;
}

absl::Status SqliteConnection::RunFirst(absl::FunctionRef<absl::Status()> fn) {
  const absl::Status status = NoThrow(fn);
  return undone_.ok() ? status : undone_;
}

absl::Status SqliteConnection::Begin(absl::Time deadline, const ReadGate* gate) {
  RETURN_IF_ERROR(data_loss_->Check());
  begin_ = absl::Now();
  if (begin_ >= deadline) return StatusOf(absl::StatusCode::kDeadlineExceeded);
  deadline_ = deadline;
  gate_ = gate;
  RETURN_IF_ERROR(Run(access_ == Access::kWrite ? "BEGIN IMMEDIATE" : "BEGIN"));
  in_transaction_ = true;
  return absl::OkStatus();
}

absl::Status SqliteConnection::Commit() {
  absl::Status status = data_loss_->Check();
  // Before it too: a write behind the end of what was cut off makes it as long as it was.
  if (status.ok()) status = CheckFile();
  if (status.ok()) status = Run("COMMIT");
  if (status.ok()) status = CheckFile();
  if (!status.ok()) Rollback();
  in_transaction_ = false;
  return status;
}

void SqliteConnection::Rollback() {
  in_transaction_ = false;
  met_damage_ = false;
  was_ended_ = false;
  gate_ = nullptr;
  undone_ = absl::OkStatus();
  if (sqlite3_get_autocommit(db_) == 0) Run("ROLLBACK").IgnoreError();
}

absl::Status SqliteConnection::Checkpoint(int mode) {
  RETURN_IF_ERROR(data_loss_->Check());
  RETURN_IF_ERROR(CheckFile());
  const int code = sqlite3_wal_checkpoint_v2(db_, nullptr, mode, nullptr, &copied_pages_);
  file_.Remember();
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return absl::OkStatus();
  return Failure(code, "(checkpoint)");
}

absl::Status SqliteConnection::Hold() {
  RETURN_IF_ERROR(Begin(absl::InfiniteFuture()));
  return TakeSnapshot();
}

absl::Status SqliteConnection::TakeSnapshot() {
  return Query("SELECT 1 FROM sqlite_schema LIMIT 1", {},
               [](const Row&) { return absl::OkStatus(); });
}

absl::Status SqliteConnection::CopyTo(const std::string& path, absl::FunctionRef<bool()> go_on) {
  RETURN_IF_ERROR(TakeSnapshot());
  sqlite3* copy = nullptr;
  int code =
      sqlite3_open_v2(path.c_str(), &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  // Nothing of it is used before all of it is there.
  if (code == SQLITE_OK) {
    code = sqlite3_exec(copy, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF", nullptr,
                        nullptr, nullptr);
  }
  bool cancelled = false;
  if (code == SQLITE_OK) {
    sqlite3_backup* const backup = sqlite3_backup_init(copy, "main", db_, "main");
    do {
      code = backup == nullptr ? sqlite3_errcode(copy)
                               : sqlite3_backup_step(backup, kPagesPerCopyStep);
      cancelled = !go_on();
    } while (code == SQLITE_OK && !cancelled);
    sqlite3_backup_finish(backup);
  }
  sqlite3_close(copy);
  if (cancelled) return absl::CancelledError("cancelled");
  if (code == SQLITE_DONE) return absl::OkStatus();
  // Of the copy mostly: what is wrong with the database itself other reads find out.
  return absl::Status(CodeOf(code) == absl::StatusCode::kResourceExhausted
                          ? absl::StatusCode::kResourceExhausted
                          : absl::StatusCode::kUnavailable,
                      absl::StrCat("the database cannot be copied: ", sqlite3_errstr(code)));
}

absl::Status SqliteConnection::CheckPages(absl::FunctionRef<void(absl::string_view)> on_problem,
                                          absl::FunctionRef<bool()> go_on) {
  go_on_ = &go_on;
  const auto forget = absl::MakeCleanup([this] { go_on_ = nullptr; });
  const absl::Status status = Query("PRAGMA integrity_check(100)", {}, [&](const Row& row) {
    const std::string text(row.Text(0));
    if (text != "ok") on_problem(text);
    return absl::OkStatus();
  });
  if (absl::IsDeadlineExceeded(status) && !go_on()) return absl::CancelledError("cancelled");
  if (!IsDamage(status)) return status;
  on_problem(status.message());
  return absl::OkStatus();
}

absl::StatusOr<sqlite3_stmt*> SqliteConnection::Prepare(absl::string_view sql,
                                                        absl::Span<const Bind> binds) {
  // Without its transaction a statement would commit by itself.
  RETURN_IF_ERROR(undone_);
  if (TooOld()) return EndedAsTooOld();
  const Statement* cached = statements_.Find(sql);
  if (cached == nullptr) {
    ASSIGN_OR_RETURN(Statement compiled, Compile(sql));
    cached = statements_.Insert(sql, std::move(compiled));
  }
  sqlite3_stmt* const statement = cached->get();
  if (sqlite3_bind_parameter_count(statement) != static_cast<int>(binds.size())) {
    return Fault("another number of binds than of parameters", sql);
  }
  for (size_t i = 0; i < binds.size(); ++i) {
    const int code = BindOne(statement, static_cast<int>(i) + 1, binds[i]);
    if (code != SQLITE_OK) return Failure(code, sql);
  }
  return statement;
}

absl::StatusOr<SqliteConnection::Statement> SqliteConnection::Compile(absl::string_view sql) {
  sqlite3_stmt* compiled = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &compiled, &rest);
  Statement statement(compiled);
  if (code != SQLITE_OK) return Failure(code, sql);
  const absl::string_view unread =
      absl::StripAsciiWhitespace(sql.substr(static_cast<size_t>(rest - sql.data())));
  if (statement == nullptr || !unread.empty()) return Fault("not one statement", sql);
  return statement;
}

absl::Status SqliteConnection::Run(absl::string_view sql) { return Execute(sql, {}).status(); }

absl::Status SqliteConnection::RunOnce(const std::string& sql) {
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Failure(code, sql);
}

absl::Status SqliteConnection::Failure(int code, absl::string_view sql) {
  // SUM's own error has no code of its own.
  if (code == SQLITE_ERROR && sqlite3_errmsg(db_) == absl::string_view("integer overflow")) {
    return absl::OutOfRangeError("a sum does not fit");
  }
  if (code == SQLITE_INTERRUPT && TooOld()) return EndedAsTooOld();
  const bool damage = MeetsDamage(code, access_ == Access::kWrite);
  // Not a page is damaged, where it is the file that is gone.
  if (damage && access_ == Access::kWrite) CheckFile().IgnoreError();
  const absl::Status status = damage ? Damage() : StatusOf(CodeOf(code));
  if (!absl::IsAlreadyExists(status) && !absl::IsDeadlineExceeded(status)) {
    LogLine(Severity::kError, "SQLite answered an error",
            {{"code", code}, {"detail", sqlite3_errmsg(db_)}, {"sql", sql}});
  }
  met_damage_ = met_damage_ || damage;
  if (absl::IsDataLoss(status) && !damage) data_loss_->Report(sqlite3_errmsg(db_));
  if (in_transaction_ && sqlite3_get_autocommit(db_) != 0) undone_ = status;
  return status;
}

absl::Status SqliteConnection::EndedAsTooOld() {
  was_ended_ = true;
  return absl::DeadlineExceededError(kReadTooLong);
}

absl::Status SqliteConnection::Fault(absl::string_view what, absl::string_view sql) {
  LogLine(Severity::kError, "A statement is at fault", {{"detail", what}, {"sql", sql}});
  return StatusOf(absl::StatusCode::kInternal);
}

int SqliteConnection::OnProgress(void* self) {
  const auto* const connection = static_cast<SqliteConnection*>(self);
  if (!connection->interruptible_) return 0;
  const bool stopped = connection->go_on_ != nullptr && !(*connection->go_on_)();
  return stopped || absl::Now() >= connection->deadline_ || connection->TooOld() ? 1 : 0;
}

int SqliteConnection::OnCommitted(void* self, sqlite3* /*db*/, const char* /*schema*/,
                                  int log_pages) {
  auto* const connection = static_cast<SqliteConnection*>(self);
  // It started anew.
  if (log_pages <= connection->log_pages_) connection->copied_pages_ = 0;
  connection->log_pages_ = log_pages;
  return SQLITE_OK;
}

}  // namespace perennial::sql
