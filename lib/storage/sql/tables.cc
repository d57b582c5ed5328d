#include "lib/storage/sql/tables.h"

#include <utility>

#include "absl/time/clock.h"
#include "lib/base/status.h"

namespace perennial::sql {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

}  // namespace

absl::StatusOr<std::vector<std::string>> TableNames(Database& database) {
  const absl::string_view sql =
      database.engine() == Engine::kSqlite
          ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
          : "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()";
  std::vector<std::string> names;
  RETURN_IF_ERROR(database.Read(absl::Now() + kPatience, [&](Connection& connection) {
    names.clear();
    return connection.Query(sql, {}, [&](const Row& row) {
      names.emplace_back(row.Text(0));
      return absl::OkStatus();
    });
  }));
  return names;
}

absl::Status RunAlone(Database& mysql, absl::string_view name,
                      absl::FunctionRef<absl::Status()> fn) {
  bool begun = false;
  return mysql.Read(absl::InfiniteFuture(), [&](Connection& connection) -> absl::Status {
    if (std::exchange(begun, true)) {
      return absl::UnavailableError("the connection to the database was lost");
    }
    bool taken = true;
    RETURN_IF_ERROR(connection.Query("SELECT GET_LOCK(CONCAT(?, LEFT(DATABASE(), 40)), 0)", {name},
                                     [&](const Row& row) {
                                       taken = row.IsNull(0) || row.Integer(0) == 1;
                                       return absl::OkStatus();
                                     }));
    if (!taken) return absl::FailedPreconditionError("another process does the same");
    const absl::Status status = fn();
    connection.Query("SELECT RELEASE_ALL_LOCKS()", {}, [](const Row&) { return absl::OkStatus(); })
        .IgnoreError();
    return status;
  });
}

}  // namespace perennial::sql
