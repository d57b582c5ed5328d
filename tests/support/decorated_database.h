#ifndef PERENNIAL_TESTS_SUPPORT_DECORATED_DATABASE_H_
#define PERENNIAL_TESTS_SUPPORT_DECORATED_DATABASE_H_

#include <memory>
#include <string>

#include "lib/storage/sql/database.h"

namespace perennial {

// A database each of whose statements somebody sees before it is run, who may answer an error
// in its place. Every way into the database is passed on as it is.
class DecoratedDatabase : public sql::Database {
 public:
  using Function = absl::FunctionRef<absl::Status(sql::Connection&)>;

  explicit DecoratedDatabase(std::unique_ptr<sql::Database> database)
      : database_(std::move(database)) {}

  sql::Engine engine() const override { return database_->engine(); }
  const sql::Facts& facts() const override { return database_->facts(); }
  absl::Status Read(absl::Time deadline, Function fn) final {
    return RunRead(&sql::Database::Read, deadline, fn);
  }
  absl::Status ReadByQuery(absl::Time deadline, Function fn) final {
    return RunRead(&sql::Database::ReadByQuery, deadline, fn);
  }
  absl::Status ReadAside(absl::Time deadline, Function fn) final {
    return RunRead(&sql::Database::ReadAside, deadline, fn);
  }
  absl::Status Write(absl::Time deadline, Function fn) final {
    return RunWrite(&sql::Database::Write, deadline, fn);
  }
  absl::Status WriteAside(absl::Time deadline, Function fn) final {
    return RunWrite(&sql::Database::WriteAside, deadline, fn);
  }
  sql::Statistics statistics() const override { return database_->statistics(); }
  std::string file() const override { return database_->file(); }
  void EndUpgrade() override { database_->EndUpgrade(); }

 protected:
  // One of the functions of sql::Database that run `fn`.
  using Way = absl::Status (sql::Database::*)(absl::Time deadline, Function fn);

  // What is around a whole read or write: to be passed on to Run, once or more.
  virtual absl::Status RunRead(Way way, absl::Time deadline, Function fn) {
    return Run(way, deadline, fn);
  }
  virtual absl::Status RunWrite(Way way, absl::Time deadline, Function fn) {
    return Run(way, deadline, fn);
  }
  absl::Status Run(Way way, absl::Time deadline, Function fn);

  // `connection` is the undecorated one. Called by many threads at once.
  virtual absl::Status Before(sql::Connection& connection, absl::string_view sql,
                              absl::Span<const sql::Bind> binds) = 0;

 private:
  class DecoratedConnection;

  const std::unique_ptr<sql::Database> database_;
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_SUPPORT_DECORATED_DATABASE_H_
