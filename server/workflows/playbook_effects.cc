#include "server/workflows/playbook_effects.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "google/protobuf/util/message_differencer.h"
#include "lib/base/status.h"
#include "lib/domain/cadence.h"
#include "lib/domain/gates.h"
#include "lib/storage/selection.h"
#include "perennial/v1/engagement_service.pb.h"
#include "server/workflows/evidence.h"

namespace perennial {

using google::protobuf::util::MessageDifferencer;
using v1::Opportunity;
using v1::Playbook;
using v1::Task;
using Effect = v1::PreviewPlaybookResponse::Effect;

namespace {

template <class Messages>
bool AreEqual(const Messages& a, const Messages& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return MessageDifferencer::Equals(x, y); });
}

void AddUnmet(const v1::GateReport& report, google::protobuf::RepeatedField<int>& unmet) {
  for (const auto& criterion : report.criteria()) {
    if (!criterion.met()) unmet.Add(criterion.type());
  }
}

absl::Status AddGate(const Opportunity& opportunity, const Playbook& before, const Playbook& after,
                     ReadTx& tx, Effect& effect) {
  // Evidence is gathered where it may tell them apart.
  if (AreEqual(GateCriteria(opportunity, before), GateCriteria(opportunity, after))) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const v1::GateReport now, CheckGateOf(opportunity, before, tx));
  ASSIGN_OR_RETURN(const v1::GateReport then, CheckGateOf(opportunity, after, tx));
  AddUnmet(now, *effect.mutable_unmet_before());
  AddUnmet(then, *effect.mutable_unmet_after());
  return absl::OkStatus();
}

using TasksByOpportunity = std::map<std::string, std::vector<Task>>;

absl::StatusOr<TasksByOpportunity> TasksOfAll(const std::vector<Opportunity>& opportunities,
                                              ReadTx& tx) {
  TasksByOpportunity by_opportunity;
  if (opportunities.empty()) return by_opportunity;
  std::vector<std::string> names;
  for (const Opportunity& opportunity : opportunities) names.push_back(opportunity.name());
  ASSIGN_OR_RETURN(std::vector<Task> tasks,
                   tx.Select<Task>(From<Task>().WhereAnyOf("opportunity", names)));
  for (Task& task : tasks) by_opportunity[task.opportunity()].push_back(std::move(task));
  return by_opportunity;
}

void AddTasks(CadenceChange change, Effect& effect) {
  for (Task& task : change.created) *effect.add_created_tasks() = std::move(task);
  for (Task& task : change.updated) *effect.add_updated_tasks() = std::move(task);
  for (Task& task : change.removed) *effect.add_removed_tasks() = std::move(task);
}

bool IsHit(const Effect& effect) {
  return !std::equal(effect.unmet_before().begin(), effect.unmet_before().end(),
                     effect.unmet_after().begin(), effect.unmet_after().end()) ||
         effect.created_tasks_size() + effect.updated_tasks_size() + effect.removed_tasks_size() >
             0;
}

}  // namespace

absl::Status AddEffects(const std::vector<Opportunity>& opportunities, const Playbook& before,
                        const Playbook& after, ReadTx& tx, v1::PreviewPlaybookResponse& response) {
  const bool other_cadence = !AreEqual(before.cadence_steps(), after.cadence_steps());
  TasksByOpportunity tasks;
  if (other_cadence) {
    ASSIGN_OR_RETURN(tasks, TasksOfAll(opportunities, tx));
  }
  for (const Opportunity& opportunity : opportunities) {
    Effect effect;
    effect.set_opportunity(opportunity.name());
    effect.set_display_name(opportunity.display_name());
    RETURN_IF_ERROR(AddGate(opportunity, before, after, tx, effect));
    if (other_cadence) {
      AddTasks(PlanCadenceChange(opportunity, after, tasks[opportunity.name()], tx.today()),
               effect);
    }
    if (!IsHit(effect)) continue;
    const bool was_open = effect.unmet_before().empty(), is_open = effect.unmet_after().empty();
    if (was_open && !is_open) response.set_shut_gate_count(response.shut_gate_count() + 1);
    if (!was_open && is_open) response.set_opened_gate_count(response.opened_gate_count() + 1);
    *response.add_effects() = std::move(effect);
  }
  return absl::OkStatus();
}

}  // namespace perennial
