#include "server/handlers/tasks.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/api/filter.h"
#include "lib/domain/cadence.h"
#include "perennial/v1/account_service.pb.h"
#include "server/handlers/complete.h"
#include "server/handlers/register.h"
#include "server/handlers/standard.h"

namespace perennial {

using v1::Opportunity;
using v1::Task;

namespace {

constexpr int kMostReassigned = 1000;

absl::Status CheckUndone(const Task& task) {
  if (IsUndone(task)) return absl::OkStatus();
  return FailedPrecondition(v1::WRONG_STATE, task.name(),
                            absl::StrCat("The task is ", Task::State_Name(task.state())));
}

absl::Status CheckIsOpen(const Task& task) {
  if (task.state() == Task::OPEN) return absl::OkStatus();
  return FailedPrecondition(v1::WRONG_STATE, task.name(),
                            absl::StrCat("The task is ", Task::State_Name(task.state()),
                                         ": only an OPEN one can be put off"));
}

absl::StatusOr<Task> MarkDone(Task task, const std::string& touch, WriteTx& tx) {
  task.set_state(Task::DONE);
  task.set_touch(touch);
  task.clear_state_reason();
  *task.mutable_done_time() = ToTimestamp(tx.now());
  return tx.Update(std::move(task));
}

}  // namespace

absl::Status Complete(Task& task, ReadTx& tx) {
  const std::string account(AccountOf(task.name()));
  for (const auto& [field, name] :
       {std::pair<const char*, std::string>("task.opportunity", task.opportunity()),
        std::pair<const char*, std::string>("task.contact", task.contact())}) {
    if (!name.empty() && AccountOf(name) != account) {
      return InvalidField(field, absl::StrCat("must be of ", account));
    }
  }
  if (task.kind() == Task::KIND_UNSPECIFIED) task.set_kind(Task::OTHER);
  if (!task.contact().empty()) {
    RETURN_IF_ERROR(CheckMayContact({task.contact()}, "ask somebody else", tx));
    if (task.channel() == v1::CHANNEL_UNSPECIFIED) {
      ASSIGN_OR_RETURN(const v1::Contact contact, tx.Get<v1::Contact>(task.contact()));
      task.set_channel(contact.preferred_channel());
    }
  }
  if (task.kind() == Task::GIVE && task.intent() == v1::Touch::ASK) {
    return InvalidField("task.intent", "must not be ASK where the kind is GIVE");
  }
  if (task.assignee().empty()) {
    ASSIGN_OR_RETURN(const v1::Account owner, tx.Get<v1::Account>(account));
    task.set_assignee(owner.owner());
  }
  return absl::OkStatus();
}

absl::Status AddTask(Task task, absl::string_view account, int days, WriteTx& tx) {
  task.set_name(tx.NewName<Task>(account, ""));
  task.set_state(Task::OPEN);
  if (!task.has_due_date()) *task.mutable_due_date() = ToDate(tx.today() + days);
  RETURN_IF_ERROR(Complete(task, tx));
  return tx.Create(std::move(task)).status();
}

namespace {

absl::StatusOr<std::vector<Task>> AnswersTo(const v1::Feedback& feedback, ReadTx& tx) {
  return tx.Select<Task>(
      From<Task>().Under(AccountOf(feedback.name())).Where("feedback", "=", feedback.name()));
}

}  // namespace

absl::Status CompleteAnswers(const v1::Feedback& feedback, const v1::Touch& touch, WriteTx& tx) {
  ASSIGN_OR_RETURN(std::vector<Task> tasks, AnswersTo(feedback, tx));
  for (Task& task : tasks) {
    if (!IsUndone(task)) continue;
    RETURN_IF_ERROR(MarkDone(std::move(task), touch.name(), tx).status());
  }
  return absl::OkStatus();
}

absl::Status DropAnswers(const v1::Feedback& feedback, WriteTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Task> tasks, AnswersTo(feedback, tx));
  for (const Task& task : tasks) RETURN_IF_ERROR(tx.Delete(task));
  return absl::OkStatus();
}

