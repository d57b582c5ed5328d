#include "server/workflows/divisions.h"

#include <vector>

#include "lib/base/status.h"
#include "perennial/v1/account_service.pb.h"

namespace perennial {

absl::StatusOr<std::string> TopmostAccount(const std::string& account, ReadTx& tx) {
  std::string top = account;
  // Not for ever, where an earlier program has left a circle.
  for (int level = 0; level < kMostDivisionLevels; ++level) {
    ASSIGN_OR_RETURN(const v1::Account above, tx.Get<v1::Account>(top));
    if (above.parent_account().empty()) break;
    top = above.parent_account();
  }
  return top;
}

absl::StatusOr<std::set<std::string>> AccountsBelow(const std::string& account, ReadTx& tx) {
  std::set<std::string> all = {account};
  std::vector<std::string> level = {account};
  while (!level.empty()) {
    ASSIGN_OR_RETURN(
        const std::vector<v1::Account> divisions,
        tx.Select<v1::Account>(From<v1::Account>().WhereAnyOf("parent_account", level)));
    level.clear();
    for (const v1::Account& division : divisions) {
      if (all.insert(division.name()).second) level.push_back(division.name());
    }
  }
  return all;
}

}  // namespace perennial
