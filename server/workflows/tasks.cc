#include "server/workflows/tasks.h"

#include "absl/strings/str_cat.h"
#include "lib/domain/cadence.h"
#include "perennial/v1/account_service.pb.h"
#include "server/methods/standard.h"

namespace perennial {

using v1::Opportunity;
using v1::Task;

absl::Status CheckUndone(const Task& task) {
  if (MayBeDone(task)) return absl::OkStatus();
  return FailedPrecondition(v1::WRONG_STATE, task.name(),
                            absl::StrCat("The task is ", Task::State_Name(task.state())));
}

absl::StatusOr<Task> MarkDone(Task task, const std::string& touch, WriteTx& tx) {
  task.set_state(Task::DONE);
  task.set_touch(touch);
  task.clear_state_reason();
  *task.mutable_done_time() = ToTimestamp(tx.now());
  return tx.Update(std::move(task));
}

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

absl::Status TakeOffTasks(const v1::Contact& contact, WriteTx& tx) {
  ASSIGN_OR_RETURN(
      std::vector<Task> tasks,
      tx.Select<Task>(
          From<Task>().Under(AccountOf(contact.name())).Where("contact", "=", contact.name())));
  for (Task& task : tasks) {
    if (!MayBeDone(task)) continue;
    task.clear_contact();
    RETURN_IF_ERROR(tx.Update(std::move(task)).status());
  }
  return absl::OkStatus();
}

}  // namespace perennial
