#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "perennial/v1/account_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/batch.h"
#include "server/methods/standard.h"
#include "server/workflows/divisions.h"

namespace perennial {

using v1::Account;

namespace {

// Engines bound the number of binds.
constexpr size_t kNamesAtOnce = 1000;

absl::Status TooDeep() {
  return InvalidField(
      "account.parent_account",
      absl::StrCat("must not make a tree of divisions of more than ", kMostDivisionLevels,
                   " levels from the topmost account to the lowest"));
}

// How many levels of divisions the account has below it, as far as they matter here.
absl::StatusOr<int> LevelsBelow(const std::string& account, ReadTx& tx) {
  std::vector<std::string> level = {account};
  for (int below = 0;; ++below) {
    std::vector<std::string> next;
    for (size_t begin = 0; begin < level.size(); begin += kNamesAtOnce) {
      const size_t end = std::min(level.size(), begin + kNamesAtOnce);
      ASSIGN_OR_RETURN(const std::vector<std::string> names,
                       tx.SelectDistinct("name", From<Account>().WhereAnyOf(
                                                     "parent_account", {level.begin() + begin,
                                                                        level.begin() + end})));
      // Where it is in a circle already, it is being taken out of it.
      std::copy_if(names.begin(), names.end(), std::back_inserter(next),
                   [&](const std::string& name) { return name != account; });
    }
    if (next.empty() || below == kMostDivisionLevels) return below;
    level = std::move(next);
  }
}

// A new parent and all above it, as far as they matter, are held: who moves one of those at the
// same time waits, and then meets what was written here.
absl::Status HoldAncestors(const Account& account, WriteTx& tx) {
  std::vector<std::string> path = {account.parent_account()};
  while (path.size() < kMostDivisionLevels && path.back() != account.name()) {
    ASSIGN_OR_RETURN(
        const std::vector<std::string> above,
        tx.SelectDistinct("parent_account", From<Account>().Where("name", "=", path.back())));
    if (above.empty() || above.front().empty()) break;
    path.push_back(above.front());
  }
  return tx.Hold(ResourceTable::Of<Account>(), path, Holding::kShared, [](absl::string_view) {});
}

// Up the tree of divisions from a new parent, the account itself must not be met.
absl::Status CheckParent(const Account& account, WriteTx& tx) {
  if (account.parent_account().empty()) return absl::OkStatus();
  int levels = 1;
  if (account.has_create_time()) {
    ASSIGN_OR_RETURN(const Account before, tx.Get<Account>(account.name()));
    if (account.parent_account() == before.parent_account()) return absl::OkStatus();
    RETURN_IF_ERROR(tx.HoldAccount(account.name()));
    ASSIGN_OR_RETURN(const int below, LevelsBelow(account.name(), tx));
    levels += below;
  }
  RETURN_IF_ERROR(HoldAncestors(account, tx));
  std::string ancestor = account.parent_account();
  while (!ancestor.empty()) {
    if (ancestor == account.name()) {
      return InvalidField("account.parent_account",
                          "must not be the account itself or one of its divisions");
    }
    if (++levels > kMostDivisionLevels) return TooDeep();
    ASSIGN_OR_RETURN(const Account parent, tx.Get<Account>(ancestor));
    ancestor = parent.parent_account();
  }
  return absl::OkStatus();
}

class AccountRules final : public TypeRules<Account> {
  absl::Status Complete(Account& account, Writing& writing) const override {
    return CheckParent(account, writing.tx);
  }
};
const AccountRules rules;

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("AccountService.CreateAccount", Create<Account, v1::CreateAccountRequest>);
  registry.Get<v1::GetAccountRequest, Account>("AccountService.GetAccount");
  registry.List<v1::ListAccountsRequest, v1::ListAccountsResponse>("AccountService.ListAccounts");
  registry.Write("AccountService.UpdateAccount", Update<Account, v1::UpdateAccountRequest>);
  registry.Write("AccountService.BatchUpdateAccounts",
                 Batch<Update<Account, v1::UpdateAccountRequest>, v1::BatchUpdateAccountsRequest,
                       v1::BatchAccountsResponse>);
  registry.Write("AccountService.DeleteAccount", Delete<Account, v1::DeleteAccountRequest>);
});

}  // namespace
}  // namespace perennial
