#ifndef PERENNIAL_LIB_STORAGE_BACKUP_BACKUP_H_
#define PERENNIAL_LIB_STORAGE_BACKUP_BACKUP_H_

// A backup is a SQLite file with the schema of a database as of one moment, whatever the engine
// of the database. Beside the tables of the schema it has
//   backup_info    one row: where and when it was made, and of which revision
//   backup_tables  a row for each table: how many rows it has, and their digest

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/storage/backup/table_copy.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/store.h"

namespace perennial {

struct BackupInfo {
  uint64_t history_id = 0;
  // Everything up to it, and nothing after it, is in the backup.
  int64_t revision = 0;
  absl::Time create_time;
  std::string engine;  // SQLITE or MYSQL
  int schema_version = 0;
  std::map<std::string, TableTally> tables;
};

// An open file without a name: it is gone when the object is, or the process.
class BackupFile {
 public:
  BackupFile(int file, int64_t size, BackupInfo info)
      : info_(std::move(info)), file_(file), size_(size) {}
  BackupFile(const BackupFile&) = delete;
  BackupFile& operator=(const BackupFile&) = delete;
  ~BackupFile();

  const BackupInfo& info() const { return info_; }
  int64_t size() const { return size_; }
  // Up to `limit` bytes from where the last ones ended; none at the end.
  absl::StatusOr<std::string> Read(size_t limit);

 private:
  const BackupInfo info_;
  const int file_;
  const int64_t size_;
};

// Copies what is committed at one moment of the call, checks the copy and tells its tables.
// Writers go on meanwhile. The file is made in a WorkFolder with this prefix. RESOURCE_EXHAUSTED
// where the disk has no room for it; CANCELLED where `go_on` says so.
absl::StatusOr<std::unique_ptr<BackupFile>> MakeBackup(Store& store, const std::string& prefix,
                                                       absl::FunctionRef<bool()> go_on);

// Opens one, or a file that is to become one, for one thread.
absl::StatusOr<std::unique_ptr<sql::Database>> OpenBackup(const std::string& path);

// What a file says of itself. FAILED_PRECONDITION where it is no backup of ours.
absl::StatusOr<BackupInfo> ReadBackupInfo(sql::Database& sqlite_file);

// DATA_LOSS where the file is damaged, or has not the rows that it says. CANCELLED where `go_on`
// says so.
absl::Status CheckBackup(sql::Database& sqlite_file, const BackupInfo& info,
                         absl::FunctionRef<bool()> go_on);

// Makes of a backup what may be served: without what it says of itself.
absl::Status ForgetBackupInfo(sql::Connection& sqlite_file);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_BACKUP_BACKUP_H_
