#include "tests/support/decorated_database.h"

#include "lib/base/status.h"

namespace perennial {

class DecoratedDatabase::DecoratedConnection final : public sql::Connection {
 public:
  DecoratedConnection(DecoratedDatabase& database, sql::Connection& connection)
      : database_(database), connection_(connection) {}

  absl::StatusOr<int64_t> Execute(absl::string_view sql,
                                  absl::Span<const sql::Bind> binds) override {
    RETURN_IF_ERROR(database_.Before(connection_, sql, binds));
    return connection_.Execute(sql, binds);
  }

  absl::Status Query(absl::string_view sql, absl::Span<const sql::Bind> binds,
                     absl::FunctionRef<absl::Status(const sql::Row&)> on_row) override {
    RETURN_IF_ERROR(database_.Before(connection_, sql, binds));
    return connection_.Query(sql, binds, on_row);
  }

  absl::Status Savepoint(absl::FunctionRef<absl::Status()> fn) override {
    return connection_.Savepoint(fn);
  }

 private:
  DecoratedDatabase& database_;
  sql::Connection& connection_;
};

absl::Status DecoratedDatabase::Run(Way way, absl::Time deadline, Function fn) {
  return (database_.get()->*way)(deadline, [&](sql::Connection& connection) {
    DecoratedConnection decorated(*this, connection);
    return fn(decorated);
  });
}

}  // namespace perennial
