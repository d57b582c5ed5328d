#include "lib/domain/stages.h"

#include <algorithm>

#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/playbooks.h"

namespace perennial {

using v1::Opportunity;

std::optional<Opportunity::Stage> NextStage(Opportunity::Stage stage) {
  switch (stage) {
    case Opportunity::OUTREACH:
      return Opportunity::ADOPTION_REVIEW;
    case Opportunity::ADOPTION_REVIEW:
      return Opportunity::UPSELL;
    case Opportunity::UPSELL:
      return Opportunity::RENEWAL;
    default:
      return std::nullopt;
  }
}

namespace {

Opportunity::StageTime& StageTimeOf(Opportunity::Stage stage, Opportunity& opportunity) {
  for (Opportunity::StageTime& time : *opportunity.mutable_stage_times()) {
    if (time.stage() == stage) return time;
  }
  Opportunity::StageTime& time = *opportunity.add_stage_times();
  time.set_stage(stage);
  return time;
}

}  // namespace

void Open(const v1::Playbook& playbook, absl::Time now, Opportunity& opportunity) {
  opportunity.set_outcome(Opportunity::OPEN);
  opportunity.set_playbook(playbook.name());
  *opportunity.mutable_open_time() = ToTimestamp(now);
  EnterStage(Opportunity::OUTREACH, playbook, now, opportunity);
}

void EnterStage(Opportunity::Stage stage, const v1::Playbook& playbook, absl::Time now,
                Opportunity& opportunity) {
  StopStageTime(now, opportunity);
  opportunity.set_stage(stage);
  ResumeStageTime(now, opportunity);
  const v1::Playbook::StageTarget target = StageTargetOf(playbook, stage);
  opportunity.set_probability_percent(target.probability_percent());
  opportunity.set_forecast_category(target.forecast_category());
  UpdateWeightedArr(opportunity);
}

void StopStageTime(absl::Time now, Opportunity& opportunity) {
  if (!opportunity.has_stage_enter_time()) return;
  // Another server's clock may have been ahead.
  const absl::Duration spent =
      std::max(now - ToTime(opportunity.stage_enter_time()), absl::ZeroDuration());
  Opportunity::StageTime& time = StageTimeOf(opportunity.stage(), opportunity);
  time.set_spent_seconds(time.spent_seconds() + absl::ToInt64Seconds(spent));
  opportunity.clear_stage_enter_time();
}

void ResumeStageTime(absl::Time now, Opportunity& opportunity) {
  *opportunity.mutable_stage_enter_time() = ToTimestamp(now);
  *StageTimeOf(opportunity.stage(), opportunity).mutable_enter_time() = ToTimestamp(now);
}

void UpdateWeightedArr(Opportunity& opportunity) {
  *opportunity.mutable_weighted_arr() =
      Percent(opportunity.forecast_arr(), opportunity.probability_percent());
}

}  // namespace perennial
