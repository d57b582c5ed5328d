#ifndef PERENNIAL_TESTS_SUPPORT_DECORATED_DATABASE_H_
#define PERENNIAL_TESTS_SUPPORT_DECORATED_DATABASE_H_

#include <memory>

#include "lib/storage/sql/database.h"

namespace perennial {

// A database each of whose statements somebody sees before it is run, who may answer an error
// in its place.
class DecoratedDatabase : public sql::Database {
 public:
  explicit DecoratedDatabase(std::unique_ptr<sql::Database> database)
      : database_(std::move(database)) {}

  sql::Engine engine() const override { return database_->engine(); }
  const sql::Facts& facts() const override { return database_->facts(); }
  absl::Status Read(absl::Time deadline,
                    absl::FunctionRef<absl::Status(sql::Connection&)> fn) override;
  absl::Status Write(absl::Time deadline,
                     absl::FunctionRef<absl::Status(sql::Connection&)> fn) override;
  sql::Statistics statistics() const override { return database_->statistics(); }

 protected:
  // `connection` is the undecorated one. Called by many threads at once.
  virtual absl::Status Before(sql::Connection& connection, absl::string_view sql,
                              absl::Span<const sql::Bind> binds) = 0;

 private:
  class DecoratedConnection;

  const std::unique_ptr<sql::Database> database_;
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_SUPPORT_DECORATED_DATABASE_H_
