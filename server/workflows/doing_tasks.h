#ifndef PERENNIAL_SERVER_WORKFLOWS_DOING_TASKS_H_
#define PERENNIAL_SERVER_WORKFLOWS_DOING_TASKS_H_

// Doing a task does what the task is for.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/storage/tx.h"
#include "perennial/v1/engagement_service.pb.h"

namespace perennial {

// The touch, null where there is none, does the task: one that asks for an answer to feedback
// answers it. FAILED_PRECONDITION (WRONG_STATE) where the task is done or skipped, or asks for an
// answer and there is no touch that gave it; INVALID_ARGUMENT (field "touch") where that is not
// with the giver.
absl::StatusOr<v1::Task> DoTask(v1::Task task, const v1::Touch* touch, WriteTx& tx);

// The touch does these tasks. INVALID_ARGUMENT (field "completed_tasks") for one of another
// account.
absl::Status DoTasks(const std::vector<std::string>& names, const v1::Touch& touch, WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_DOING_TASKS_H_
