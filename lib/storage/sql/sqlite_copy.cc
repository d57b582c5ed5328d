#include "lib/storage/sql/sqlite_copy.h"

#include <sqlite3.h>

#include <filesystem>
#include <optional>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"

namespace perennial::sql {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

}  // namespace

absl::StatusOr<bool> CopyPages(Database& database, const std::string& path,
                               absl::FunctionRef<bool()> go_on) {
  auto* const source = dynamic_cast<PageSource*>(&database);
  if (source == nullptr) return false;
  RETURN_IF_ERROR(source->CopyTo(path, go_on));
  return true;
}

absl::StatusOr<int64_t> SizeOf(Database& database) {
  const absl::string_view sql =
      database.engine() == Engine::kSqlite
          ? "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
          : "SELECT CAST(SUM(data_length) AS SIGNED) FROM information_schema.tables "
            "WHERE table_schema = DATABASE()";
  int64_t size = 0;
  RETURN_IF_ERROR(database.Read(absl::Now() + kPatience, [&](Connection& connection) {
    return connection.Query(sql, {}, [&](const Row& row) {
      size = row.Integer(0);
      return absl::OkStatus();
    });
  }));
  return size;
}

std::string TemporaryPrefix(const Options& options) {
  std::error_code error;
  if (const std::optional<std::string> path = SqlitePath(options.url)) {
    const auto whole = std::filesystem::weakly_canonical(*path, error);
    return absl::StrCat(whole.string(), ".unfinished-backup-");
  }
  return (std::filesystem::temp_directory_path(error) / "perennial-backup-").string();
}

absl::Status CheckIntegrity(Database& sqlite, absl::FunctionRef<bool()> go_on) {
  std::string problem;
  const auto keep_first = [&](absl::string_view what) {
    if (problem.empty()) problem = std::string(what);
  };
  RETURN_IF_ERROR(dynamic_cast<PageSource&>(sqlite).CheckPages(keep_first, go_on));
  if (problem.empty()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the file is damaged: ", problem));
}

absl::Status MakePortable(const std::string& path) {
  sqlite3* db = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
  if (code == SQLITE_OK) {
    code = sqlite3_exec(db, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
  }
  sqlite3_close(db);
  if (code == SQLITE_OK) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the copy cannot be completed: ", sqlite3_errstr(code)));
}

}  // namespace perennial::sql
