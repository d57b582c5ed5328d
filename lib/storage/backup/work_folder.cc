#include "lib/storage/backup/work_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace perennial {
namespace {

namespace fs = std::filesystem;

constexpr char kFile[] = "database";
constexpr int kMostTries = 100;

// -1 where somebody uses it, or it is no folder of ours.
int Lock(const std::string& folder) {
  const int lock = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  struct stat found;
  if (lock >= 0 && fstat(lock, &found) == 0 && found.st_uid == geteuid() &&
      flock(lock, LOCK_EX | LOCK_NB) == 0) {
    return lock;
  }
  if (lock >= 0) close(lock);
  return -1;
}

// With what can be in it: nothing else is removed.
void Remove(const std::string& folder, int lock) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    unlinkat(lock, absl::StrCat(kFile, suffix).c_str(), 0);
  }
  rmdir(folder.c_str());
  close(lock);
}

absl::Status CannotMake(const std::string& path) {
  const int error = errno;
  const std::string message =
      absl::StrCat("a temporary folder cannot be made as ", path, ": ", std::strerror(error));
  return error == ENOSPC ? absl::ResourceExhaustedError(message) : absl::UnavailableError(message);
}

}  // namespace

absl::StatusOr<std::unique_ptr<WorkFolder>> WorkFolder::Make(const std::string& prefix) {
  RemoveLeft(prefix);
  for (int tries = 1;; ++tries) {
    std::string path = prefix + "XXXXXX";
    if (mkdtemp(path.data()) == nullptr) return CannotMake(path);
    const int lock = Lock(path);
    const int file =
        lock < 0 ? -1 : openat(lock, kFile, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) {
      close(file);
      return std::unique_ptr<WorkFolder>(new WorkFolder(path, lock));
    }
    const absl::Status status = CannotMake(path);
    if (lock >= 0) Remove(path, lock);
    // Where somebody looks for left ones just then, it is gone before it is held.
    if (tries == kMostTries) return status;
  }
}

void WorkFolder::RemoveLeft(const std::string& prefix) {
  const fs::path path = fs::absolute(prefix);
  std::error_code error;
  std::vector<std::string> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(path.parent_path(), error)) {
    if (absl::StartsWith(entry.path().filename().string(), path.filename().string())) {
      found.push_back(entry.path().string());
    }
  }
  for (const std::string& folder : found) {
    const int lock = Lock(folder);
    if (lock >= 0) Remove(folder, lock);
  }
}

WorkFolder::~WorkFolder() { Remove(path_, lock_); }

std::string WorkFolder::file() const { return absl::StrCat(path_, "/", kFile); }

}  // namespace perennial
