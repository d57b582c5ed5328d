#include "lib/storage/clock_check.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/storage/history.h"
#include "lib/storage/sql/server_time.h"
#include "lib/storage/store.h"

namespace perennial {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(30);

std::string Text(absl::Duration duration) {
  return absl::FormatDuration(absl::Trunc(duration, absl::Seconds(1)));
}

}  // namespace

absl::Status CheckClock(sql::Database& database, absl::Time now) {
  const absl::Time deadline = absl::Now() + kTimeout;
  ASSIGN_OR_RETURN(const std::optional<absl::Time> of_server, sql::ServerTime(database, deadline));
  if (of_server.has_value() && now - *of_server > Store::kClockTolerance) {
    return absl::FailedPreconditionError(
        absl::StrCat("this machine's clock is ", Text(now - *of_server),
                     " ahead of the database server's: set the wrong one right"));
  }
  LatestChange latest;
  RETURN_IF_ERROR(database.Read(deadline, [&](sql::Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(latest, ReadLatestChange(connection));
    return absl::OkStatus();
  }));
  if (latest.time - now > Store::kClockTolerance) {
    LogLine(Severity::kError, "the history is ahead of this machine's clock",
            {{"by", Text(latest.time - now)}});
  }
  return absl::OkStatus();
}

}  // namespace perennial
