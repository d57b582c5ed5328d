#ifndef PERENNIAL_LIB_STORAGE_SQL_SQLITE_FILE_H_
#define PERENNIAL_LIB_STORAGE_SQL_SQLITE_FILE_H_

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/storage/sql/database.h"

namespace perennial::sql {

// The file of a SQLite database, locked as the thing that it is, whatever names lead to it. The
// object outlives each connection to the file: to close any handle on a file gives up the locks
// that SQLite has on it. Used by one thread at a time.
class SqliteFile {
 public:
  // PRAGMA application_id of Perennial's databases: "Pren".
  static constexpr int kApplicationId = 0x5072656e;

  // To serve it, creates the file and its folder where there is none, for their owner only, and
  // takes the rights of others on it and its log; to look at it, changes nothing, and NOT_FOUND
  // where there is none. INVALID_ARGUMENT where the path cannot be used; DATA_LOSS where it is no
  // database; FAILED_PRECONDITION where it is another program's, which stays as it is, where
  // another process has it open (IsBeingUpgraded, where that one prepares it), where the log beside
  // it is of another file, or where it has several names, of which each would have a log of its
  // own: hard links, or a mount of the file alone.
  static absl::StatusOr<std::unique_ptr<SqliteFile>> Open(const std::string& path, Use use);

  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;
  ~SqliteFile();

  // Absolute and without links: the log stands beside it.
  const std::string& path() const { return path_; }

  // Removes what Open has made, where nothing has come of it.
  void Discard();

  // Other processes are told of an upgrade until here.
  void EndUpgrade();

  // Notes that the next commit gives the file this number (PRAGMA user_version), by which its log
  // knows it: a copy that was made before has another one, and is not taken for it. False where
  // that cannot be noted.
  bool ExpectNumber(uint32_t number);

  // What is there at this moment is this process's work.
  void Remember();
  // DATA_LOSS says what has become of the file or its log since; the log had `log_pages`.
  absl::Status Check(int log_pages);

  // Brings to the disk what the system still has in memory of the file, so that the next fsync is
  // short. Promises nothing: SQLite's own fsync learns of errors. Any thread may call it.
  void WriteOut() const;

 private:
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
  };

  SqliteFile(int file, std::string given_path) : file_(file), given_path_(std::move(given_path)) {}

  absl::Status Take(Use use);
  absl::Status Lock(Use use);
  absl::Status CheckNames() const;
  absl::Status CheckOwner() const;
  absl::Status CheckLogOwner(absl::string_view header) const;
  void KeepFromOthers() const;
  std::string ReadHeader() const;
  // Whether the log is as long as the index says that all processes share: another program has
  // brought what was in it into the file.
  bool IsLogAsLongAsItsIndexSays(int64_t log_bytes) const;
  // Whether another program has brought this header from the log into the file.
  bool IsHeaderFromLog(absl::string_view header) const;
  std::string log_path() const { return path_ + "-wal"; }
  std::string index_path() const { return path_ + "-shm"; }

  const int file_;
  const std::string given_path_;
  std::string path_;
  bool made_ = false;
  bool locked_ = false;
  Identity identity_;
  // From here on all is of the last Remember.
  bool remembered_ = false;
  Identity log_identity_;
  // Only this process writes to the file: another header is somebody else's.
  std::string header_;
  off_t bytes_ = 0;
  std::vector<uint32_t> numbers_;
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_SQLITE_FILE_H_
