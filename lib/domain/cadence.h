#ifndef PERENNIAL_LIB_DOMAIN_CADENCE_H_
#define PERENNIAL_LIB_DOMAIN_CADENCE_H_

// What a playbook's cadence asks people to do for a renewal, and when.

#include <vector>

#include "absl/time/civil_time.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

// A task for each step of the playbook, without names. What should have been done before today is
// MISSED: nobody is asked to catch up on it.
std::vector<v1::Task> PlanCadence(const v1::Opportunity& opportunity, const v1::Playbook& playbook,
                                  absl::CivilDay today);

// What brings the tasks of an opportunity to what the playbook says now.
struct CadenceChange {
  std::vector<v1::Task> created;  // without names
  std::vector<v1::Task> updated;
  std::vector<v1::Task> removed;
};

// `tasks` are all of the opportunity. A task and a step are the same where their titles are. What
// was done or skipped stays as it is, and is not asked for again.
CadenceChange PlanCadenceChange(const v1::Opportunity& opportunity, const v1::Playbook& playbook,
                                const std::vector<v1::Task>& tasks, absl::CivilDay today);

// Moves a task of the cadence along with the renewal date, but not to before a day that it was put
// off to. Whether it has changed.
bool MoveWithRenewal(const v1::Opportunity& opportunity, absl::CivilDay today, v1::Task& task);

// OPEN or MISSED: somebody was to do it, and has not.
bool IsUndone(const v1::Task& task);

// The same, or NOT_EXPECTED: it may still be done.
bool MayBeDone(const v1::Task& task);

// Why a task is SKIPPED that was undone when its opportunity was closed.
inline constexpr char kEndedByClosing[] = "The opportunity was closed";

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_CADENCE_H_
