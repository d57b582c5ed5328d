#ifndef PERENNIAL_SERVER_WATCH_WATCH_CRITERIA_H_
#define PERENNIAL_SERVER_WATCH_WATCH_CRITERIA_H_

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/api/filter.h"
#include "lib/storage/read_changes.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial {

// Which changes a watcher wants.
class WatchCriteria {
 public:
  // `actor` is the caller. INVALID_ARGUMENT for a type that is none and a filter that is wrong.
  static absl::StatusOr<WatchCriteria> Parse(const v1::WatchRequest& request,
                                             absl::string_view actor);

  // `change` has its previous_resource where NeedsPrevious.
  bool Want(const v1::Change& change) const;

  // Has the database leave out what it can tell is not wanted.
  void Narrow(ChangeRange& range) const;

  // Those wanted; of all where empty.
  const std::set<std::string>& accounts() const { return accounts_; }

  bool include_previous() const { return include_previous_; }
  bool needs_previous() const { return include_previous_ || !owners_.empty(); }

 private:
  std::set<std::string> accounts_;
  std::set<std::string> types_;
  std::set<std::string> owners_;
  Filter filter_;
  std::string not_by_;  // empty: by anybody
  bool include_previous_ = false;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WATCH_WATCH_CRITERIA_H_
