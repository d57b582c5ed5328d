#include "lib/storage/sql/sqlite_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/log.h"
#include "lib/base/status.h"

namespace perennial::sql {
namespace {

constexpr absl::string_view kMagic("SQLite format 3\0", 16);
constexpr size_t kHeaderBytes = 100;
constexpr size_t kApplicationIdAt = 68;
constexpr mode_t kForOthers = S_IRWXG | S_IRWXO;

absl::Status Unusable(int error) {
  return absl::InvalidArgumentError(
      absl::StrCat("the SQLite file or its folder cannot be used: ", std::strerror(error)));
}

absl::Status IsOpenAlready() {
  return absl::FailedPreconditionError("another process has the SQLite file open");
}

absl::Status IsAnotherPrograms() {
  return absl::FailedPreconditionError(
      "the SQLite file is another program's database: it was left as it is");
}

absl::Status IsNoDatabase() {
  return absl::DataLossError("the file is no SQLite database, or its first page is damaged");
}

// The files that this process has locked: to open one of them again, and to close it, would give
// up SQLite's locks on it.
class LockedFiles {
 public:
  static LockedFiles& Get() {
    static LockedFiles& files = *new LockedFiles;
    return files;
  }
  bool Has(dev_t device, ino_t inode) {
    absl::MutexLock lock(&mutex_);
    return files_.count({device, inode}) > 0;
  }
  void Add(dev_t device, ino_t inode) {
    absl::MutexLock lock(&mutex_);
    files_.insert({device, inode});
  }
  void Remove(dev_t device, ino_t inode) {
    absl::MutexLock lock(&mutex_);
    files_.erase({device, inode});
  }

