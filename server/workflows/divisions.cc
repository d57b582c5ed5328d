#include "server/workflows/divisions.h"

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

}  // namespace perennial
