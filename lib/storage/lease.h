#ifndef PERENNIAL_LIB_STORAGE_LEASE_H_
#define PERENNIAL_LIB_STORAGE_LEASE_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/storage/sql/database.h"

namespace perennial {

// Lets one of several servers on a database do something for all of them. Its holder renews it, and
// whoever wants it takes it once he has seen it unchanged for a whole term. No clock is compared
// with another server's, so that clocks may differ.
//
// Not thread-safe. What it guards has to be safe, if wasteful, when two do it at once: a holder
// that was stopped for longer than the term learns only afterwards that it has lost the lease.
class Lease {
 public:
  // `holder` tells servers apart. `database` outlives the lease.
  Lease(sql::Database& database, std::string name, std::string holder, absl::Duration term)
      : database_(database), name_(std::move(name)), holder_(std::move(holder)), term_(term) {}

  // Renews it, or takes it where it is free. Whether `holder` has it: then nobody takes it for a
  // term from `now` on, which is of a clock that does not go back.
  absl::StatusOr<bool> Renew(absl::Time now, absl::Time deadline);

  // Lets others have it at once, if `holder` has it.
  absl::Status GiveBack(absl::Time deadline);

 private:
  // What the last renewal left in the table.
  struct Mark {
    bool exists = false;
    std::string holder;
    int64_t expire_micros = 0;  // by the holder's clock, for people; 0 once it is given back
  };

  absl::StatusOr<Mark> Read(sql::Connection& connection) const;
  // Whether nobody has it who is still there.
  bool IsFree(const Mark& mark, absl::Time now);
  // Leaves a new mark, unless somebody else did since `mark` was read.
  absl::StatusOr<bool> Replace(const Mark& mark, sql::Connection& connection) const;

  sql::Database& database_;
  const std::string name_;
  const std::string holder_;
  const absl::Duration term_;
  Mark seen_;
  absl::Time seen_since_ = absl::InfiniteFuture();
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_LEASE_H_
