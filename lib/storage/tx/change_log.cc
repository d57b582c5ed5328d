#include "lib/storage/tx/change_log.h"

#include <algorithm>

#include "lib/base/status.h"

namespace perennial {

bool ChangeLog::Amend(absl::string_view name, int64_t version, absl::Time time,
                      const std::string& data) {
  const auto change =
      std::find_if(changes_.rbegin(), changes_.rend(),
                   [&](const PendingChange& pending) { return pending.name == name; });
  if (change == changes_.rend()) return false;
  change->version = version;
  change->time = time;
  change->data = data;
  return true;
}

absl::StatusOr<int64_t> ChangeLog::Flush(sql::Connection& connection, const sql::Facts& facts,
                                         const Call& call) {
  ASSIGN_OR_RETURN(const int64_t revision, AppendChanges(connection, facts, call, changes_));
  changes_.clear();
  return revision;
}

}  // namespace perennial
