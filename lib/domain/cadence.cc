#include "lib/domain/cadence.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "lib/base/date.h"

namespace perennial {

using v1::Opportunity;
using v1::Playbook;
using v1::Task;

namespace {

absl::CivilDay DueDay(const Opportunity& opportunity, int days_before) {
  return ToCivilDay(opportunity.renewal_date()) - days_before;
}

// Nobody could do what came up when its day was past.
Task::State StateOn(absl::CivilDay due, absl::CivilDay today) {
  return due < today ? Task::NOT_EXPECTED : Task::OPEN;
}

Task TaskOf(const Playbook::CadenceStep& step, const Opportunity& opportunity,
            absl::CivilDay today) {
  const absl::CivilDay due = DueDay(opportunity, step.days_before_renewal());
  Task task;
  task.set_kind(Task::CADENCE);
  task.set_title(step.title());
  task.set_channel(step.channel());
  task.set_intent(step.intent());
  *task.mutable_due_date() = ToDate(due);
  task.set_assignee(opportunity.owner());
  task.set_opportunity(opportunity.name());
  task.set_state(StateOn(due, today));
  task.set_days_before_renewal(step.days_before_renewal());
  return task;
}

// What the step says of a task that is there. A day that the task was put off to is kept.
bool Follow(const Task& planned, Task& task) {
  const bool moved = task.days_before_renewal() != planned.days_before_renewal();
  const bool other = task.channel() != planned.channel() || task.intent() != planned.intent();
  if (!moved && !other) return false;
  task.set_channel(planned.channel());
  task.set_intent(planned.intent());
  if (moved) {
    *task.mutable_due_date() = planned.due_date();
    task.set_state(planned.state());
    task.set_days_before_renewal(planned.days_before_renewal());
  }
  return true;
}

}  // namespace

std::vector<Task> PlanCadence(const Opportunity& opportunity, const Playbook& playbook,
                              absl::CivilDay today) {
  std::vector<Task> tasks;
  for (const auto& step : playbook.cadence_steps()) {
    tasks.push_back(TaskOf(step, opportunity, today));
  }
  return tasks;
}

CadenceChange PlanCadenceChange(const Opportunity& opportunity, const Playbook& playbook,
                                const std::vector<Task>& tasks, absl::CivilDay today) {
  CadenceChange change;
  std::map<std::string, Task> planned;
  for (Task& task : PlanCadence(opportunity, playbook, today)) {
    std::string title = task.title();
    planned.emplace(std::move(title), std::move(task));
  }
  for (const Task& task : tasks) {
    if (task.kind() != Task::CADENCE) continue;
    const auto step = planned.find(task.title());
    if (step == planned.end()) {
      if (MayBeDone(task)) change.removed.push_back(task);
      continue;
    }
    Task followed = task;
    if (MayBeDone(task) && Follow(step->second, followed)) change.updated.push_back(followed);
    planned.erase(step);
  }
  for (auto& [title, task] : planned) change.created.push_back(std::move(task));
  std::sort(change.created.begin(), change.created.end(), [](const Task& a, const Task& b) {
    return a.days_before_renewal() > b.days_before_renewal();
  });
  return change;
}

bool MoveWithRenewal(const Opportunity& opportunity, absl::CivilDay today, Task& task) {
  if (task.kind() != Task::CADENCE || !MayBeDone(task)) return false;
  const absl::CivilDay due = DueDay(opportunity, task.days_before_renewal());
  if (due == ToCivilDay(task.due_date())) return false;
  const bool put_off = task.state() == Task::OPEN && !task.state_reason().empty();
  if (put_off && due < ToCivilDay(task.due_date())) return false;
  *task.mutable_due_date() = ToDate(due);
  task.set_state(StateOn(due, today));
  return true;
}

bool IsUndone(const Task& task) {
  return task.state() == Task::OPEN || task.state() == Task::MISSED;
}

bool MayBeDone(const Task& task) { return IsUndone(task) || task.state() == Task::NOT_EXPECTED; }

}  // namespace perennial
