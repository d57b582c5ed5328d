#include "lib/domain/playbooks.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/fields.h"
#include "lib/base/status.h"

namespace perennial {

using v1::Criterion;
using v1::Opportunity;
using v1::Playbook;
using v1::Touch;

namespace {

constexpr int kLeadDays = 120;
constexpr int kBundleDays = 30;
constexpr int kUnreachableAttempts = 5;
constexpr int kUnreachableChannels = 2;
constexpr int kFadingDays = 45;
constexpr int kNeglectDays = 90;
constexpr int64_t kValuedArr = 10000;

void AddStep(int days, v1::Channel channel, Touch::Intent intent, const char* title,
             Playbook& playbook) {
  Playbook::CadenceStep& step = *playbook.add_cadence_steps();
  step.set_days_before_renewal(days);
  step.set_channel(channel);
  step.set_intent(intent);
  step.set_title(title);
}

void AddStage(Opportunity::Stage stage, int days, int probability,
              Opportunity::ForecastCategory category, Playbook& playbook) {
  Playbook::StageTarget& target = *playbook.add_stage_targets();
  target.set_stage(stage);
  target.set_target_days(days);
  target.set_probability_percent(probability);
  target.set_forecast_category(category);
}

void AddCriterion(Opportunity::Stage stage, Criterion::Type type, Playbook& playbook) {
  Criterion& criterion = *playbook.add_criteria();
  criterion.set_stage(stage);
  criterion.set_type(type);
  criterion.set_days(CriterionDays(criterion));
}

}  // namespace

Playbook DefaultPlaybook() {
  Playbook playbook;
  playbook.set_name(kDefaultPlaybook);
  playbook.set_display_name("Default renewal");
  playbook.set_lead_days(kLeadDays);
  playbook.set_bundle_days(kBundleDays);
  playbook.set_unreachable_attempts(kUnreachableAttempts);
  playbook.set_unreachable_channels(kUnreachableChannels);

  AddStep(120, v1::PHONE, Touch::CHECK_IN, "Ask how they are doing and who is there now", playbook);
  AddStep(105, v1::EMAIL, Touch::GIVE, "Send something useful for their goals", playbook);
  AddStep(90, v1::VIDEO, Touch::CHECK_IN, "Hold the adoption review", playbook);
  AddStep(75, v1::EMAIL, Touch::GIVE, "Show the capabilities they do not use yet", playbook);
  AddStep(60, v1::VIDEO, Touch::ASK, "Propose what would help them more", playbook);
  AddStep(45, v1::EMAIL, Touch::ASK, "Send the renewal offer", playbook);
  AddStep(30, v1::PHONE, Touch::ASK, "Talk the offer through", playbook);
  AddStep(7, v1::PHONE, Touch::ASK, "Settle what is open", playbook);

  AddStage(Opportunity::OUTREACH, 30, 40, Opportunity::PIPELINE, playbook);
  AddStage(Opportunity::ADOPTION_REVIEW, 30, 60, Opportunity::PIPELINE, playbook);
  AddStage(Opportunity::UPSELL, 30, 75, Opportunity::BEST_CASE, playbook);
  AddStage(Opportunity::RENEWAL, 30, 90, Opportunity::COMMIT, playbook);

  AddCriterion(Opportunity::OUTREACH, Criterion::DECISION_ROLE_REACHED, playbook);
  AddCriterion(Opportunity::OUTREACH, Criterion::CONTACTS_VERIFIED, playbook);
  AddCriterion(Opportunity::OUTREACH, Criterion::GAVE_BEFORE_ASKING, playbook);
  AddCriterion(Opportunity::ADOPTION_REVIEW, Criterion::ADOPTION_REVIEW_HELD, playbook);
  AddCriterion(Opportunity::ADOPTION_REVIEW, Criterion::CAPABILITIES_PRESENTED, playbook);
  AddCriterion(Opportunity::ADOPTION_REVIEW, Criterion::FEEDBACK_ACKNOWLEDGED, playbook);
  AddCriterion(Opportunity::UPSELL, Criterion::EXPANSION_DECIDED, playbook);
  AddCriterion(Opportunity::RENEWAL, Criterion::OFFER_ACCEPTED, playbook);
  return playbook;
}

int LeadDays(const Playbook& playbook) {
  return playbook.lead_days() > 0 ? playbook.lead_days() : kLeadDays;
}

int BundleDays(const Playbook& playbook) {
  return playbook.has_bundle_days() ? playbook.bundle_days() : kBundleDays;
}

int CriterionDays(const Criterion& criterion) {
  if (criterion.days() > 0) return criterion.days();
  switch (criterion.type()) {
    case Criterion::CONTACTS_VERIFIED:
      return 180;
    case Criterion::GAVE_BEFORE_ASKING:
      return 365;
    case Criterion::CAPABILITIES_PRESENTED:
      return 90;
    case Criterion::FEEDBACK_ACKNOWLEDGED:
      return 14;
    default:
      return 0;
  }
}

int UnreachableAttempts(const Playbook& playbook) {
  return playbook.unreachable_attempts() > 0 ? playbook.unreachable_attempts()
                                             : kUnreachableAttempts;
}

int UnreachableChannels(const Playbook& playbook) {
  return playbook.unreachable_channels() > 0 ? playbook.unreachable_channels()
                                             : kUnreachableChannels;
}

int FadingDays(const Playbook& playbook) {
  return playbook.fading_days() > 0 ? playbook.fading_days() : kFadingDays;
}

int NeglectDays(const Playbook& playbook) {
  return playbook.neglect_days() > 0 ? playbook.neglect_days() : kNeglectDays;
}

int64_t ValuedArr(const Playbook& playbook) {
  return playbook.valued_arr() > 0 ? playbook.valued_arr() : kValuedArr;
}

int VerifyDays(const Playbook& playbook) {
  for (const Criterion& criterion : playbook.criteria()) {
    if (criterion.type() == Criterion::CONTACTS_VERIFIED) return CriterionDays(criterion);
  }
  Criterion usual;
  usual.set_type(Criterion::CONTACTS_VERIFIED);
  return CriterionDays(usual);
}

Playbook::StageTarget StageTargetOf(const Playbook& playbook, Opportunity::Stage stage) {
  static const Playbook* const kDefault = new Playbook(DefaultPlaybook());
  for (const Playbook* candidate : {&playbook, kDefault}) {
    for (const Playbook::StageTarget& target : candidate->stage_targets()) {
      if (target.stage() == stage) return target;
    }
  }
  return {};
}

absl::Status CheckPlaybook(const Playbook& playbook) {
  const auto filter =
      Filter::Parse(playbook.account_filter(), FieldTable::Of(*v1::Account::descriptor()));
  if (!filter.ok()) {
    std::string description = std::string(filter.status().message());
    for (const FieldViolation& violation : ViolationsOf(filter.status())) {
      description = violation.description;
    }
    return InvalidField("playbook.account_filter", description);
  }
  std::set<int> stages;
  for (int i = 0; i < playbook.stage_targets_size(); ++i) {
    if (!stages.insert(playbook.stage_targets(i).stage()).second) {
      return InvalidField(absl::StrCat("playbook.stage_targets[", i, "].stage"),
                          "each stage may have one target only");
    }
  }
  std::set<std::string> titles;
  for (int i = 0; i < playbook.cadence_steps_size(); ++i) {
    if (!titles.insert(playbook.cadence_steps(i).title()).second) {
      return InvalidField(absl::StrCat("playbook.cadence_steps[", i, "].title"),
                          "each step must have a title of its own");
    }
  }
  std::set<std::pair<int, int>> criteria;
  for (int i = 0; i < playbook.criteria_size(); ++i) {
    const Criterion& criterion = playbook.criteria(i);
    if (!criteria.emplace(criterion.stage(), criterion.type()).second) {
      return InvalidField(absl::StrCat("playbook.criteria[", i, "]"),
                          "a gate may have each type of criterion once only");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<PlaybookChooser> PlaybookChooser::Make(std::vector<Playbook> playbooks) {
  std::sort(playbooks.begin(), playbooks.end(), [](const Playbook& a, const Playbook& b) {
    // The default one comes last whatever its priority, or it would hide others.
    const bool a_default = a.name() == kDefaultPlaybook;
    const bool b_default = b.name() == kDefaultPlaybook;
    if (a_default != b_default) return b_default;
    if (a.priority() != b.priority()) return a.priority() > b.priority();
    return a.name() < b.name();
  });
  PlaybookChooser chooser;
  for (Playbook& playbook : playbooks) {
    ASSIGN_OR_RETURN(Filter filter, Filter::Parse(playbook.account_filter(),
                                                  FieldTable::Of(*v1::Account::descriptor())));
    chooser.playbooks_.emplace_back(std::move(playbook), std::move(filter));
  }
  if (chooser.playbooks_.empty()) {
    chooser.playbooks_.emplace_back(DefaultPlaybook(), Filter());
  }
  return chooser;
}

const Playbook& PlaybookChooser::For(const v1::Account& account) const {
  for (const auto& [playbook, filter] : playbooks_) {
    if (filter.Matches(account)) return playbook;
  }
  return playbooks_.back().first;
}

const Playbook& PlaybookChooser::Named(absl::string_view name) const {
  for (const auto& [playbook, filter] : playbooks_) {
    if (playbook.name() == name) return playbook;
  }
  return playbooks_.back().first;
}

int PlaybookChooser::longest_lead_days() const {
  int longest = 0;
  for (const auto& [playbook, filter] : playbooks_) longest = std::max(longest, LeadDays(playbook));
  return longest;
}

}  // namespace perennial
