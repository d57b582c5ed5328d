#include "server/workflows/tasks.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/api/filter.h"
#include "lib/domain/cadence.h"
#include "perennial/v1/engagement_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/batch.h"
#include "server/methods/standard.h"
#include "server/workflows/doing_tasks.h"

namespace perennial {

using v1::Task;

namespace {

constexpr int kMostReassigned = 1000;

absl::Status CheckIsOpen(const Task& task) {
  if (task.state() == Task::OPEN) return absl::OkStatus();
  return FailedPrecondition(v1::WRONG_STATE, task.name(),
                            absl::StrCat("The task is ", Task::State_Name(task.state()),
                                         ": only an OPEN one can be put off"));
}

absl::StatusOr<Task> CreateTask(const v1::CreateTaskRequest& request, WriteTx& tx) {
  Task task = Draft(request.parent(), request.task_id(), request.task(), tx);
  // Before anything that belongs to the account is looked for.
  RETURN_IF_ERROR(tx.Get<v1::Account>(request.parent()).status());
  if (task.kind() == Task::CADENCE) {
    return InvalidField("task.kind", "must not be CADENCE: those come from the playbook");
  }
  RETURN_IF_ERROR(Complete(task, tx));
  task.set_state(Task::OPEN);
  return tx.Create(std::move(task));
}

// The last day that a worklist looks at.
absl::CivilDay LastDay(v1::ListTasksRequest::Due due, absl::CivilDay today) {
  switch (due) {
    case v1::ListTasksRequest::OVERDUE:
      return today - 1;
    case v1::ListTasksRequest::TODAY:
      return today;
    default:
      return absl::NextWeekday(today - 1, absl::Weekday::sunday);
  }
}

absl::StatusOr<std::string> ListTasks(const v1::ListTasksRequest& request, ReadTx& tx) {
  const absl::CivilDay today = request.has_read_time() ? DayOf(request.read_time()) : tx.today();
  std::string due;
  if (request.due() != v1::ListTasksRequest::DUE_UNSPECIFIED) {
    due = absl::StrCat("state = OPEN AND due_date <= \"",
                       FormatDate(ToDate(LastDay(request.due(), today))), "\"");
  }
  return ListStored(request, *v1::ListTasksResponse::descriptor(), tx, due);
}

absl::StatusOr<Task> UpdateTask(const v1::UpdateTaskRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Task task, Patched(request.task(), request.update_mask(), "task", tx));
  ASSIGN_OR_RETURN(const Task before, tx.Get<Task>(task.name()));
  if ((task.kind() == Task::CADENCE) != (before.kind() == Task::CADENCE)) {
    return InvalidField("task.kind", "must stay CADENCE, or stay something else");
  }
  RETURN_IF_ERROR(Complete(task, tx));
  return tx.Update(std::move(task));
}

absl::StatusOr<Empty> DeleteTask(const v1::DeleteTaskRequest& request, WriteTx& tx) {
  return Delete<Task>(request, tx);
}

absl::StatusOr<Task> CompleteTask(const v1::CompleteTaskRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Task task, GetToChange<Task>(request, tx));
  if (request.touch().empty()) return DoTask(std::move(task), nullptr, tx);
  ASSIGN_OR_RETURN(const v1::Touch touch, tx.Get<v1::Touch>(request.touch()));
  if (AccountOf(touch.name()) != AccountOf(task.name())) {
    return InvalidField("touch", absl::StrCat("must be of ", AccountOf(task.name())));
  }
  return DoTask(std::move(task), &touch, tx);
}

absl::StatusOr<Task> SkipTask(const v1::SkipTaskRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Task task, GetToChange<Task>(request, tx));
  RETURN_IF_ERROR(CheckUndone(task));
  tx.set_reason(request.reason());
  task.set_state(Task::SKIPPED);
  task.set_state_reason(request.reason());
  return tx.Update(std::move(task));
}

absl::StatusOr<Task> SnoozeTask(const v1::SnoozeTaskRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Task task, GetToChange<Task>(request, tx));
  RETURN_IF_ERROR(CheckIsOpen(task));
  if (ToCivilDay(request.until()) < tx.today()) {
    return InvalidField("until", "must not be before today");
  }
  tx.set_reason(request.reason());
  *task.mutable_due_date() = request.until();
  task.set_state_reason(request.reason());
  return tx.Update(std::move(task));
}

absl::StatusOr<v1::ReassignTasksResponse> ReassignTasks(const v1::ReassignTasksRequest& request,
                                                        WriteTx& tx) {
  const ResourceTable& table = ResourceTable::Of<Task>();
  RETURN_IF_ERROR(CheckListParent(request.parent(), table.pattern(), "parent"));
  ASSIGN_OR_RETURN(const Filter filter, Filter::Parse(request.filter(), table.fields()));
  const bool everywhere = absl::EndsWith(request.parent(), "/-");
  if (everywhere && filter.empty()) {
    return InvalidField("filter", "must be set where the parent is accounts/-");
  }
  Selection selection = From<Task>();
  if (!everywhere) selection.WithPrefix(NamePrefix(request.parent(), table.pattern()));
  selection.Matching(filter).Where("state", "=", Task::State_Name(Task::OPEN));
  ASSIGN_OR_RETURN(std::vector<Task> tasks, tx.Select<Task>(selection.Limit(kMostReassigned + 1)));
  if (tasks.size() > kMostReassigned) {
    return InvalidField("filter", "must match at most 1000 OPEN tasks: narrow it down, and repeat");
  }
  RETURN_IF_ERROR(tx.HoldAccountsOf(tasks));
  v1::ReassignTasksResponse response;
  for (Task& task : tasks) {
    if (task.assignee() == request.assignee()) continue;
    task.set_assignee(request.assignee());
    RETURN_IF_ERROR(tx.Update(std::move(task)).status());
    response.set_reassigned_count(response.reassigned_count() + 1);
  }
  return response;
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("EngagementService.CreateTask", CreateTask);
  registry.Get<v1::GetTaskRequest, Task>("EngagementService.GetTask");
  registry.ListBy<v1::ListTasksRequest, v1::ListTasksResponse>("EngagementService.ListTasks",
                                                               ListTasks);
  registry.Write("EngagementService.UpdateTask", UpdateTask);
  registry.Write("EngagementService.DeleteTask", DeleteTask);
  registry.Write("EngagementService.CompleteTask", CompleteTask);
  registry.Write("EngagementService.SkipTask", SkipTask);
  registry.Write("EngagementService.SnoozeTask", SnoozeTask);
  registry.Write("EngagementService.BatchUpdateTasks",
                 Batch<UpdateTask, v1::BatchUpdateTasksRequest, v1::BatchTasksResponse>);
  registry.Write("EngagementService.BatchCompleteTasks",
                 Batch<CompleteTask, v1::BatchCompleteTasksRequest, v1::BatchTasksResponse>);
  registry.Write("EngagementService.BatchSkipTasks",
                 Batch<SkipTask, v1::BatchSkipTasksRequest, v1::BatchTasksResponse>);
  registry.Write("EngagementService.BatchSnoozeTasks",
                 Batch<SnoozeTask, v1::BatchSnoozeTasksRequest, v1::BatchTasksResponse>);
  registry.Write("EngagementService.ReassignTasks", ReassignTasks);
});

}  // namespace
}  // namespace perennial
