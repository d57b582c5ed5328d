#include "lib/domain/risk.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/domain/finding.h"
#include "lib/domain/gates.h"

namespace perennial {

using v1::Contact;
using v1::Opportunity;
using v1::RelationshipStanding;
using v1::Touch;
using Risk = v1::Opportunity::Risk;

namespace {

// From so many on, reasons that are not grave by themselves are together.
constexpr int kGraveTogether = 3;
// Where the playbook has no target for OUTREACH.
constexpr int kOutreachDays = 30;

bool IsGrave(Risk::Reason reason) {
  return reason == Risk::NEVER_REACHED || reason == Risk::CHAMPION_LEFT ||
         reason == Risk::COMPETITOR_ACTIVE || reason == Risk::PAST_DUE;
}

Opportunity::RiskLevel LevelOf(const Opportunity& opportunity) {
  const auto& risks = opportunity.risks();
  if (risks.empty()) return Opportunity::LOW;
  const bool grave = absl::c_any_of(risks, [](const Risk& risk) { return IsGrave(risk.reason()); });
  return grave || risks.size() >= kGraveTogether ? Opportunity::HIGH : Opportunity::MEDIUM;
}

class RiskAssessor {
 public:
  RiskAssessor(const RelationshipFacts& facts, const RelationshipStanding& standing,
               const v1::Playbook& playbook, ReviewDay& review, Opportunity& opportunity)
      : facts_(facts),
        standing_(standing),
        playbook_(playbook),
        review_(review),
        opportunity_(opportunity),
        opened_(DayOf(opportunity.open_time())) {}

  void Run() {
    StampReach();
    opportunity_.clear_risks();
    CheckStanding(RelationshipStanding::NEGLECTED, Risk::NEGLECTED);
    CheckNeverReached();
    CheckChampionLeft();
    CheckStanding(RelationshipStanding::UNVERIFIED, Risk::UNVERIFIED);
    CheckCompetitor();
    CheckConcerns();
    CheckStalled();
    CheckMissedSteps();
    CheckPastDue();
    opportunity_.clear_risk_reasons();
    for (const Risk& risk : opportunity_.risks()) {
      opportunity_.add_risk_reasons(Risk::Reason_Name(risk.reason()));
    }
    opportunity_.set_risk_level(std::max(LevelOf(opportunity_), opportunity_.owner_risk_level()));
  }

 private:
  template <class Names>
  void Add(Risk::Reason reason, std::string description, const Names& evidence) {
    Risk& risk = *opportunity_.add_risks();
    risk.set_reason(reason);
    Explain(std::move(description), evidence, risk);
  }

  void StampReach() {
    std::vector<Touch> touches;
    for (const Touch& touch : facts_.touches) {
      if (ToTime(touch.touch_time()) >= ToTime(opportunity_.open_time())) touches.push_back(touch);
    }
    const Touch* reach = FirstReach(touches, facts_.contacts);
    // What an import says stays, until a touch proves as much.
    if (opportunity_.reach_imported() && (reach == nullptr || !ProvesImported(*reach))) return;
    opportunity_.set_reached(reach != nullptr);
    opportunity_.clear_reach_imported();
    opportunity_.clear_reach_time();
    if (reach != nullptr) *opportunity_.mutable_reach_time() = reach->touch_time();
  }

  bool ProvesImported(const Touch& reach) const {
    return !opportunity_.has_reach_time() ||
           ToTime(reach.touch_time()) <= ToTime(opportunity_.reach_time());
  }

  int TargetDays(Opportunity::Stage stage) const {
    return StageTargetOf(playbook_, stage).target_days();
  }

  // What holds for the whole account.
  void CheckStanding(RelationshipStanding::State state, Risk::Reason reason) {
    for (const RelationshipStanding::Reason& holds : standing_.reasons()) {
      if (holds.state() == state) Add(reason, holds.description(), holds.evidence());
    }
  }

  void CheckNeverReached() {
    if (opportunity_.reached()) return;
    const int target = TargetDays(Opportunity::OUTREACH);
    const int days = target > 0 ? target : kOutreachDays;
    if (!review_.HasPassed(opened_, days)) return;
    Add(Risk::NEVER_REACHED,
        absl::StrCat("Nobody who decides was spoken with since it opened, more than ", days,
                     " days ago"),
        std::vector<std::string>());
  }

  // Whether somebody who decides, and is still there, was spoken with after `time`.
  bool ReachedSince(absl::Time time) const {
    return absl::c_any_of(facts_.touches, [&](const Touch& touch) {
      if (!IsTwoWay(touch) || ToTime(touch.touch_time()) <= time) return false;
      return absl::c_any_of(facts_.contacts, [&](const Contact& contact) {
        return contact.state() == Contact::ACTIVE && HasDecisionRole(contact) &&
               absl::c_linear_search(touch.contacts(), contact.name());
      });
    });
  }

