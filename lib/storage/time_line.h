#ifndef PERENNIAL_LIB_STORAGE_TIME_LINE_H_
#define PERENNIAL_LIB_STORAGE_TIME_LINE_H_

// A database that is put back to an earlier state goes on along another time line: the same
// revisions then stand for other changes. Each time line has a random id (the history_id of
// revision_counter), by which tokens and requests of a lost one are told apart and refused, also
// after its revisions have come up again.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/api/resume_token.h"
#include "lib/storage/served_mark.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/store.h"

namespace perennial {

// Leaves the current time line, if there is one, for a new one, and answers its id. `reason` says
// why, for people.
absl::StatusOr<uint64_t> BeginTimeLine(sql::Connection& connection, absl::string_view reason,
                                       absl::Time now);

// Whether the database has been on this time line before the current one.
absl::StatusOr<bool> IsLostTimeLine(sql::Connection& connection, uint64_t history_id);

// Tells the store on which time line it is: that of its database, or a new one where the database
// has none yet, or where the mark says that it is not what was served last. `mark` is null where
// the engine has no file. To be called before anything is served.
absl::Status OpenTimeLine(Store& store, ServedMark* mark);

// Notices that a database which others may write went back, or is on another time line than the
// store believes. To be called now and then by one thread.
class TimeLineWatch {
 public:
  // `on_change` is told up to which revision the new time line took the old one over.
  TimeLineWatch(Store& store, std::function<void(int64_t)> on_change)
      : store_(store), on_change_(std::move(on_change)) {}
  absl::Status Look(absl::Time deadline);

 private:
  // Where the database went back, begins another time line. Answers where it is.
  absl::StatusOr<ResumeToken> LeaveWhatWentBack(absl::Time deadline);

  Store& store_;
  const std::function<void(int64_t)> on_change_;
  int64_t highest_revision_ = 0;
};

// As it stands in metadata: 16 hexadecimal digits; 0 where the text is no such thing.
std::string TimeLineText(uint64_t history_id);
uint64_t ParseTimeLineText(absl::string_view text);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_TIME_LINE_H_
