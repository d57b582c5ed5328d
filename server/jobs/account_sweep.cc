#include "server/jobs/account_sweep.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/functional/function_ref.h"
#include "lib/api/resource_name.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/storage/keys.h"
#include "perennial/v1/account_service.pb.h"

namespace perennial {
namespace {

using Accounts = AccountSweep::Accounts;

constexpr int kReadAtOnce = 500;
// Worked on in one transaction, which holds up other writers.
constexpr size_t kWorkedAtOnce = 25;

// Whether the next account would fare no better.
bool IsOfTheRun(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
      return true;
    default:
      return false;
  }
}

std::string AccountIn(const Key& key) {
  const absl::string_view account = AccountOf(NameIn(key));
  return account.empty() ? NameIn(key) : std::string(account);  // of the account itself
}

// Does something for all of them at once or, where that fails, for each by itself.
absl::Status ForAll(const Accounts& accounts, const AccountSweep& sweep, const Call& call,
                    absl::FunctionRef<absl::Status(const Accounts&)> fn) {
  if (accounts.empty()) return absl::OkStatus();
  const absl::Status status = fn(accounts);
  if (status.ok() || IsOfTheRun(status)) return status;
  if (accounts.size() == 1) {
    LogLine(Severity::kError, "passed over an account",
            {{"job", call.method}, {"account", accounts[0]}, {"error", status.ToString()}});
    if (sweep.on_passed_over) sweep.on_passed_over(accounts[0], status);
    return absl::OkStatus();
  }
  for (const std::string& account : accounts) RETURN_IF_ERROR(ForAll({account}, sweep, call, fn));
  return absl::OkStatus();
}

absl::Status Work(const Accounts& accounts, const AccountSweep& sweep, const Call& call,
                  Store& store) {
  RETURN_IF_ERROR(store.Apply(call, [&](WriteTx& tx) -> absl::Status {
    Accounts there;
    RETURN_IF_ERROR(tx.Hold(ResourceTable::Of<v1::Account>(), accounts, Holding::kExclusive,
                            [&](absl::string_view name) { there.emplace_back(name); }));
    std::sort(there.begin(), there.end());
    return there.empty() ? absl::OkStatus() : sweep.work(there, tx);
  }));
  if (sweep.on_worked) sweep.on_worked();
  return absl::OkStatus();
}

absl::Status ChooseAndWork(const Accounts& accounts, const AccountSweep& sweep, const Call& call,
                           Store& store) {
  Accounts chosen;
  if (sweep.choose) {
    RETURN_IF_ERROR(ForAll(accounts, sweep, call, [&](const Accounts& some) -> absl::Status {
      Accounts of_these;
      RETURN_IF_ERROR(store.Read(call, [&](ReadTx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(of_these, sweep.choose(some, tx));
        return absl::OkStatus();
      }));
      chosen.insert(chosen.end(), of_these.begin(), of_these.end());
      return absl::OkStatus();
    }));
  } else {
    chosen = accounts;
  }
  for (size_t begin = 0; begin < chosen.size(); begin += kWorkedAtOnce) {
    const size_t end = std::min(chosen.size(), begin + kWorkedAtOnce);
    RETURN_IF_ERROR(ForAll({chosen.begin() + begin, chosen.begin() + end}, sweep, call,
                           [&](const Accounts& some) { return Work(some, sweep, call, store); }));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunSweep(const AccountSweep& sweep, const Call& call, Store& store) {
  std::vector<Key> found;
  do {
    const Key after = found.empty() ? Key() : found.back();
    RETURN_IF_ERROR(store.Read(call, [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(Selection selection, sweep.select(tx));
      ASSIGN_OR_RETURN(found,
                       SelectKeys(std::move(selection), sweep.order_by, after, kReadAtOnce, tx));
      return absl::OkStatus();
    }));
    std::set<std::string> accounts;
    for (const Key& key : found) accounts.insert(AccountIn(key));
    RETURN_IF_ERROR(ChooseAndWork({accounts.begin(), accounts.end()}, sweep, call, store));
  } while (found.size() == static_cast<size_t>(kReadAtOnce));
  return absl::OkStatus();
}

absl::Status RunSweepFor(const std::string& account, const AccountSweep& sweep, const Call& call,
                         Store& store) {
  return ChooseAndWork({account}, sweep, call, store);
}

}  // namespace perennial
