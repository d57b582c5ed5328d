#ifndef PERENNIAL_SERVER_WORKFLOWS_DIVISIONS_H_
#define PERENNIAL_SERVER_WORKFLOWS_DIVISIONS_H_

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "lib/storage/tx.h"

namespace perennial {

// Levels of a tree of divisions, from the topmost account to the lowest.
inline constexpr int kMostDivisionLevels = 20;

// The account at the top of the tree of divisions that the account is in: itself where it has no
// parent.
absl::StatusOr<std::string> TopmostAccount(const std::string& account, ReadTx& tx);

// The account itself and all that are below it.
absl::StatusOr<std::set<std::string>> AccountsBelow(const std::string& account, ReadTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_DIVISIONS_H_
