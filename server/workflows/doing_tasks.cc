#include "server/workflows/doing_tasks.h"

#include <utility>

#include "server/methods/standard.h"
#include "server/workflows/feedback.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Feedback;
using v1::Task;

namespace {

absl::StatusOr<Task> DoAnswer(const Task& task, const v1::Touch* touch, WriteTx& tx) {
  ASSIGN_OR_RETURN(Feedback feedback, tx.Get<Feedback>(task.feedback()));
  if (feedback.state() != Feedback::DECIDED) {
    return MarkDone(task, touch == nullptr ? "" : touch->name(), tx);
  }
  if (touch == nullptr) {
    return FailedPrecondition(v1::WRONG_STATE, task.name(),
                              "It is done by the touch that tells the giver what became of their "
                              "feedback: give that, or skip the task");
  }
  RETURN_IF_ERROR(Answer(std::move(feedback), *touch, tx).status());
  return tx.Get<Task>(task.name());
}

}  // namespace

absl::StatusOr<Task> DoTask(Task task, const v1::Touch* touch, WriteTx& tx) {
  RETURN_IF_ERROR(CheckUndone(task));
  if (task.kind() == Task::ANSWER && !task.feedback().empty()) return DoAnswer(task, touch, tx);
  return MarkDone(std::move(task), touch == nullptr ? "" : touch->name(), tx);
}

absl::Status DoTasks(const std::vector<std::string>& names, const v1::Touch& touch, WriteTx& tx) {
  if (names.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckOfAccount(names, std::string(AccountOf(touch.name())), "completed_tasks"));
  ASSIGN_OR_RETURN(std::vector<Task> tasks, tx.GetAll<Task>(names));
  for (Task& task : tasks) {
    RETURN_IF_ERROR(DoTask(std::move(task), &touch, tx).status());
  }
  return absl::OkStatus();
}

}  // namespace perennial
