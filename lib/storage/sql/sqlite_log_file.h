#ifndef PERENNIAL_LIB_STORAGE_SQL_SQLITE_LOG_FILE_H_
#define PERENNIAL_LIB_STORAGE_SQL_SQLITE_LOG_FILE_H_

// A write-ahead log as it lies on the disk, read without SQLite, and what is noted on it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace perennial::sql {

// A log is a header, and frames of a page each.
struct LogFile {
  int64_t bytes = 0;
  std::string salts;       // of its header; empty where that is none
  int64_t page_bytes = 0;  // 0 likewise
  // What SQLite reads: each frame continues the checksum of the one before.
  int64_t frames = 0;
  int64_t committed = 0;  // up to the last commit
  // Whole frames of the same log that stand behind one that is not: SQLite takes them for what an
  // earlier log has left.
  int64_t lost = 0;
};

// Hands the pages that SQLite reads to `on_page`.
LogFile ReadLogFile(const std::string& log_path,
                    absl::FunctionRef<void(uint32_t page, absl::string_view bytes)> on_page);

// What SQLite's index (-shm) says of the log that it belongs to.
struct LogIndex {
  std::string salts;
  int64_t committed = 0;
};
// nullopt where there is none.
std::optional<LogIndex> ReadLogIndex(const std::string& index_path);

// The size of a log with so many frames.
int64_t LogBytes(int64_t frames, int64_t page_bytes);

// Notes on the log which database file it belongs to: one that has one of these numbers in its
// header. The note is an attribute of the log, which no other file has. False where the file system
// has none.
bool NoteNumbers(const std::string& log_path, const std::vector<uint32_t>& numbers);
// Empty where nothing is noted.
std::vector<uint32_t> ReadNumbers(const std::string& log_path);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_SQLITE_LOG_FILE_H_
