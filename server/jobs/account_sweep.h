#ifndef PERENNIAL_SERVER_JOBS_ACCOUNT_SWEEP_H_
#define PERENNIAL_SERVER_JOBS_ACCOUNT_SWEEP_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/storage/call.h"
#include "lib/storage/selection.h"
#include "lib/storage/store.h"
#include "lib/storage/tx.h"

namespace perennial {

// What a job does for accounts, a batch at a time.
struct AccountSweep {
  using Accounts = std::vector<std::string>;

  // What belongs to the accounts that something may have to be done for. An index serves it in the
  // order of a field and the name: nothing is sorted, nor looked at twice.
  std::function<absl::StatusOr<Selection>(ReadTx& tx)> select;
  std::string order_by;  // that field; empty for the name alone

  // Of some accounts those to work on: read apart from the writing, so that it holds up nobody
  // while there is nothing to do. May be absent.
  std::function<absl::StatusOr<Accounts>(const Accounts& accounts, ReadTx& tx)> choose;

  // The work on some accounts, in one transaction that holds them. Those deleted since they were
  // found are left out. Finds done what was done already.
  std::function<absl::Status(const Accounts& accounts, WriteTx& tx)> work;
  std::function<void()> on_worked;  // that is committed; may be absent

  // An account that failed, and is named in the log. May be absent.
  std::function<void(const std::string& account, const absl::Status& error)> on_passed_over;
};

// Works through everything that is selected. An account that fails does not stop the others: it is
// named in the log and passed over. Ends early with what is wrong with the call or the database as
// a whole, such as DEADLINE_EXCEEDED or UNAVAILABLE.
absl::Status RunSweep(const AccountSweep& sweep, const Call& call, Store& store);

// Works on one account, as if it had been found.
absl::Status RunSweepFor(const std::string& account, const AccountSweep& sweep, const Call& call,
                         Store& store);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_JOBS_ACCOUNT_SWEEP_H_
