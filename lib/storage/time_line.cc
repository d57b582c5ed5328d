#include "lib/storage/time_line.h"

#include <limits>
#include <optional>

#include "absl/random/random.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/api/resume_token.h"
#include "lib/base/ids.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/storage/history.h"

namespace perennial {
namespace {

absl::Status ReadPosition(sql::Connection& connection, ResumeToken& position) {
  ASSIGN_OR_RETURN(position, HistoryPosition(connection));
  return absl::OkStatus();
}

absl::StatusOr<bool> HasTimeLine(sql::Connection& connection, uint64_t history_id) {
  bool found = false;
  RETURN_IF_ERROR(connection.Query("SELECT 1 FROM time_lines WHERE history_id = ?",
                                   {static_cast<int64_t>(history_id)}, [&](const sql::Row&) {
                                     found = true;
                                     return absl::OkStatus();
                                   }));
  return found;
}

absl::Status RecordTimeLine(sql::Connection& connection, uint64_t history_id, int64_t revision,
                            absl::string_view reason, absl::Time now) {
  return connection
      .Execute(
          "INSERT INTO time_lines (history_id, begin_revision, begin_time, reason) "
          "VALUES (?, ?, ?, ?)",
          {static_cast<int64_t>(history_id), revision, absl::ToUnixMicros(now), reason})
      .status();
}

// Why what is there is not what was served last; empty where it is.
std::string WhyChanged(const ResumeToken& position, const ServedMark& mark) {
  const std::optional<ServedMark::State>& last = mark.last();
  if (!last.has_value()) return mark.why_unknown();
  if (last->history_id != position.history_id) return "the file is of another time line";
  if (last->revision <= position.revision) return "";
  return absl::StrCat("the file went back from revision ", last->revision, " to ",
                      position.revision);
}

absl::StatusOr<ResumeToken> FindTimeLine(sql::Connection& connection, const ServedMark* mark,
                                         absl::Time now) {
  ASSIGN_OR_RETURN(ResumeToken position, HistoryPosition(connection));
  ASSIGN_OR_RETURN(const bool recorded, HasTimeLine(connection, position.history_id));
  std::string why;
  const bool is_lost =
      mark != nullptr && mark->last().has_value() && mark->last()->revision > position.revision;
  if (position.history_id == 0) {
    why = is_lost ? absl::StrCat(
                        "the database is new, and what was in its place was served up to "
                        "revision ",
                        mark->last()->revision)
                  : "the database is new";
  } else if (!recorded) {
    // Served before by a program that did not know of time lines, nor of signed tokens.
    RETURN_IF_ERROR(RecordTimeLine(connection, position.history_id, 0, "", now));
    RETURN_IF_ERROR(
        connection.Execute("UPDATE revision_counter SET token_key = ? WHERE id = 1", {NewSecret()})
            .status());
  } else if (mark != nullptr) {
    why = WhyChanged(position, *mark);
  }
  if (!why.empty()) {
    ASSIGN_OR_RETURN(position.history_id, BeginTimeLine(connection, why, now));
    // Unless somebody put an older file there on purpose, writes are lost.
    LogLine(is_lost ? Severity::kWarning : Severity::kInfo, "a new time line begins",
            {{"reason", why}, {"revision", position.revision}});
  }
  return position;
}

}  // namespace

absl::StatusOr<uint64_t> BeginTimeLine(sql::Connection& connection, absl::string_view reason,
                                       absl::Time now) {
  absl::BitGen random;
  const auto id =
      absl::Uniform<int64_t>(absl::IntervalClosed, random, 1, std::numeric_limits<int64_t>::max());
  ASSIGN_OR_RETURN(const ResumeToken position, HistoryPosition(connection));
  RETURN_IF_ERROR(RecordTimeLine(connection, static_cast<uint64_t>(id), position.revision,
                                 reason.substr(0, 400), now));
  // With another key the page tokens of the lost one are not signed any more.
  RETURN_IF_ERROR(
      connection
          .Execute("UPDATE revision_counter SET history_id = ?, token_key = ? WHERE id = 1",
                   {id, NewSecret()})
          .status());
  return static_cast<uint64_t>(id);
}

absl::StatusOr<bool> IsLostTimeLine(sql::Connection& connection, uint64_t history_id) {
  ASSIGN_OR_RETURN(const ResumeToken position, HistoryPosition(connection));
  if (history_id == position.history_id) return false;
  return HasTimeLine(connection, history_id);
}

absl::Status OpenTimeLine(Store& store, ServedMark* mark) {
  ResumeToken position;
  RETURN_IF_ERROR(store.database().Write(
      absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(position, FindTimeLine(connection, mark, store.clock().Now()));
        return absl::OkStatus();
      }));
  store.set_time_line(position.history_id);
  if (mark == nullptr) return absl::OkStatus();
  RETURN_IF_ERROR(mark->Begin({position.history_id, position.revision}));
  store.OnRevision([mark](int64_t revision) { mark->Raise(revision); });
  return absl::OkStatus();
}

absl::Status TimeLineWatch::Look(absl::Time deadline) {
  ResumeToken position;
  RETURN_IF_ERROR(store_.database().Read(
      deadline, [&](sql::Connection& connection) { return ReadPosition(connection, position); }));
  if (position.history_id == store_.time_line() && position.revision < highest_revision_) {
    ASSIGN_OR_RETURN(position, LeaveWhatWentBack(deadline));
  }
  highest_revision_ = position.revision;
  if (position.history_id == store_.time_line()) return absl::OkStatus();
  LogLine(Severity::kError, "the database is on another time line: it was restored or went back",
          {{"revision", position.revision}});
  store_.set_time_line(position.history_id);
  on_change_(position.revision);
  return absl::OkStatus();
}

absl::StatusOr<ResumeToken> TimeLineWatch::LeaveWhatWentBack(absl::Time deadline) {
  ResumeToken position;
  // A cluster's node that only lags behind refuses this write, and it runs again: the numbers that
  // it lacks were given by writes of the same row.
  RETURN_IF_ERROR(
      store_.database().Write(deadline, [&](sql::Connection& connection) -> absl::Status {
        RETURN_IF_ERROR(ReadPosition(connection, position));
        if (position.history_id != store_.time_line()) return absl::OkStatus();
        if (position.revision >= highest_revision_) return absl::OkStatus();
        const std::string why = absl::StrCat("the database went back from revision ",
                                             highest_revision_, " to ", position.revision);
        ASSIGN_OR_RETURN(position.history_id, BeginTimeLine(connection, why, store_.clock().Now()));
        return absl::OkStatus();
      }));
  return position;
}

std::string TimeLineText(uint64_t history_id) {
  return absl::StrCat(absl::Hex(history_id, absl::kZeroPad16));
}

uint64_t ParseTimeLineText(absl::string_view text) {
  uint64_t history_id = 0;
  return text.size() == 16 && absl::SimpleHexAtoi(text, &history_id) ? history_id : 0;
}

}  // namespace perennial
