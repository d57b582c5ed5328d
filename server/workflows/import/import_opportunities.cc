#include "server/workflows/import/import_opportunities.h"

#include <set>
#include <string>
#include <utility>

#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/base/status.h"
#include "lib/domain/stages.h"
#include "lib/domain/subscriptions.h"
#include "server/methods/standard.h"
#include "server/workflows/closed_reach.h"
#include "server/workflows/evidence.h"
#include "server/workflows/opportunity_writes.h"
#include "server/workflows/playbooks.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Opportunity;
using v1::Subscription;

namespace {

void SetOpenDefaults(const v1::Playbook& playbook, absl::Time now, const SaidPaths& said,
                     Opportunity& opportunity) {
  opportunity.set_outcome(Opportunity::OPEN);
  if (opportunity.stage() == Opportunity::STAGE_UNSPECIFIED) {
    opportunity.set_stage(Opportunity::OUTREACH);
  }
  if (!opportunity.has_open_time()) *opportunity.mutable_open_time() = ToTimestamp(now);
  if (!opportunity.has_stage_enter_time()) {
    *opportunity.mutable_stage_enter_time() = opportunity.open_time();
  }
  ResumeStageTime(ToTime(opportunity.stage_enter_time()), opportunity);
  const v1::Playbook::StageTarget target = StageTargetOf(playbook, opportunity.stage());
  if (!opportunity.has_probability_percent() && said.paths.count("probability_percent") == 0) {
    opportunity.set_probability_percent(target.probability_percent());
  }
  if (opportunity.forecast_category() == Opportunity::FORECAST_CATEGORY_UNSPECIFIED) {
    opportunity.set_forecast_category(target.forecast_category());
  }
}

absl::Status CheckTimes(const Opportunity& opportunity, const ReadTx& tx) {
  RETURN_IF_ERROR(CheckNotInFuture(opportunity.open_time(), "opportunity.open_time", tx));
  RETURN_IF_ERROR(CheckNotInFuture(opportunity.close_time(), "opportunity.close_time", tx));
  if (opportunity.has_close_time() &&
      ToTime(opportunity.close_time()) < ToTime(opportunity.open_time())) {
    return InvalidField("opportunity.close_time", "must not be before the open time");
  }
  if (opportunity.has_stage_enter_time() &&
      ToTime(opportunity.stage_enter_time()) < ToTime(opportunity.open_time())) {
    return InvalidField("opportunity.stage_enter_time", "must not be before the open time");
  }
  return CheckNotInFuture(opportunity.stage_enter_time(), "opportunity.stage_enter_time", tx);
}

// What the server would have worked out had the opportunity been closed here.
absl::Status CheckClosed(const Opportunity& opportunity) {
  const auto missing = [](const char* field) {
    return InvalidField(absl::StrCat("opportunity.", field), "must be set where it is closed");
  };
  if (opportunity.stage() == Opportunity::STAGE_UNSPECIFIED) return missing("stage");
  if (!opportunity.has_arr()) return missing("arr");
  if (!opportunity.has_renewal_date()) return missing("renewal_date");
  if (!opportunity.has_open_time()) return missing("open_time");
  if (!opportunity.has_close_time()) return missing("close_time");
  if (opportunity.outcome() == Opportunity::RENEWED) {
    return opportunity.has_closed_arr() ? absl::OkStatus() : missing("closed_arr");
  }
  if (opportunity.closed_arr().micros() != 0) {
    return InvalidField("opportunity.closed_arr", "must be zero where it churned");
  }
  if (opportunity.churn_reason() == v1::OTHER && opportunity.close_note().empty()) {
    return InvalidField("opportunity.close_note", "must say what the reason OTHER stands for");
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Playbook> PlaybookOf(const Opportunity& opportunity, const v1::Account& account,
                                        Writing& writing) {
  if (!opportunity.playbook().empty()) return writing.tx.Get<v1::Playbook>(opportunity.playbook());
  ASSIGN_OR_RETURN(const PlaybookChooser* playbooks, KeptPlaybooks(writing));
  return playbooks->For(account);
}

absl::StatusOr<std::vector<Subscription>> Subscriptions(const Opportunity& opportunity,
                                                        ReadTx& tx) {
  RETURN_IF_ERROR(CheckOfAccount(opportunity.subscriptions(), AccountOf(opportunity.name()),
                                 "opportunity.subscriptions"));
  std::vector<Subscription> subscriptions;
  for (const std::string& name : opportunity.subscriptions()) {
    ASSIGN_OR_RETURN(subscriptions.emplace_back(), tx.Get<Subscription>(name));
  }
  return subscriptions;
}

// What was renewed elsewhere is in the term after.
absl::Status FollowRenewal(const Opportunity& renewed, std::vector<Subscription> subscriptions,
                           WriteTx& tx) {
  for (Subscription& subscription : subscriptions) {
    if (!IsInForce(subscription)) continue;
    RollBeyond(ToCivilDay(renewed.renewal_date()), subscription);
    subscription.set_state(StateOn(tx.today(), subscription));
    JudgeTermAnew(subscription);
    ASSIGN_OR_RETURN(subscription, tx.Update(std::move(subscription)));
    RETURN_IF_ERROR(FollowInOpportunity(subscription, tx));
  }
  return absl::OkStatus();
}

// What an open one has is that of its subscriptions.
absl::Status CheckOpenFields(const Opportunity& opportunity) {
  if (opportunity.has_close_time() || opportunity.has_closed_arr() ||
      opportunity.churn_reason() != v1::CHURN_REASON_UNSPECIFIED) {
    return InvalidField("opportunity.outcome", "must be set where it is closed");
  }
  if (opportunity.has_arr()) {
    return InvalidField("opportunity.arr",
                        "must be unset while it is open: it is the sum over its subscriptions; "
                        "give forecast_arr for what is expected");
  }
  if (opportunity.has_renewal_date()) {
    return InvalidField("opportunity.renewal_date",
                        "must be unset while it is open: it is the day the earliest term of its "
                        "subscriptions ends");
  }
  return absl::OkStatus();
}

// Whether somebody was reached is what the import says, and no touch here shows it.
void TakeOverReach(const Opportunity& before, Opportunity& opportunity) {
  const bool same = opportunity.reached() == before.reached() &&
                    ToTime(opportunity.reach_time()) == ToTime(before.reach_time());
  if (!same) opportunity.set_reach_imported(opportunity.reached());
}

absl::StatusOr<Opportunity> CreateOpen(Opportunity opportunity, const v1::Account& account,
                                       const v1::Playbook& playbook, Writing& writing) {
  WriteTx& tx = writing.tx;
  RETURN_IF_ERROR(CheckOpenFields(opportunity));
  ASSIGN_OR_RETURN(std::vector<Subscription> subscriptions, Subscriptions(opportunity, tx));
  RETURN_IF_ERROR(CheckRenewable(subscriptions));
  SetOpenDefaults(playbook, tx.now(), writing.Kept<SaidPaths>(), opportunity);
  RETURN_IF_ERROR(SetRenewal(subscriptions, opportunity));
  RETURN_IF_ERROR(CheckForecast(opportunity));
  Describe(account, opportunity);
  ASSIGN_OR_RETURN(opportunity, tx.Create(std::move(opportunity)));
  RETURN_IF_ERROR(PutUpForRenewal(opportunity, std::move(subscriptions), tx));
  RETURN_IF_ERROR(WriteTransition(Opportunity(), opportunity, "Imported", {}, tx));
  RETURN_IF_ERROR(OpenCadence(opportunity, playbook, tx));
  return opportunity;
}

}  // namespace

absl::StatusOr<Opportunity> CreateImported(Opportunity opportunity, Writing& writing) {
  WriteTx& tx = writing.tx;
  RETURN_IF_ERROR(CheckTimes(opportunity, tx));
  TakeOverReach(Opportunity(), opportunity);
  ASSIGN_OR_RETURN(const v1::Account account, tx.Get<v1::Account>(AccountOf(opportunity.name())));
  ASSIGN_OR_RETURN(const v1::Playbook playbook, PlaybookOf(opportunity, account, writing));
  opportunity.set_playbook(playbook.name());
  const bool is_closed = opportunity.outcome() == Opportunity::RENEWED ||
                         opportunity.outcome() == Opportunity::CHURNED;
  if (!is_closed) return CreateOpen(std::move(opportunity), account, playbook, writing);

  if (opportunity.outcome() == Opportunity::CHURNED &&
      opportunity.churn_reason() == v1::CHURN_REASON_UNSPECIFIED) {
    opportunity.set_churn_reason(v1::UNKNOWN);
  }
  RETURN_IF_ERROR(CheckClosed(opportunity));
  ASSIGN_OR_RETURN(std::vector<Subscription> subscriptions, Subscriptions(opportunity, tx));
  if (opportunity.outcome() == Opportunity::RENEWED) {
    RETURN_IF_ERROR(FollowRenewal(opportunity, std::move(subscriptions), tx));
  }
  if (!opportunity.has_forecast_arr()) *opportunity.mutable_forecast_arr() = opportunity.arr();
  RETURN_IF_ERROR(CheckForecast(opportunity));
  opportunity.set_probability_percent(opportunity.outcome() == Opportunity::RENEWED ? 100 : 0);
  opportunity.mutable_closed_arr()->set_currency_code(opportunity.arr().currency_code());
  UpdateWeightedArr(opportunity);
  Describe(account, opportunity);
  RETURN_IF_ERROR(StampReach(opportunity, writing));
  return tx.Create(std::move(opportunity));
}

absl::StatusOr<Opportunity> UpdateImported(const Opportunity& before, Opportunity opportunity,
                                           Writing& writing) {
  const std::set<std::string> names(opportunity.subscriptions().begin(),
                                    opportunity.subscriptions().end());
  if (names !=
      std::set<std::string>(before.subscriptions().begin(), before.subscriptions().end())) {
    return InvalidField("opportunity.subscriptions", "cannot change");
  }
  TakeOverReach(before, opportunity);
  if (!opportunity.has_forecast_arr()) opportunity.set_forecast_given(false);
  RETURN_IF_ERROR(CompleteForecast(before, opportunity));
  if (opportunity.outcome() != Opportunity::OPEN) {
    RETURN_IF_ERROR(StampReach(opportunity, writing));
  }
  return writing.tx.Update(std::move(opportunity));
}

}  // namespace perennial
