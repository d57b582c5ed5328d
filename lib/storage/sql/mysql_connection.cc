#include "lib/storage/sql/mysql_connection.h"

#include <cppconn/datatype.h>
#include <cppconn/driver.h>
#include <cppconn/parameter_metadata.h>
#include <cppconn/resultset.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/log.h"
#include "lib/base/no_throw.h"
#include "lib/base/status.h"
#include "lib/storage/sql/mysql_row.h"
#include "lib/storage/sql/mysql_text.h"

namespace perennial::sql {
namespace {

constexpr int64_t kStatementCacheCapacity = 128;
// However long statements may take.
constexpr absl::Duration kConnectPatience = absl::Seconds(30);
// A process takes one part of so many of the server's prepared statements.
constexpr int64_t kProcesses = 4;

// How many statements each session of a process may keep.
size_t StatementsFor(int64_t max_of_server, int sessions) {
  if (max_of_server < 0) return kStatementCacheCapacity;  // no bound
  return static_cast<size_t>(
      std::min(kStatementCacheCapacity, max_of_server / kProcesses / std::max(sessions, 1)));
}

::sql::SQLString ToSqlString(absl::string_view text) { return {text.data(), text.size()}; }

int WholeSeconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Seconds(absl::Ceil(duration, absl::Seconds(1))));
}

::sql::ConnectOptionsMap ConnectOptions(const MysqlTarget& target, absl::Duration connect_timeout) {
  ::sql::ConnectOptionsMap options;
  options["hostName"] = ToSqlString(absl::StrCat("tcp://", target.host));
  options["port"] = target.port;
  options["userName"] = ToSqlString(target.user);
  options["password"] = ToSqlString(target.password);
  options["schema"] = ToSqlString(target.database);
  options["OPT_CONNECT_TIMEOUT"] = WholeSeconds(connect_timeout);
  if (target.statement_timeout < absl::InfiniteDuration()) {
    options["OPT_READ_TIMEOUT"] = WholeSeconds(target.statement_timeout);
    options["OPT_WRITE_TIMEOUT"] = WholeSeconds(target.statement_timeout);
  }
  // A server may not ask for the client's files.
  options["OPT_LOCAL_INFILE"] = 0;
  // Counts the rows that an UPDATE matched, changed or not, as SQLite does.
  options["CLIENT_FOUND_ROWS"] = true;
  if (!target.tls_ca_file.empty()) {
    options["sslEnforce"] = true;
    options["sslVerify"] = true;
    options["sslCA"] = ToSqlString(target.tls_ca_file);
  }
  return options;
}

void BindOne(::sql::PreparedStatement& statement, unsigned index, const Bind& bind) {
  switch (bind.kind()) {
    case Bind::Kind::kNull:
      return statement.setNull(index, ::sql::DataType::SQLNULL);
    case Bind::Kind::kInteger:
      return statement.setInt64(index, bind.integer());
    case Bind::Kind::kReal:
      return statement.setDouble(index, bind.real());
    case Bind::Kind::kText:
    case Bind::Kind::kBytes:
      // Bytes too: the server stores them unchanged, and setBlob would take a packet of its own.
      return statement.setString(index, ToSqlString(bind.text()));
  }
}

// INTERNAL: the caller handed in something that does not fit.
absl::Status Fault(absl::string_view what, absl::string_view sql) {
  LogLine(Severity::kError, "A statement is at fault", {{"detail", what}, {"sql", sql}});
  return ToStatus(MysqlError::kOther);
}

