#ifndef PERENNIAL_SERVER_WORKFLOWS_UNDO_GROUPS_H_
#define PERENNIAL_SERVER_WORKFLOWS_UNDO_GROUPS_H_

#include <vector>

#include "server/workflows/undo/reversal.h"
#include "server/workflows/undo/take_back.h"

namespace perennial {

// Of those from which something is to be taken back, what belongs together: a renewal that was
// opened, closed, opened again or deleted with its subscriptions and tasks, what was agreed in it
// with what was agreed of it, a subscription with those that follow it. Each in the order of
// `reversals`, which outlive the groups, and the groups in the order of their first ones.
std::vector<ReversalGroup> GroupReversals(std::vector<Reversal>& reversals);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_UNDO_GROUPS_H_
