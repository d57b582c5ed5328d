#ifndef PERENNIAL_LIB_STORAGE_SERVED_MARK_H_
#define PERENNIAL_LIB_STORAGE_SERVED_MARK_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace perennial {

// What a SQLite file was when it was last served, in a small file beside it (PATH.served): which
// file, on which time line, and up to which revision. So a server notices at its start that
// somebody has put an older copy, or another file, in its place. It never says more than was
// committed: after a crash it may say less.
class ServedMark {
 public:
  struct State {
    uint64_t history_id = 0;
    int64_t revision = 0;
  };

  // Reads the mark of the database at `path`, which is there, and which nobody else serves.
  // UNAVAILABLE where the mark cannot be made.
  static absl::StatusOr<std::unique_ptr<ServedMark>> Open(const std::string& path);
  ServedMark(const ServedMark&) = delete;
  ServedMark& operator=(const ServedMark&) = delete;
  ~ServedMark();

  // nullopt where nothing is known of this file: `why_unknown` says why.
  const std::optional<State>& last() const { return last_; }
  const std::string& why_unknown() const { return why_unknown_; }

  // Makes it the mark of the file that is there now, durably.
  absl::Status Begin(const State& state);
  // Everything up to `revision` has been committed. Cheap; thread-safe.
  void Raise(int64_t revision);

  // Which file this is: other copies of it are others.
  struct Identity {
    uint64_t inode = 0;
    int64_t birth_nanos = 0;  // 0 where the file system does not know
  };

 private:
  ServedMark(std::string path, int file) : path_(std::move(path)), file_(file) {}
  void ReadLast();

  const std::string path_;
  const int file_;
  std::optional<State> last_;
  std::string why_unknown_;
  absl::Mutex mutex_;
  int64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_SERVED_MARK_H_
