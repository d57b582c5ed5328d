#include "lib/storage/sql/check_pages.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "lib/base/status.h"
#include "lib/storage/sql/damage.h"

namespace perennial::sql {

absl::Status CheckPages(Database& database, const std::vector<std::string>& tables,
                        absl::FunctionRef<void(absl::string_view)> on_problem) {
  const bool sqlite = database.engine() == Engine::kSqlite;
  const auto check = [&](const std::string& statement) {
    return database.Read(absl::InfiniteFuture(), [&](Connection& connection) {
      return connection.Query(statement, {}, [&](const Row& row) {
        // MySQL: table, op, type of the message, its text.
        const std::string text(row.Text(sqlite ? 0 : 3));
        if (text != "ok" && text != "OK") on_problem(text);
        return absl::OkStatus();
      });
    });
  };
  if (sqlite) {
    const absl::Status status = check("PRAGMA integrity_check(1000)");
    if (!IsDamage(status)) return status;
    on_problem(status.message());
    return absl::OkStatus();
  }
  for (const std::string& table : tables) {
    RETURN_IF_ERROR(check(absl::StrCat("CHECK TABLE ", table)));
  }
  return absl::OkStatus();
}

}  // namespace perennial::sql
