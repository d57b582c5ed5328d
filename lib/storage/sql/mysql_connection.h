#ifndef PERENNIAL_LIB_STORAGE_SQL_MYSQL_CONNECTION_H_
#define PERENNIAL_LIB_STORAGE_SQL_MYSQL_CONNECTION_H_

#include <cppconn/connection.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>

#include <memory>
#include <string>

#include "lib/storage/sql/database.h"
#include "lib/storage/sql/mysql_error.h"
#include "lib/storage/sql/statement_cache.h"

namespace perennial::sql {

// Where and as whom to connect.
struct MysqlTarget {
  std::string host;
  int port = 3306;
  std::string user;
  std::string password;
  std::string database;     // empty: none
  std::string tls_ca_file;  // not empty: encrypted and verified, or refused
  absl::Duration statement_timeout = absl::Seconds(30);
  // So many share what the server gives this process.
  int sessions = 1;
};

// One session of a server with its prepared statements. Used by one thread at a time.
class MysqlConnection final : public Connection {
 public:
  static absl::StatusOr<std::unique_ptr<MysqlConnection>> Connect(const MysqlTarget& target,
                                                                  absl::Time deadline);

  MysqlConnection(const MysqlConnection&) = delete;
  MysqlConnection& operator=(const MysqlConnection&) = delete;

  absl::StatusOr<int64_t> Execute(absl::string_view sql, absl::Span<const Bind> binds) override;
  absl::Status Query(absl::string_view sql, absl::Span<const Bind> binds,
                     absl::FunctionRef<absl::Status(const Row&)> on_row) override;
  absl::Status Savepoint(absl::FunctionRef<absl::Status()> fn) override;

  // The use of the connection for one Read or one Write, in the order of these functions.
  // Statements that would start after `deadline` answer DEADLINE_EXCEEDED, COMMIT among them.
  //
  // A snapshot begins with the first query and lasts until Rollback; without it each query is one
  // by itself.
  enum class Reading { kSnapshot, kByQuery };
  absl::Status BeginRead(Reading reading, absl::Time deadline);
  absl::Status BeginWrite(absl::Time deadline);
  absl::Status Commit();
  // Ends whatever is open; the connection is not usable where that fails.
  void Rollback();

  MysqlFlavor flavor() const { return flavor_; }

  // The conflict or the loss of the connection that undid what this use did so far, so that it
  // may be tried again. Until the next use every call answers it, as statements outside of their
  // transaction would commit by themselves.
  const absl::Status& undone() const { return undone_; }

  // False: it must not be used again, as it was lost, or something is open on it.
  bool usable() const { return usable_ && !open_; }

 private:
  using PreparedStatement = std::unique_ptr<::sql::PreparedStatement>;

  explicit MysqlConnection(std::unique_ptr<::sql::Connection> session);

  absl::Status Configure(const MysqlTarget& target);
  // What kind of server it is, and what it has for this session.
  absl::Status LearnOfServer(int sessions);
  absl::Status CheckEncrypted();
  // Whether a statement may run now.
  absl::Status CheckUse() const;
  // The statement with its binds; null where the server has no room for another: it then goes as
  // text. Throws what the driver throws.
  ::sql::PreparedStatement* Prepare(absl::string_view sql, absl::Span<const Bind> binds);
  // The same without its binds.
  ::sql::PreparedStatement* FindOrPrepare(absl::string_view sql);
  // The answer to a query. Throws what the driver throws.
  absl::StatusOr<std::unique_ptr<::sql::ResultSet>> Ask(absl::string_view sql,
                                                        absl::Span<const Bind> binds);
  // Sends text that needs no preparing.
  absl::Status Run(const std::string& sql);
  MysqlError Classify(const ::sql::SQLException& exception) const;
  absl::Status Failure(const ::sql::SQLException& exception, absl::string_view sql);

  const std::unique_ptr<::sql::Connection> session_;
  const std::unique_ptr<::sql::Statement> text_statement_;
  MysqlFlavor flavor_ = MysqlFlavor::kUnknown;
  bool galera_ = false;
  StatementCache<PreparedStatement> statements_;
  absl::Time deadline_ = absl::InfiniteFuture();
  // This use of it is a Write.
  bool writing_ = false;
  // A transaction or a snapshot.
  bool open_ = false;
  int savepoints_ = 0;
  absl::Status undone_;
  bool usable_ = true;
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_MYSQL_CONNECTION_H_
