#ifndef PERENNIAL_CLIENT_CLI_UNDO_HINT_H_
#define PERENNIAL_CLIENT_CLI_UNDO_HINT_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace perennial::cli {

// What a command that changed many resources says last: how to take that back. `request_ids` are
// those of its calls, in the order in which they were made.
inline std::string UndoHint(const std::vector<std::string>& request_ids) {
  return absl::StrCat("undo with: perennial undo ", absl::StrJoin(request_ids, " "), "\n");
}

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_UNDO_HINT_H_
