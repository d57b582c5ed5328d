#ifndef PERENNIAL_LIB_STORAGE_SQL_SQLITE_FILE_H_
#define PERENNIAL_LIB_STORAGE_SQL_SQLITE_FILE_H_

#include <sys/stat.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace perennial::sql {

// The file of a SQLite database, locked as the thing that it is, whatever names lead to it. The
// object outlives each connection to the file: to close any handle on a file gives up the locks
// that SQLite has on it. Used by one thread at a time.
class SqliteFile {
 public:
  // PRAGMA application_id of Perennial's databases: "Pren".
  static constexpr int kApplicationId = 0x5072656e;

  // Creates the file where there is none, for its owner only, and takes the rights of others on it
  // and its log. INVALID_ARGUMENT where the path cannot be used; DATA_LOSS where it is no database;
  // FAILED_PRECONDITION where it is another program's, which stays as it is, where another process
  // has it open, or where it has several names, of which each would have a log of its own: hard
  // links, or a mount of the file alone.
  static absl::StatusOr<std::unique_ptr<SqliteFile>> Open(const std::string& path);

  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;
  ~SqliteFile();

  // Absolute and without links: the log stands beside it.
  const std::string& path() const { return path_; }

  // What is there at this moment is this process's work.
  void Remember();
  // DATA_LOSS says what has become of the file or its log since.
  absl::Status Check();

  // Brings to the disk what the system still has in memory of the file, so that the next fsync is
  // short. Promises nothing: SQLite's own fsync learns of errors. Any thread may call it.
  void WriteOut() const;

 private:
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
  };

  SqliteFile(int file, std::string given_path) : file_(file), given_path_(std::move(given_path)) {}

  absl::Status Lock();
  absl::Status CheckNames() const;
  absl::Status CheckOwner() const;
  void KeepFromOthers() const;
  std::string ReadHeader() const;
  std::string log_path() const { return path_ + "-wal"; }

  const int file_;
  const std::string given_path_;
  std::string path_;
  bool locked_ = false;
  Identity identity_, log_identity_;
  // Only this process writes to the file: another header is somebody else's.
  std::string header_;
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_SQLITE_FILE_H_