absl::Status CheckMayContact(const std::vector<std::string>& contacts, absl::string_view what_to_do,
                             ReadTx& tx) {
  if (contacts.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<v1::Contact> people, tx.GetAll<v1::Contact>(contacts));
  for (const v1::Contact& contact : people) {
    if (!contact.do_not_contact()) continue;
    return FailedPrecondition(
        v1::DO_NOT_CONTACT, contact.name(),
        absl::StrCat(contact.display_name(), " asked not to be contacted: ", what_to_do));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Task>> TasksOf(const Opportunity& opportunity, ReadTx& tx) {
  return tx.Select<Task>(From<Task>().Where("opportunity", "=", opportunity.name()));
}

namespace {

// A task of the cadence, below its opportunity's account.
absl::StatusOr<Task> CreateNamed(Task task, WriteTx& tx) {
  task.set_name(tx.NewName<Task>(AccountOf(task.opportunity()), ""));
  return tx.Create(std::move(task));
}

}  // namespace

absl::Status OpenCadence(const Opportunity& opportunity, const v1::Playbook& playbook,
                         WriteTx& tx) {
  for (Task& task : PlanCadence(opportunity, playbook, tx.today())) {
    RETURN_IF_ERROR(CreateNamed(std::move(task), tx).status());
  }
  return absl::OkStatus();
}

absl::Status ApplyCadence(const Opportunity& opportunity, const v1::Playbook& playbook,
                          v1::ApplyPlaybookResponse& response, WriteTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Task> tasks, TasksOf(opportunity, tx));
  CadenceChange change = PlanCadenceChange(opportunity, playbook, tasks, tx.today());
  for (Task& task : change.created) {
    ASSIGN_OR_RETURN(*response.add_created_tasks(), CreateNamed(std::move(task), tx));
  }
  for (Task& task : change.updated) {
    ASSIGN_OR_RETURN(*response.add_updated_tasks(), tx.Update(std::move(task)));
  }
  for (Task& task : change.removed) {
    RETURN_IF_ERROR(tx.Delete(task));
    *response.add_removed_tasks() = std::move(task);
  }
  return absl::OkStatus();
}

absl::Status MoveCadence(const Opportunity& opportunity, WriteTx& tx) {
  ASSIGN_OR_RETURN(std::vector<Task> tasks, TasksOf(opportunity, tx));
  for (Task& task : tasks) {
    if (!MoveWithRenewal(opportunity, tx.today(), task)) continue;
    RETURN_IF_ERROR(tx.Update(std::move(task)).status());
  }
  return absl::OkStatus();
}

absl::Status EndTasks(const Opportunity& opportunity, WriteTx& tx) {
  ASSIGN_OR_RETURN(std::vector<Task> tasks, TasksOf(opportunity, tx));
  for (Task& task : tasks) {
    if (!IsUndone(task)) continue;
    task.set_state(Task::SKIPPED);
    task.set_state_reason(kEndedByClosing);
    RETURN_IF_ERROR(tx.Update(std::move(task)).status());
  }
  return absl::OkStatus();
}

absl::Status TakeUpTasks(const Opportunity& opportunity, WriteTx& tx) {
  ASSIGN_OR_RETURN(std::vector<Task> tasks, TasksOf(opportunity, tx));
  for (Task& task : tasks) {
    if (task.state() != Task::SKIPPED || task.state_reason() != kEndedByClosing) continue;
    const bool past = ToCivilDay(task.due_date()) < tx.today();
    task.set_state(past ? Task::MISSED : Task::OPEN);
    task.clear_state_reason();
    RETURN_IF_ERROR(tx.Update(std::move(task)).status());
  }
  return absl::OkStatus();
}

absl::Status EndTasksWith(const v1::Contact& contact, WriteTx& tx) {
  ASSIGN_OR_RETURN(
      std::vector<Task> tasks,
      tx.Select<Task>(
          From<Task>().Under(AccountOf(contact.name())).Where("contact", "=", contact.name())));
  for (Task& task : tasks) {
    if (!IsUndone(task)) continue;
    task.clear_contact();
    RETURN_IF_ERROR(tx.Update(std::move(task)).status());
  }
  return absl::OkStatus();
}

absl::Status CompleteTasks(const std::vector<std::string>& names, const v1::Touch& touch,
                           WriteTx& tx) {
  if (names.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckOfAccount(names, std::string(AccountOf(touch.name())), "completed_tasks"));
  ASSIGN_OR_RETURN(std::vector<Task> tasks, tx.GetAll<Task>(names));
  for (Task& task : tasks) {
    RETURN_IF_ERROR(CheckUndone(task));
    RETURN_IF_ERROR(MarkDone(std::move(task), touch.name(), tx).status());
  }
  return absl::OkStatus();
}

namespace {

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
  SqlCondition due;
  if (request.due() != v1::ListTasksRequest::DUE_UNSPECIFIED) {
    due.sql = "state = ? AND due_date <= ?";
    due.binds = {Task::State_Name(Task::OPEN),
                 FormatDate(ToDate(LastDay(request.due(), tx.today())))};
  }
  return ListStored(request, *v1::ListTasksResponse::descriptor(), tx, std::move(due));
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
  RETURN_IF_ERROR(CheckUndone(task));
  if (!request.touch().empty()) {
    RETURN_IF_ERROR(tx.Get<v1::Touch>(request.touch()).status());
    if (AccountOf(request.touch()) != AccountOf(task.name())) {
      return InvalidField("touch", absl::StrCat("must be of ", AccountOf(task.name())));
    }
  }
  return MarkDone(std::move(task), request.touch(), tx);
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
  v1::ReassignTasksResponse response;
  for (Task& task : tasks) {
    if (task.assignee() == request.assignee()) continue;
    task.set_assignee(request.assignee());
    RETURN_IF_ERROR(tx.Update(std::move(task)).status());
    response.set_reassigned_count(response.reassigned_count() + 1);
  }
  return response;
}

}  // namespace

void RegisterTasks(Registry& registry) {
  registry.Write("EngagementService.CreateTask", CreateTask);
  registry.Get<v1::GetTaskRequest, Task>("EngagementService.GetTask");
  registry.ReadStored<v1::ListTasksRequest, v1::ListTasksResponse>("EngagementService.ListTasks",
                                                                   ListTasks);
  registry.Write("EngagementService.UpdateTask", UpdateTask);
  registry.Write("EngagementService.DeleteTask", DeleteTask);
  registry.Write("EngagementService.CompleteTask", CompleteTask);
  registry.Write("EngagementService.SkipTask", SkipTask);
  registry.Write("EngagementService.SnoozeTask", SnoozeTask);
  registry.Write("EngagementService.ReassignTasks", ReassignTasks);
}

}  // namespace perennial
