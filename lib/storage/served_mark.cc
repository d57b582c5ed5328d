#include "lib/storage/served_mark.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/base/status.h"
#include "lib/storage/sql/durability.h"

namespace perennial {
namespace {

// Fixed widths, so that the revision is rewritten in its place.
constexpr char kWritten[] = "perennial time_line=%016" PRIx64 " inode=%020" PRIu64
                            " born=%020" PRId64 " revision=%019" PRId64 "\n";
constexpr char kRead[] =
    "perennial time_line=%" SCNx64 " inode=%" SCNu64 " born=%" SCNd64 " revision=%" SCNd64;
constexpr int kRevisionWidth = 19;
constexpr int kMaxSize = 200;

absl::Status CannotWrite(absl::string_view what) {
  return absl::UnavailableError(
      absl::StrCat("the mark beside the SQLite file cannot be ", what, ": ", std::strerror(errno)));
}

absl::StatusOr<ServedMark::Identity> IdentityOf(const std::string& path) {
  struct statx file;
  if (statx(AT_FDCWD, path.c_str(), 0, STATX_INO | STATX_BTIME, &file) != 0) {
    return CannotWrite("made");
  }
  ServedMark::Identity identity;
  identity.inode = file.stx_ino;
  if ((file.stx_mask & STATX_BTIME) != 0) {
    identity.birth_nanos = file.stx_btime.tv_sec * int64_t{1000000000} + file.stx_btime.tv_nsec;
  }
  return identity;
}

std::string TextOf(const ServedMark::Identity& identity, const ServedMark::State& state) {
  char text[kMaxSize];
  const int size = std::snprintf(text, sizeof(text), kWritten, state.history_id, identity.inode,
                                 identity.birth_nanos, state.revision);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServedMark>> ServedMark::Open(const std::string& given_path) {
  std::error_code error;
  // One mark, whatever names lead to the file.
  const std::string path = std::filesystem::canonical(given_path, error).string();
  const std::string mark_path = path + ".served";
  const int file = open(mark_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return CannotWrite("made");
  std::unique_ptr<ServedMark> mark(new ServedMark(path, file));
  mark->ReadLast();
  return mark;
}

ServedMark::~ServedMark() {
  if (sql::waits_for_disk) fdatasync(file_);
  close(file_);
}

void ServedMark::ReadLast() {
  char text[kMaxSize] = {};
  Identity marked;
  State state;
  const ssize_t size = pread(file_, text, sizeof(text) - 1, 0);
  if (size <= 0 || std::sscanf(text, kRead, &state.history_id, &marked.inode, &marked.birth_nanos,
                               &state.revision) != 4) {
    why_unknown_ = "the file was not served here before";
    return;
  }
  const absl::StatusOr<Identity> now = IdentityOf(path_);
  if (!now.ok() || now->inode != marked.inode || now->birth_nanos != marked.birth_nanos) {
    why_unknown_ = "the file is not the one that was served last";
    return;
  }
  last_ = state;
}

absl::Status ServedMark::Begin(const State& state) {
  ASSIGN_OR_RETURN(const Identity identity, IdentityOf(path_));
  absl::MutexLock lock(&mutex_);
  revision_ = state.revision;
  const std::string text = TextOf(identity, state);
  if (pwrite(file_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      ftruncate(file_, static_cast<off_t>(text.size())) != 0 ||
      (sql::waits_for_disk && fsync(file_) != 0)) {
    return CannotWrite("written");
  }
  return absl::OkStatus();
}

void ServedMark::Raise(int64_t revision) {
  absl::MutexLock lock(&mutex_);
  if (revision <= revision_) return;
  revision_ = revision;
  const std::string text = absl::StrFormat("%0*d", kRevisionWidth, revision);
  static const off_t offset =
      static_cast<off_t>(TextOf({}, {}).size()) - kRevisionWidth - 1;  // before the line's end
  // Where it fails the mark says less than was committed, as after a crash.
  const ssize_t ignored = pwrite(file_, text.data(), text.size(), offset);
  static_cast<void>(ignored);
}

}  // namespace perennial
