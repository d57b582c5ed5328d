#include "lib/storage/sql/sqlite_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/storage/sql/check_pages.h"
#include "lib/storage/sql/private_folder.h"
#include "lib/storage/sql/sqlite_log_file.h"
#include "lib/storage/sql/sqlite_unchanged.h"
#include "lib/storage/sql/upgrade.h"

namespace perennial::sql {
namespace {

constexpr absl::string_view kMagic("SQLite format 3\0", 16);
constexpr size_t kHeaderBytes = 100;
constexpr size_t kPageBytesAt = 16;
constexpr size_t kFormatAt = 18;  // 1: a journal; 2: a log
constexpr size_t kNumberAt = 60;
constexpr size_t kApplicationIdAt = 68;
constexpr mode_t kForOthers = S_IRWXG | S_IRWXO;
// A byte that no file has. Whoever prepares the file for its use holds it locked.
constexpr off_t kUpgradeLockAt = off_t{1} << 62;

absl::Status Unusable(int error) {
  return absl::InvalidArgumentError(
      absl::StrCat("the SQLite file or its folder cannot be used: ", std::strerror(error)));
}

absl::Status IsOpenAlready() {
  return absl::FailedPreconditionError("another process has the SQLite file open");
}

absl::Status LogIsAnothers(absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat(what,
                   ", and the log beside it (-wal) is of the file that was there before. Put that "
                   "file back; or, "
                   "where this one is meant, remove the log, or make a database of it with "
                   "`perennial restore`"));
}

uint32_t NumberAt(absl::string_view header, size_t at) {
  uint32_t number = 0;
  for (size_t i = at; i < at + 4; ++i) {
    number = number << 8 | static_cast<unsigned char>(header[i]);
  }
  return number;
}

uint32_t NumberOf(absl::string_view header) {
  return header.size() < kHeaderBytes ? 0 : NumberAt(header, kNumberAt);
}

int64_t PageBytesOf(absl::string_view header) {
  if (header.size() < kHeaderBytes) return 0;
  const int64_t bytes = int64_t{static_cast<unsigned char>(header[kPageBytesAt])} << 8 |
                        static_cast<unsigned char>(header[kPageBytesAt + 1]);
  return bytes == 1 ? 65536 : bytes;
}

struct flock UpgradeLock(short type) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = kUpgradeLockAt;
  lock.l_len = 1;
  return lock;
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

// Whether the database, which has no mark, is empty or has the tables of an earlier version.
absl::StatusOr<bool> LooksOurs(const std::string& path) {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  int code = OpenUnchanged(path, &db);
  if (code == SQLITE_OK) {
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

absl::StatusOr<std::unique_ptr<SqliteFile>> SqliteFile::Open(const std::string& path, Use use) {
  std::error_code error;
  // An absolute path is never taken for a special name (":memory:").
  const std::string given_path = std::filesystem::absolute(path, error).string();
  if (error) return Unusable(error.value());
  struct stat found;
  const bool is_there = stat(given_path.c_str(), &found) == 0;
  if (is_there && LockedFiles::Get().Has(found.st_dev, found.st_ino)) return IsOpenAlready();
  if (!is_there && use != Use::kServe) return absl::NotFoundError("there is no such SQLite file");
  if (!is_there) MakePrivateFolder(std::filesystem::path(given_path).parent_path());
  const int handle = open(
      given_path.c_str(),
      (use == Use::kLook ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
  if (handle < 0) return Unusable(errno);
  std::unique_ptr<SqliteFile> file(new SqliteFile(handle, given_path));
  const absl::Status status = file->Take(use);
  file->made_ = !is_there && file->locked_;
  if (status.ok()) return file;
  // A log that was there before is of a file that may come back.
  if (file->made_) unlink(file->path_.c_str());
  return status;
}

absl::Status SqliteFile::Take(Use use) {
  std::error_code error;
  path_ = std::filesystem::canonical(given_path_, error).string();
  if (error) return Unusable(error.value());
  RETURN_IF_ERROR(CheckNames());
  RETURN_IF_ERROR(Lock(use));
  RETURN_IF_ERROR(CheckOwner());
  if (use == Use::kLook) return absl::OkStatus();
  KeepFromOthers();
  // SQLite passes over it in silence.
  CheckLog(path_, [](absl::string_view problem) { LogLine(Severity::kError, problem); });
  return absl::OkStatus();
}

void SqliteFile::Discard() {
  if (!made_) return;
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) unlink((path_ + suffix).c_str());
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

absl::Status SqliteFile::Lock(Use use) {
  struct stat found;
  if (fstat(file_, &found) != 0) return Unusable(errno);
  if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Unusable(errno);
    struct flock upgrade = UpgradeLock(F_WRLCK);
    const bool upgrading = fcntl(file_, F_OFD_GETLK, &upgrade) == 0 && upgrade.l_type != F_UNLCK;
    return upgrading ? BeingUpgraded() : IsOpenAlready();
  }
  struct flock upgrade = UpgradeLock(F_WRLCK);
  if (use != Use::kLook) static_cast<void>(fcntl(file_, F_OFD_SETLK, &upgrade));
  identity_ = {found.st_dev, found.st_ino};
  LockedFiles::Get().Add(identity_.device, identity_.inode);
  locked_ = true;
  return absl::OkStatus();
}

void SqliteFile::EndUpgrade() {
  struct flock upgrade = UpgradeLock(F_UNLCK);
  static_cast<void>(fcntl(file_, F_OFD_SETLK, &upgrade));
}

absl::Status SqliteFile::CheckOwner() const {
  const std::string header = ReadHeader();
  if (!header.empty() && (header.size() < kHeaderBytes || !absl::StartsWith(header, kMagic))) {
    return IsNoDatabase();
  }
  const int64_t id = header.empty() ? 0 : NumberAt(header, kApplicationIdAt);
  if (id != 0 && id != kApplicationId) return IsAnotherPrograms();
  if (!IsEmpty(log_path())) RETURN_IF_ERROR(CheckLogOwner(header));
  if (header.empty() || id == kApplicationId) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool ours, LooksOurs(path_));
  return ours ? absl::OkStatus() : IsAnotherPrograms();
}

absl::Status SqliteFile::CheckLogOwner(absl::string_view header) const {
  if (header.empty()) return LogIsAnothers("the SQLite file is empty or was not there");
  const auto ignore = [](uint32_t, absl::string_view) {};
  // A file has to say that it has a log before it gets one.
  if (header[kFormatAt] == 1 && ReadLogFile(log_path(), ignore).frames > 0) {
    return LogIsAnothers("the SQLite file is a copy that has no log");
  }
  const std::vector<uint32_t> numbers = ReadNumbers(log_path());
  if (numbers.empty() ||
      std::find(numbers.begin(), numbers.end(), NumberOf(header)) != numbers.end()) {
    return absl::OkStatus();
  }
  return LogIsAnothers("the SQLite file is another one than was served, or an older copy of it");
}

void SqliteFile::KeepFromOthers() const {
  for (const std::string& path : {path_, log_path(), index_path()}) {
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

bool SqliteFile::ExpectNumber(uint32_t number) {
  numbers_ = {NumberOf(ReadHeader()), number};
  const bool noted_before = !ReadNumbers(log_path()).empty();
  if (!NoteNumbers(log_path(), numbers_)) return false;
  // An older note must not be there any more when the number reaches the file; none at all may.
  if (!noted_before) return true;
  const int log = open(log_path().c_str(), O_RDONLY | O_CLOEXEC);
  if (log < 0) return false;
  const bool noted = fsync(log) == 0;
  close(log);
  return noted;
}

void SqliteFile::Remember() {
  struct stat found;
  if (stat(log_path().c_str(), &found) == 0) {
    log_identity_ = {found.st_dev, found.st_ino};
    remembered_ = true;
  }
  if (fstat(file_, &found) == 0) bytes_ = found.st_size;
  header_ = ReadHeader();
  // The number that it had before is that of copies alone.
  if (numbers_.size() > 1 && NumberOf(header_) == numbers_.back()) {
    numbers_ = {numbers_.back()};
    static_cast<void>(NoteNumbers(log_path(), numbers_));
  }
}

absl::Status SqliteFile::Check(int log_pages) {
  if (!remembered_) return absl::OkStatus();
  struct stat found;
  // An error of another kind says nothing about the file.
  const auto is = [&found](const std::string& path, const Identity& identity, off_t least_bytes) {
    if (stat(path.c_str(), &found) != 0) {
      found.st_size = least_bytes;
      return errno != ENOENT && errno != ENOTDIR;
    }
    return found.st_dev == identity.device && found.st_ino == identity.inode;
  };
  const int64_t log_bytes = LogBytes(log_pages, PageBytesOf(header_));
  if (!is(log_path(), log_identity_, log_bytes)) {
    return absl::DataLossError("the database's log was removed or replaced while it was served");
  }
  if (found.st_size < log_bytes && !IsLogAsLongAsItsIndexSays(found.st_size)) {
    return absl::DataLossError("the database's log was cut short while it was served");
  }
  if (!is(given_path_, identity_, bytes_)) {
    return absl::DataLossError("the database's file was removed or replaced while it was served");
  }
  if (found.st_size < bytes_) {
    return absl::DataLossError("the database's file was cut short while it was served");
  }
  // Not by its time, which stands still for some milliseconds.
  const std::string header = ReadHeader();
  if (header == header_) return absl::OkStatus();
  if (!IsHeaderFromLog(header)) {
    return absl::DataLossError("another program has replaced what is in the database's file");
  }
  Remember();
  return absl::OkStatus();
}

bool SqliteFile::IsLogAsLongAsItsIndexSays(int64_t log_bytes) const {
  const std::optional<LogIndex> index = ReadLogIndex(index_path());
  return index.has_value() && log_bytes >= LogBytes(index->committed, PageBytesOf(header_));
}

bool SqliteFile::IsHeaderFromLog(absl::string_view header) const {
  if (header.size() < kHeaderBytes) return false;
  bool found = false;
  const LogFile log = ReadLogFile(log_path(), [&](uint32_t page, absl::string_view bytes) {
    found = found || (page == 1 && absl::StartsWith(bytes, header));
  });
  if (found || log.frames > 0) return found;
  // All of the log is in the file now.
  return IsLogAsLongAsItsIndexSays(log.bytes) &&
         std::find(numbers_.begin(), numbers_.end(), NumberOf(header)) != numbers_.end();
}

}  // namespace perennial::sql
