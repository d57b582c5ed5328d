#include "client/cli/output_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

namespace fs = std::filesystem;

// For the signal's handler, which can use nothing else.
char partial_path[4096];

void RemovePartial(int signal_number) {
  unlink(partial_path);
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

absl::Status Failed(absl::string_view what, const std::string& path) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(errno)));
}

bool IsNamed(int file, const std::string& path) {
  struct stat open_one, named;
  return fstat(file, &open_one) == 0 && stat(path.c_str(), &named) == 0 &&
         open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

// So that nobody else writes it meanwhile.
absl::Status TakeOver(int file, const std::string& path) {
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Failed("lock", path);
    return absl::FailedPreconditionError(absl::StrCat(
        path, " is being written by another program: wait for it, or give another name"));
  }
  if (!IsNamed(file, path)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " was completed by another program just now: give another name"));
  }
  return ftruncate(file, 0) == 0 ? absl::OkStatus() : Failed("write", path);
}

// Whether the file that `--force` replaces may be replaced: not one that a server has open, nor one
// with a log, which would be taken for the backup's. Until the object's end no server opens it.
class Replaced {
 public:
  explicit Replaced(const std::string& path)
      : path_(path), file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  Replaced(const Replaced&) = delete;
  Replaced& operator=(const Replaced&) = delete;
  ~Replaced() {
    if (file_ >= 0) close(file_);
  }

  absl::Status Check() const {
    if (file_ >= 0 && flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      return absl::FailedPreconditionError(
          absl::StrCat("a server has ", path_, " open: give another name"));
    }
    std::error_code error;
    const auto log_size = fs::file_size(path_ + "-wal", error);
    if (error || log_size == 0) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(
        path_, " has a log (", path_, "-wal), as a database that was served: give another name"));
  }

 private:
  const std::string path_;
  const int file_;
};

}  // namespace

RemovesAtSignals::RemovesAtSignals(const std::string& partial) {
  std::strncpy(partial_path, partial.c_str(), sizeof(partial_path) - 1);
  struct sigaction action = {};
  action.sa_handler = RemovePartial;
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
  }
}

RemovesAtSignals::~RemovesAtSignals() {
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Make(const std::string& path, bool force) {
  std::error_code error;
  if (!force && fs::exists(path, error)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is there already: give another name, or --force"));
  }
  RETURN_IF_ERROR(Replaced(path).Check());
  const std::string partial = path + ".partial";
  if (partial.size() >= sizeof(partial_path)) {
    return absl::InvalidArgumentError("the file's name is too long");
  }
  const int file = open(partial.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return Failed("write", partial);
  const absl::Status taken = TakeOver(file, partial);
  if (!taken.ok()) {
    close(file);
    return taken;
  }
  return std::unique_ptr<OutputFile>(new OutputFile(file, path, partial));
}

OutputFile::~OutputFile() {
  if (!kept_) unlink(partial_.c_str());
  close(file_);
}

absl::Status OutputFile::Write(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = write(file_, bytes.data(), bytes.size());
    if (size < 0) return Failed("write", partial_);
    bytes.remove_prefix(static_cast<size_t>(size));
  }
  return absl::OkStatus();
}

absl::Status OutputFile::Keep() {
  if (fsync(file_) != 0) return Failed("write", partial_);
  const Replaced replaced(path_);
  RETURN_IF_ERROR(replaced.Check());
  if (rename(partial_.c_str(), path_.c_str()) != 0) return Failed("make", path_);
  kept_ = true;
  const int folder =
      open(fs::absolute(path_).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return Failed("open the folder of", path_);
  const int synced = fsync(folder);
  close(folder);
  return synced == 0 ? absl::OkStatus() : Failed("write", path_);
}

}  // namespace perennial::cli
