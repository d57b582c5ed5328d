#include "lib/storage/sql/sqlite_unchanged.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace perennial::sql {

int OpenUnchanged(const std::string& path, sqlite3** db) {
  std::error_code error;
  const auto log_bytes = std::filesystem::file_size(path + "-wal", error);
  const bool has_log = !error && log_bytes > 0;
  // A log needs an index, which is in memory alone where one connection has the file to itself:
  // without locks, which only those who may write can take.
  const std::string uri =
      absl::StrCat("file:", absl::StrReplaceAll(path, {{"%", "%25"}, {"?", "%3f"}, {"#", "%23"}}),
                   has_log ? "?mode=ro&vfs=unix-none" : "?mode=ro&immutable=1");
  const int code = sqlite3_open_v2(
      uri.c_str(), db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return code;
  sqlite3_db_config(*db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return has_log ? sqlite3_exec(*db, "PRAGMA locking_mode = EXCLUSIVE", nullptr, nullptr, nullptr)
                 : SQLITE_OK;
}

}  // namespace perennial::sql
