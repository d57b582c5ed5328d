#ifndef PERENNIAL_CLIENT_CLI_WORKLIST_FILE_H_
#define PERENNIAL_CLIENT_CLI_WORKLIST_FILE_H_

// What the numbers of the worklist that was last shown stand for: kept in a file of the person's
// own, $XDG_STATE_HOME/perennial (~/.local/state/perennial), one for each server and actor.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/cli_context.h"

namespace perennial::cli {

struct ListedTask {
  std::string name;
  std::string etag;
  std::string title;
};

// In the order of their numbers, from 1 on. Replaces what was kept.
absl::Status KeepListed(const std::vector<ListedTask>& tasks, const CliContext& context);

// FAILED_PRECONDITION where no list was shown yet.
absl::StatusOr<std::vector<ListedTask>> ReadListed(const CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_WORKLIST_FILE_H_