// What is not one of the things of daily life (or of a migration's).
void LogFailure(MysqlError error, const ::sql::SQLException& exception, absl::string_view sql) {
  if (error == MysqlError::kDuplicateKey || error == MysqlError::kConflict ||
      error == MysqlError::kSchemaDiffers) {
    return;
  }
  LogLine(error == MysqlError::kConnectionLost ? Severity::kWarning : Severity::kError,
          "MySQL answered an error",
          {{"code", exception.getErrorCode()}, {"detail", exception.what()}, {"sql", sql}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<MysqlConnection>> MysqlConnection::Connect(const MysqlTarget& target,
                                                                          absl::Time deadline) {
  const absl::Duration remaining = deadline - absl::Now();
  if (remaining <= absl::ZeroDuration()) return ToStatus(MysqlError::kTookTooLong);
  static ::sql::Driver* const driver = ::get_driver_instance();
  std::unique_ptr<::sql::Connection> session;
  try {
    ::sql::ConnectOptionsMap options =
        ConnectOptions(target, std::min({remaining, target.statement_timeout, kConnectPatience}));
    session.reset(driver->connect(options));
  } catch (const ::sql::SQLException& exception) {
    const MysqlError error =
        ClassifyMysqlError(MysqlFlavor::kUnknown, exception.getErrorCode(), exception.what());
    LogFailure(error, exception, "(connect)");
    return ToStatus(error);
  }
  std::unique_ptr<MysqlConnection> connection(new MysqlConnection(std::move(session)));
  RETURN_IF_ERROR(connection->Configure(target));
  return connection;
}

MysqlConnection::MysqlConnection(std::unique_ptr<::sql::Connection> session)
    : session_(std::move(session)), text_statement_(session_->createStatement()), statements_(0) {}

absl::Status MysqlConnection::Configure(const MysqlTarget& target) {
  if (!target.tls_ca_file.empty()) RETURN_IF_ERROR(CheckEncrypted());
  RETURN_IF_ERROR(LearnOfServer(target.sessions));
  // On a node of a cluster, reads see what was written through another node before.
  if (galera_) RETURN_IF_ERROR(Run("SET SESSION wsrep_sync_wait = 1"));
  // The driver has just set REPEATABLE READ.
  RETURN_IF_ERROR(Run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"));
  // Without the collation, whose number the driver would not know in MariaDB's answers.
  RETURN_IF_ERROR(Run("SET NAMES utf8mb4"));
  // Strict, and as near to SQLite's reading of the same text as it gets.
  return Run(absl::StrCat(
      "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY,"
      "ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES', "
      "SESSION innodb_lock_wait_timeout = 5, SESSION collation_connection = ",
      CollationOf(flavor_)));
}

absl::Status MysqlConnection::LearnOfServer(int sessions) {
  const std::string sql =
      "SHOW GLOBAL VARIABLES WHERE Variable_name IN "
      "('version', 'version_comment', 'wsrep_on', 'max_prepared_stmt_count')";
  std::string version, comment;
  int64_t max_statements = -1;
  try {
    const std::unique_ptr<::sql::ResultSet> result(text_statement_->executeQuery(sql));
    while (result->next()) {
      const std::string name = result->getString(1);
      const std::string value = result->getString(2);
      if (name == "version") version = value;
      if (name == "version_comment") comment = value;
      if (name == "wsrep_on") galera_ = value == "ON";
      if (name == "max_prepared_stmt_count" && !absl::SimpleAtoi(value, &max_statements)) {
        max_statements = -1;
      }
    }
  } catch (const ::sql::SQLException& exception) {
    return Failure(exception, sql);
  }
  flavor_ = FlavorOf(version, comment);
  statements_ = StatementCache<PreparedStatement>(StatementsFor(max_statements, sessions));
  return absl::OkStatus();
}

absl::Status MysqlConnection::CheckEncrypted() {
  const std::string sql = "SHOW SESSION STATUS LIKE 'Ssl_cipher'";
  try {
    const std::unique_ptr<::sql::ResultSet> result(text_statement_->executeQuery(sql));
    if (result->next() && result->getString(2).length() > 0) return absl::OkStatus();
    return absl::UnavailableError("the connection to the database is not encrypted");
  } catch (const ::sql::SQLException& exception) {
    return Failure(exception, sql);
  }
}

absl::StatusOr<int64_t> MysqlConnection::Execute(absl::string_view sql,
                                                 absl::Span<const Bind> binds) {
  RETURN_IF_ERROR(CheckUse());
  if (!writing_) return Fault("a write within a read", sql);
  try {
    ::sql::PreparedStatement* const statement = Prepare(sql, binds);
    if (statement == nullptr) return text_statement_->executeUpdate(WithLiterals(sql, binds));
    if (statement->getMetaData()->getColumnCount() > 0) return Fault("a query", sql);
    return statement->executeUpdate();
  } catch (const ::sql::SQLException& exception) {
    return Failure(exception, sql);
  }
}

absl::Status MysqlConnection::Query(absl::string_view sql, absl::Span<const Bind> binds,
                                    absl::FunctionRef<absl::Status(const Row&)> on_row) {
  RETURN_IF_ERROR(CheckUse());
  try {
    ASSIGN_OR_RETURN(const std::unique_ptr<::sql::ResultSet> result, Ask(sql, binds));
    const MysqlRow row(*result);
    while (result->next()) {
      RETURN_IF_ERROR(on_row(row));
      RETURN_IF_ERROR(row.status());
    }
    return absl::OkStatus();
  } catch (const ::sql::SQLException& exception) {
    return Failure(exception, sql);
  }
}

absl::StatusOr<std::unique_ptr<::sql::ResultSet>> MysqlConnection::Ask(
    absl::string_view sql, absl::Span<const Bind> binds) {
  ::sql::PreparedStatement* const statement = Prepare(sql, binds);
  if (statement == nullptr) {
    return std::unique_ptr<::sql::ResultSet>(
        text_statement_->executeQuery(WithLiterals(sql, binds)));
  }
  if (statement->getMetaData()->getColumnCount() == 0) return Fault("no query", sql);
  return std::unique_ptr<::sql::ResultSet>(statement->executeQuery());
}

absl::Status MysqlConnection::Savepoint(absl::FunctionRef<absl::Status()> fn) {
  const std::string name = absl::StrCat("nested", ++savepoints_);
  RETURN_IF_ERROR(Run(absl::StrCat("SAVEPOINT ", name)));
  const absl::Status status = NoThrow(fn);
  RETURN_IF_ERROR(undone_);
  if (!status.ok()) RETURN_IF_ERROR(Run(absl::StrCat("ROLLBACK TO SAVEPOINT ", name)));
  RETURN_IF_ERROR(Run(absl::StrCat("RELEASE SAVEPOINT ", name)));
  return status;
}

absl::Status MysqlConnection::BeginRead(Reading reading, absl::Time deadline) {
  deadline_ = deadline;
  undone_ = absl::OkStatus();
  writing_ = false;
  if (reading == Reading::kByQuery) return absl::OkStatus();
  // For the next transaction alone: a setting of the session would take other sessions for reading
  // than for writing, each with its statements.
  RETURN_IF_ERROR(Run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
  open_ = true;
  return Run("START TRANSACTION READ ONLY");
}

absl::Status MysqlConnection::BeginWrite(absl::Time deadline) {
  deadline_ = deadline;
  undone_ = absl::OkStatus();
  open_ = true;
  writing_ = true;
  savepoints_ = 0;
  return Run("START TRANSACTION");
}

absl::Status MysqlConnection::Commit() {
  const absl::Status status = Run("COMMIT");
  if (status.ok()) {
    open_ = false;
  } else {
    Rollback();
  }
  return status;
}

void MysqlConnection::Rollback() {
  if (!usable_ || !open_) return;
  try {
    text_statement_->execute("ROLLBACK");
    open_ = false;
  } catch (const ::sql::SQLException& exception) {
    LogFailure(MysqlError::kConnectionLost, exception, "ROLLBACK");
    usable_ = false;
  }
}

absl::Status MysqlConnection::CheckUse() const {
  RETURN_IF_ERROR(undone_);
  return absl::Now() < deadline_ ? absl::OkStatus() : ToStatus(MysqlError::kTookTooLong);
}

::sql::PreparedStatement* MysqlConnection::Prepare(absl::string_view sql,
                                                   absl::Span<const Bind> binds) {
  ::sql::PreparedStatement* const statement = FindOrPrepare(sql);
  if (statement == nullptr) return nullptr;
  if (statement->getParameterMetaData()->getParameterCount() != static_cast<int>(binds.size())) {
    throw ::sql::InvalidArgumentException("another number of binds than of parameters");
  }
  for (size_t i = 0; i < binds.size(); ++i) {
    BindOne(*statement, static_cast<unsigned>(i) + 1, binds[i]);
  }
  return statement;
}

::sql::PreparedStatement* MysqlConnection::FindOrPrepare(absl::string_view sql) {
  if (const PreparedStatement* cached = statements_.Find(sql)) return cached->get();
  if (statements_.capacity() == 0) return nullptr;
  try {
    return statements_.Insert(sql, PreparedStatement(session_->prepareStatement(ToSqlString(sql))))
        ->get();
  } catch (const ::sql::SQLException& exception) {
    if (Classify(exception) != MysqlError::kNoRoomForStatements) throw;
    // Others need them more: the next ones may find room again.
    statements_.Clear();
    return nullptr;
  }
}

absl::Status MysqlConnection::Run(const std::string& sql) {
  RETURN_IF_ERROR(CheckUse());
  try {
    text_statement_->execute(sql);
    return absl::OkStatus();
  } catch (const ::sql::SQLException& exception) {
    return Failure(exception, sql);
  }
}

MysqlError MysqlConnection::Classify(const ::sql::SQLException& exception) const {
  return ClassifyMysqlError(flavor_, exception.getErrorCode(), exception.what());
}

absl::Status MysqlConnection::Failure(const ::sql::SQLException& exception, absl::string_view sql) {
  const MysqlError error = Classify(exception);
  const absl::Status status = ToStatus(error);
  LogFailure(error, exception, sql);
  statements_.Erase(sql);
  if (error == MysqlError::kConnectionLost) usable_ = false;
  if (error == MysqlError::kConnectionLost || error == MysqlError::kConflict) undone_ = status;
  return status;
}

}  // namespace perennial::sql
