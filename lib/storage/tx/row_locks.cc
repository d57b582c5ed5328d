#include "lib/storage/tx/row_locks.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"
#include "lib/storage/bind.h"
#include "lib/storage/seal.h"
#include "lib/storage/selection.h"

namespace perennial {
namespace {

// Each session keeps the statements, and MySQL's driver room for all their binds: with thousands of
// them tens of megabytes.
constexpr size_t kHeldAtOnce = 128;

}  // namespace

bool LockOrder::operator()(const ResourceTable* a, const ResourceTable* b) const {
  const ResourceTable* accounts = &ResourceTable::Of<v1::Account>();
  if ((a == accounts) != (b == accounts)) return a == accounts;
  return a->type() < b->type();
}

absl::Status RowLocks::Hold(const ResourceTable& table, std::vector<std::string> names,
                            Holding holding,
                            absl::FunctionRef<void(absl::string_view name)> on_found) {
  const absl::string_view lock =
      holding == Holding::kExclusive ? facts_.exclusive_lock : facts_.shared_lock;
  const bool of_accounts = &table == &ResourceTable::Of<v1::Account>();
  std::sort(names.begin(), names.end());
  if (of_accounts) RETURN_IF_ERROR(CheckOrder(names, holding));
  for (size_t begin = 0; begin < names.size(); begin += kHeldAtOnce) {
    const size_t end = std::min(names.size(), begin + kHeldAtOnce);
    Selection selection(table);
    selection.WhereAnyOf("name", {names.begin() + begin, names.begin() + end}).OrderBy("");
    RETURN_IF_ERROR(connection_.Query(
        absl::StrCat("SELECT name, data", selection.ToSql(), lock), ToBinds(selection.binds()),
        [&](const sql::Row& row) -> absl::Status {
          const std::string name(row.Text(0));
          ASSIGN_OR_RETURN(const absl::string_view data, Unseal(name, row.Text(1)));
          RETURN_IF_ERROR(known_.Read(name, data, /*held=*/true));
          if (of_accounts) Held(name, holding);
          on_found(name);
          return absl::OkStatus();
        }));
  }
  return absl::OkStatus();
}

absl::Status RowLocks::HoldWanted() {
  if (facts_.reads_hold_rows || wanted_.empty()) return absl::OkStatus();
  return Hold(ResourceTable::Of<v1::Account>(), {wanted_.begin(), wanted_.end()},
              Holding::kExclusive, [](absl::string_view) {});
}

absl::Status RowLocks::CheckOrder(const std::vector<std::string>& accounts, Holding holding) {
  if (facts_.reads_hold_rows) return absl::OkStatus();
  const std::string last = held_.empty() ? "" : held_.rbegin()->first;
  const bool in_order = std::all_of(accounts.begin(), accounts.end(), [&](const std::string& name) {
    if (alone_.contains(name)) return true;
    const auto held = held_.find(name);
    if (held != held_.end()) return held->second == holding;
    return name > last || absent_.contains(name);
  });
  if (in_order) {
    absent_.insert(accounts.begin(), accounts.end());  // until they are found
    return absl::OkStatus();
  }
  for (const auto& [name, unused] : held_) wanted_.insert(name);
  wanted_.insert(accounts.begin(), accounts.end());
  return absl::AbortedError("accounts have to be held in order");
}

void RowLocks::Held(const std::string& account, Holding holding) {
  if (holding == Holding::kExclusive) alone_.insert(account);
  held_.emplace(account, holding);
  absent_.erase(account);
}

absl::Status RowLocks::HoldAccountsOf(const std::vector<std::string>& names) {
  if (facts_.reads_hold_rows) return absl::OkStatus();
  absl::flat_hash_set<std::string> accounts;
  for (const std::string& name : names) {
    const absl::string_view account = OwnAccount(name);
    if (!account.empty() && !IsAlone(account)) accounts.emplace(account);
  }
  return Hold(ResourceTable::Of<v1::Account>(), {accounts.begin(), accounts.end()},
              Holding::kExclusive, [](absl::string_view) {});
}

absl::Status RowLocks::HoldAccountOf(absl::string_view name) {
  const absl::string_view account = OwnAccount(name);
  if (facts_.reads_hold_rows || account.empty() || IsAlone(account)) return absl::OkStatus();
  return Hold(ResourceTable::Of<v1::Account>(), {std::string(account)}, Holding::kExclusive,
              [](absl::string_view) {});
}

void RowLocks::Wrote(const ResourceTable& table, const std::string& name) {
  if (&table == &ResourceTable::Of<v1::Account>()) alone_.insert(name);
}

bool RowLocks::StaysAsRead(absl::string_view name) const {
  if (facts_.reads_hold_rows) return true;
  const absl::string_view account = OwnAccount(name);
  return !account.empty() && IsAlone(account);
}

bool RowLocks::IsAlone(absl::string_view account) const {
  return alone_.contains(account) && known_.Held(account) != nullptr;
}

}  // namespace perennial
