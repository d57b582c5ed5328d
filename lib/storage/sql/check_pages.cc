#include "lib/storage/sql/check_pages.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "lib/base/status.h"
#include "lib/storage/sql/sqlite_copy.h"
#include "lib/storage/sql/sqlite_log_file.h"

namespace perennial::sql {
namespace {

absl::Status RunCheck(Database& database, const std::string& statement,
                      absl::FunctionRef<void(absl::string_view)> on_problem) {
  // MySQL: table, op, type of the message, its text.
  const int text_column = database.engine() == Engine::kSqlite ? 0 : 3;
  std::vector<std::string> problems;
  RETURN_IF_ERROR(database.Read(absl::InfiniteFuture(), [&](Connection& connection) {
    problems.clear();
    return connection.Query(statement, {}, [&](const Row& row) {
      const absl::string_view text = row.Text(text_column);
      if (text != "ok" && text != "OK") problems.emplace_back(text);
      return absl::OkStatus();
    });
  }));
  for (const std::string& problem : problems) on_problem(problem);
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPages(Database& database, const std::vector<std::string>& tables,
                        absl::FunctionRef<void(absl::string_view)> on_problem) {
  if (auto* const pages = dynamic_cast<PageSource*>(&database)) {
    return pages->CheckPages(on_problem, [] { return true; });
  }
  // What stands before it, for tests, hides the source.
  if (database.engine() == Engine::kSqlite) {
    return RunCheck(database, "PRAGMA integrity_check(100)", on_problem);
  }
  for (const std::string& table : tables) {
    RETURN_IF_ERROR(RunCheck(database, absl::StrCat("CHECK TABLE ", table), on_problem));
  }
  return absl::OkStatus();
}

void CheckLog(const std::string& path, absl::FunctionRef<void(absl::string_view)> on_problem) {
  const LogFile log = ReadLogFile(path + "-wal", [](uint32_t, absl::string_view) {});
  const std::optional<LogIndex> index = ReadLogIndex(path + "-shm");
  if (log.bytes > 0 && log.page_bytes == 0) {
    on_problem("the log (-wal) is damaged at its beginning: nothing in it is read");
  } else if (log.lost > 0) {
    on_problem(absl::StrCat("the log (-wal) is damaged at its page ", log.frames + 1, ": ",
                            log.lost, " pages behind it are not read"));
  } else if (index.has_value() && index->salts == log.salts && index->committed > log.committed) {
    on_problem(absl::StrCat("the log (-wal) is damaged at its page ", log.frames + 1,
                            " or cut there: ", index->committed, " were committed, and ",
                            log.committed, " can be read"));
  }
}

}  // namespace perennial::sql
