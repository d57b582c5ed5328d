#ifndef PERENNIAL_LIB_STORAGE_BACKUP_WORK_FOLDER_H_
#define PERENNIAL_LIB_STORAGE_BACKUP_WORK_FOLDER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace perennial {

// A folder for a database that is being made, which nobody else can read, and which is removed with
// this object. Where the process is killed before that, it is removed by whoever makes the next one
// with the same prefix.
class WorkFolder {
 public:
  // `prefix` with a few letters. UNAVAILABLE or RESOURCE_EXHAUSTED where it cannot be made.
  static absl::StatusOr<std::unique_ptr<WorkFolder>> Make(const std::string& prefix);
  // Removes what processes that were killed have left: folders with this prefix that nobody uses.
  static void RemoveLeft(const std::string& prefix);

  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder();

  // The database, which is an empty file at first.
  std::string file() const;

 private:
  WorkFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  const std::string path_;
  const int lock_;  // ends with the process, which tells whether the folder is in use
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_BACKUP_WORK_FOLDER_H_
