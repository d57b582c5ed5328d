#ifndef PERENNIAL_LIB_STORAGE_TX_CHANGE_LOG_H_
#define PERENNIAL_LIB_STORAGE_TX_CHANGE_LOG_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/storage/history.h"

namespace perennial {

// The changes that one transaction makes, in the order in which it makes them, until they become
// part of the history. Used by one thread.
class ChangeLog {
 public:
  void Add(PendingChange change) { changes_.push_back(std::move(change)); }

  // A further change of what the transaction has written already becomes part of that change.
  // False where there is none of this name.
  bool Amend(absl::string_view name, int64_t version, absl::Time time, const std::string& data);

  size_t size() const { return changes_.size(); }
  // Forgets what was added since the log had this size.
  void TakeBack(size_t size) { changes_.erase(changes_.begin() + size, changes_.end()); }

  // Writes them to the history, and begins anew. Answers what AppendChanges does.
  absl::StatusOr<int64_t> Flush(sql::Connection& connection, const sql::Facts& facts,
                                const Call& call);

 private:
  std::vector<PendingChange> changes_;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_TX_CHANGE_LOG_H_
