#include "lib/storage/sql/tables.h"

#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "lib/base/status.h"

namespace perennial::sql {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

constexpr absl::string_view kSqliteTables =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";

absl::StatusOr<std::vector<std::string>> NamesOf(Connection& connection, absl::string_view sql) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(connection.Query(sql, {}, [&](const Row& row) {
    names.emplace_back(row.Text(0));
    return absl::OkStatus();
  }));
  return names;
}

absl::Status LostConnection() {
  return absl::UnavailableError(
      "the connection that kept others from doing the same to the database was lost");
}

// A question about a lock: nullopt for NULL.
absl::Status Ask(Connection& connection, absl::string_view question, absl::string_view lock,
                 std::optional<bool>& answer) {
  return connection.Query(question, {lock}, [&](const Row& row) {
    if (!row.IsNull(0)) answer = row.Integer(0) == 1;
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<std::vector<std::string>> TableNames(Database& database) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(
      database.Read(absl::Now() + kPatience, [&](Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(
            names,
            NamesOf(connection, database.engine() == Engine::kSqlite
                                    ? kSqliteTables
                                    : "SELECT table_name FROM information_schema.tables "
                                      "WHERE table_schema = DATABASE() ORDER BY table_name"));
        return absl::OkStatus();
      }));
  return names;
}

absl::StatusOr<std::vector<std::string>> SqliteTables(Connection& sqlite_file) {
  return NamesOf(sqlite_file, kSqliteTables);
}

absl::StatusOr<std::vector<SqliteColumn>> SqliteColumns(Connection& sqlite_file,
                                                        absl::string_view table) {
  std::vector<SqliteColumn> columns;
  RETURN_IF_ERROR(sqlite_file.Query(
      "SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid", {table}, [&](const Row& row) {
        columns.push_back({std::string(row.Text(0)), std::string(row.Text(1)), row.Integer(2)});
        return absl::OkStatus();
      }));
  return columns;
}

absl::Status RunAlone(
    Database& mysql, absl::string_view name,
    absl::FunctionRef<absl::Status(absl::FunctionRef<absl::Status()> still_alone)> fn) {
  bool begun = false;
  return mysql.Read(absl::InfiniteFuture(), [&](Connection& connection) -> absl::Status {
    if (std::exchange(begun, true)) return LostConnection();
    // No answer: a server without such locks.
    std::optional<bool> taken;
    RETURN_IF_ERROR(
        Ask(connection, "SELECT GET_LOCK(CONCAT(?, LEFT(DATABASE(), 40)), 0)", name, taken));
    if (taken == false) return absl::FailedPreconditionError("another process does the same");
    const absl::Status status = fn([&]() -> absl::Status {
      std::optional<bool> held;
      const absl::Status asked =
          Ask(connection, "SELECT IS_USED_LOCK(CONCAT(?, LEFT(DATABASE(), 40))) = CONNECTION_ID()",
              name, held);
      return asked.ok() && held == taken ? absl::OkStatus() : LostConnection();
    });
    connection.Query("SELECT RELEASE_ALL_LOCKS()", {}, [](const Row&) { return absl::OkStatus(); })
        .IgnoreError();
    return status;
  });
}

}  // namespace perennial::sql