 private:
  absl::Mutex mutex_;
  std::set<std::pair<dev_t, ino_t>> files_ ABSL_GUARDED_BY(mutex_);
};

bool IsEmpty(const std::string& path) {
  struct stat found;
  return stat(path.c_str(), &found) != 0 || found.st_size == 0;
}

// Whether the database, which has no mark, is empty or has the tables of an earlier version. Takes
// no lock and makes no file where there is no log to read.
absl::StatusOr<bool> LooksOurs(const std::string& path, bool has_log) {
  const std::string uri =
      absl::StrCat("file:", absl::StrReplaceAll(path, {{"%", "%25"}, {"?", "%3f"}, {"#", "%23"}}),
                   has_log ? "?mode=ro" : "?mode=ro&immutable=1");
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_open_v2(uri.c_str(), &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    code = sqlite3_prepare_v2(
        db, "SELECT COUNT(*) = 0 OR SUM(name = 'schema_steps') > 0 FROM sqlite_schema", -1,
        &statement, nullptr);
  }
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  const bool ours = code == SQLITE_ROW && sqlite3_column_int(statement, 0) != 0;
  sqlite3_finalize(statement);
  sqlite3_close(db);
  if ((code & 0xff) == SQLITE_NOTADB || (code & 0xff) == SQLITE_CORRUPT) return IsNoDatabase();
  return ours;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteFile>> SqliteFile::Open(const std::string& path) {
  std::error_code error;
  // An absolute path is never taken for a special name (":memory:").
  const std::string given_path = std::filesystem::absolute(path, error).string();
  if (error) return Unusable(error.value());
  struct stat found;
  if (stat(given_path.c_str(), &found) == 0 && LockedFiles::Get().Has(found.st_dev, found.st_ino)) {
    return IsOpenAlready();
  }
  const int handle =
      open(given_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
  if (handle < 0) return Unusable(errno);
  std::unique_ptr<SqliteFile> file(new SqliteFile(handle, given_path));
  file->path_ = std::filesystem::canonical(given_path, error).string();
  if (error) return Unusable(error.value());
  RETURN_IF_ERROR(file->CheckNames());
  RETURN_IF_ERROR(file->Lock());
  RETURN_IF_ERROR(file->CheckOwner());
  file->KeepFromOthers();
  return file;
}

SqliteFile::~SqliteFile() {
  if (locked_) LockedFiles::Get().Remove(identity_.device, identity_.inode);
  close(file_);
}

absl::Status SqliteFile::CheckNames() const {
  struct statx found;
  if (statx(file_, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &found) != 0) return Unusable(errno);
  if (!S_ISREG(found.stx_mode)) return Unusable(EINVAL);
  if (found.stx_nlink > 1) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the SQLite file has ", found.stx_nlink,
        " names (hard links), and each would have a log of its own: remove all but the one that "
        "it was served by"));
  }
  if ((found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) {
    return absl::FailedPreconditionError(
        "the SQLite file is mounted without its folder, in which its log stands: mount the folder");
  }
  return absl::OkStatus();
}

absl::Status SqliteFile::Lock() {
  struct stat found;
  if (fstat(file_, &found) != 0) return Unusable(errno);
  if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK ? IsOpenAlready() : Unusable(errno);
  }
  identity_ = {found.st_dev, found.st_ino};
  LockedFiles::Get().Add(identity_.device, identity_.inode);
  locked_ = true;
  return absl::OkStatus();
}

absl::Status SqliteFile::CheckOwner() const {
  const bool has_log = !IsEmpty(log_path());
  const std::string header = ReadHeader();
  if (header.empty() && !has_log) return absl::OkStatus();
  if (!header.empty()) {
    if (header.size() < kHeaderBytes || !absl::StartsWith(header, kMagic)) return IsNoDatabase();
    int64_t id = 0;
    for (size_t i = 0; i < 4; ++i) {
      id = id * 256 + static_cast<unsigned char>(header[kApplicationIdAt + i]);
    }
    if (id == kApplicationId) return absl::OkStatus();
    if (id != 0) return IsAnotherPrograms();
  }
  ASSIGN_OR_RETURN(const bool ours, LooksOurs(path_, has_log));
  return ours ? absl::OkStatus() : IsAnotherPrograms();
}

void SqliteFile::KeepFromOthers() const {
  for (const std::string& path : {path_, log_path(), path_ + "-shm"}) {
    struct stat found;
    if (stat(path.c_str(), &found) != 0 || (found.st_mode & kForOthers) == 0) continue;
    const bool kept = chmod(path.c_str(), found.st_mode & S_IRWXU) == 0;
    LogLine(Severity::kWarning,
            kept ? "others than its owner had rights on a file of the database: taken from them"
                 : "others than its owner have rights on a file of the database",
            {{"path", path}});
  }
}

std::string SqliteFile::ReadHeader() const {
  std::string header(kHeaderBytes, '\0');
  const ssize_t size = pread(file_, header.data(), header.size(), 0);
  header.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return header;
}

void SqliteFile::WriteOut() const {
  static_cast<void>(sync_file_range(
      file_, 0, 0,
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER));
}

void SqliteFile::Remember() {
  struct stat found;
  if (stat(log_path().c_str(), &found) == 0) log_identity_ = {found.st_dev, found.st_ino};
  header_ = ReadHeader();
}

absl::Status SqliteFile::Check() {
  struct stat found;
  // An error of another kind says nothing about the file.
  const auto is = [&found](const std::string& path, const Identity& identity) {
    if (stat(path.c_str(), &found) != 0) return errno != ENOENT && errno != ENOTDIR;
    return found.st_dev == identity.device && found.st_ino == identity.inode;
  };
  if (!is(log_path(), log_identity_)) {
    return absl::DataLossError("the database's log was removed or replaced while it was served");
  }
  if (!is(given_path_, identity_)) {
    return absl::DataLossError("the database's file was removed or replaced while it was served");
  }
  // Not by its time, which stands still for some milliseconds.
  if (ReadHeader() != header_) {
    return absl::DataLossError("another program has replaced what is in the database's file");
  }
  return absl::OkStatus();
}

}  // namespace perennial::sql
