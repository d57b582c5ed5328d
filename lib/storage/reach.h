#ifndef PERENNIAL_LIB_STORAGE_REACH_H_
#define PERENNIAL_LIB_STORAGE_REACH_H_

// Reads what the reach report is about: account by account, some hundreds at a time, so that the
// memory it takes does not grow with their number.

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "lib/api/filter.h"
#include "lib/domain/reach.h"
#include "lib/storage/tx.h"

namespace perennial {

struct ReachQuery {
  // By renewal date, both included.
  absl::CivilDay start, end;
  Filter filter;          // of opportunities
  Filter account_filter;  // of their accounts
  v1::SliceBy slice_by = v1::SLICE_BY_UNSPECIFIED;
  // Leaves out the accounts before it, in the order in which they come; none where empty.
  std::string from_account;
  // Reads the accounts themselves, though nothing above asks for more than their names.
  bool with_accounts = false;
};

// Is handed accounts in the order of the names of their opportunities; answers whether to go on.
using OnReachAccount = absl::FunctionRef<absl::StatusOr<bool>(const ReachAccount&)>;

// As they are now.
absl::Status ReadReach(const ReachQuery& query, ReadTx& tx, OnReachAccount on_account);

// As they were, from the history. Reads all of it that there is about the accounts, so that it
// takes longer.
absl::Status ReadPastReach(const ReachQuery& query, absl::Time as_of, ReadTx& tx,
                           OnReachAccount on_account);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_REACH_H_
