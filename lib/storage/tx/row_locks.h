#ifndef PERENNIAL_LIB_STORAGE_TX_ROW_LOCKS_H_
#define PERENNIAL_LIB_STORAGE_TX_ROW_LOCKS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/storage/resource_table.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/tx/identity_map.h"

namespace perennial {

// Others may hold a row as well, or it is held alone: whoever is going to write it holds it alone,
// or two that do may wait for each other.
enum class Holding { kShared, kExclusive };

// The order in which rows of several types are held, the same in all servers: accounts come first.
struct LockOrder {
  bool operator()(const ResourceTable* a, const ResourceTable* b) const;
};

// The rows that a transaction holds: nobody else changes or deletes them before COMMIT.
//
// The order of all locks, for everybody: an account before anything of it or below it, several
// accounts in the order of their names. Whoever writes below an account holds it alone, so what is
// read below an account that is held stays as it is. A transaction that comes upon an account out
// of order is ABORTED, to begin again with what it came upon: then it holds them all in order.
class RowLocks {
 public:
  // `wanted` outlives the runs of a transaction: the accounts that earlier ones came upon.
  RowLocks(sql::Connection& connection, const sql::Facts& facts, IdentityMap& known,
           std::set<std::string>& wanted)
      : connection_(connection), facts_(facts), known_(known), wanted_(wanted) {}

  // To begin with.
  absl::Status HoldWanted();

  // Reads those of `names` that exist, with few queries, and holds them. Answers their names to
  // `on_found`.
  absl::Status Hold(const ResourceTable& table, std::vector<std::string> names, Holding holding,
                    absl::FunctionRef<void(absl::string_view name)> on_found);

  // Holds the accounts that the resources are or are below, alone, unless they are held already.
  // OK also where there is no such account, or a resource is below none.
  absl::Status HoldAccountsOf(const std::vector<std::string>& names);
  absl::Status HoldAccountOf(absl::string_view name);

  // A row that the transaction wrote: it is held alone.
  void Wrote(const ResourceTable& table, const std::string& name);

  // Whether a row that is read now stays as it is.
  bool StaysAsRead(absl::string_view name) const;

 private:
  bool IsAlone(absl::string_view account) const;
  void Held(const std::string& account, Holding holding);
  // Of sorted accounts: ABORTED where others, which wait for some of them, may hold what comes
  // after.
  absl::Status CheckOrder(const std::vector<std::string>& accounts, Holding holding);

  sql::Connection& connection_;
  const sql::Facts& facts_;
  IdentityMap& known_;
  std::set<std::string>& wanted_;
  // The accounts that were found and are held, but for those that were written without: nobody
  // else knows of a new one.
  std::map<std::string, Holding> held_;
  // Those that were looked for and are not there: to look again takes no lock.
  absl::flat_hash_set<std::string> absent_;
  // The accounts that were found and are held alone.
  absl::flat_hash_set<std::string> alone_;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_TX_ROW_LOCKS_H_