  void CheckChampionLeft() {
    std::vector<std::string> left;
    for (const Contact& contact : facts_.contacts) {
      if (contact.state() != Contact::LEFT || !HasDecisionRole(contact)) continue;
      const absl::CivilDay day = DayOf(contact.leave_time());
      if (day < opened_ && review_.HasPassed(day, kTwelveMonths)) continue;
      if (!ReachedSince(ToTime(contact.leave_time()))) left.push_back(contact.name());
    }
    if (left.empty()) return;
    Add(Risk::CHAMPION_LEFT,
        "Somebody who decides has left, and nobody else who does was spoken with since", left);
  }

  void CheckCompetitor() {
    std::vector<std::string> seen;
    for (const Touch& touch : facts_.touches) {
      if (!touch.competitor().empty() &&
          ToTime(touch.touch_time()) >= ToTime(opportunity_.open_time())) {
        seen.push_back(touch.name());
      }
    }
    for (const v1::AccountEvent& event : facts_.events) {
      if (event.type() == v1::AccountEvent::COMPETITOR &&
          ToCivilDay(event.event_date()) >= opened_) {
        seen.push_back(event.name());
      }
    }
    if (seen.empty()) return;
    Add(Risk::COMPETITOR_ACTIVE, "A competitor was mentioned, or heard of, since it opened", seen);
  }

  void CheckConcerns() {
    std::vector<std::string> concerns;
    for (const v1::Feedback& concern : facts_.open_concerns) concerns.push_back(concern.name());
    if (concerns.empty()) return;
    Add(Risk::CONCERN_OPEN, "A concern of the customer is not answered yet", concerns);
  }

  void CheckStalled() {
    const int days = TargetDays(opportunity_.stage());
    const absl::CivilDay entered = DayOf(opportunity_.stage_enter_time());
    // Whoever returns to a stage goes on in it.
    const int64_t before = DaysOfEarlierStays();
    if (days == 0 || !review_.HasPassed(entered - before, days)) return;
    const std::string earlier =
        before == 0 ? ""
                    : absl::StrCat(", and ", before, before == 1 ? " day" : " days", " before");
    Add(Risk::STALLED,
        absl::StrCat("In ", Opportunity::Stage_Name(opportunity_.stage()), " since ",
                     FormatDate(ToDate(entered)), earlier, ": more than ", days, " days"),
        std::vector<std::string>());
  }

  int64_t DaysOfEarlierStays() const {
    for (const Opportunity::StageTime& time : opportunity_.stage_times()) {
      if (time.stage() == opportunity_.stage()) {
        return time.spent_seconds() / absl::ToInt64Seconds(absl::Hours(24));
      }
    }
    return 0;
  }

  void CheckMissedSteps() {
    std::vector<std::string> missed;
    for (const v1::Task& step : facts_.undone_steps) {
      if (step.opportunity() != opportunity_.name()) continue;
      const bool past = review_.HasPassed(ToCivilDay(step.due_date()), 0);
      if (past || step.state() == v1::Task::MISSED) missed.push_back(step.name());
    }
    if (missed.empty()) return;
    Add(Risk::MISSED_STEPS,
        absl::StrCat(missed.size(), missed.size() == 1 ? " step" : " steps",
                     " of the cadence past and undone"),
        missed);
  }

  void CheckPastDue() {
    const absl::CivilDay due = ToCivilDay(opportunity_.renewal_date());
    if (!review_.HasPassed(due - 1, 0)) return;
    Add(Risk::PAST_DUE, absl::StrCat("The renewal date was ", FormatDate(ToDate(due))),
        std::vector<std::string>());
  }

  const RelationshipFacts& facts_;
  const RelationshipStanding& standing_;
  const v1::Playbook& playbook_;
  ReviewDay& review_;
  Opportunity& opportunity_;
  const absl::CivilDay opened_;
};

}  // namespace

void AssessRisks(const RelationshipFacts& facts, const RelationshipStanding& standing,
                 const v1::Playbook& playbook, ReviewDay& review, Opportunity& opportunity) {
  RiskAssessor(facts, standing, playbook, review, opportunity).Run();
}

void LowerForecast(Opportunity& opportunity) {
  // The categories ascend with how sure we are.
  if (opportunity.forecast_category() > Opportunity::OMITTED) {
    opportunity.set_forecast_category(
        static_cast<Opportunity::ForecastCategory>(opportunity.forecast_category() - 1));
  }
}

}  // namespace perennial
