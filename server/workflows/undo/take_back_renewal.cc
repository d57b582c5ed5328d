#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "lib/base/ids.h"
#include "lib/base/status.h"
#include "lib/domain/closing.h"
#include "lib/domain/stages.h"
#include "lib/domain/subscriptions.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"
#include "server/workflows/closing.h"
#include "server/workflows/opportunity_writes.h"
#include "server/workflows/reopening.h"
#include "server/workflows/tasks.h"
#include "server/workflows/undo/take_back.h"

namespace perennial {

using v1::Change;
using v1::Opportunity;
using v1::Subscription;

namespace {

const Opportunity& TargetOf(const Reversal& reversal) {
  return static_cast<const Opportunity&>(*reversal.target);
}

// What is only ever said of a renewal that is open.
bool IsOfOpenOne(const SaidField& field) {
  static const auto& fields = *new std::set<std::string>{
      "stage",        "subscriptions",       "accepted_offer",    "expansion_arr",
      "forecast_arr", "probability_percent", "forecast_category", "forecast_given"};
  return fields.count(field.path()) > 0;
}

// What closing and opening again write themselves.
bool IsOfOutcome(const SaidField& field) {
  static const auto& fields = *new std::set<std::string>{
      "outcome",    "close_time", "closed_arr",  "churn_reason",
      "close_note", "competitor", "auto_closed", "created_subscriptions"};
  return fields.count(field.path()) > 0;
}

absl::Status CloseAgain(const Opportunity& opportunity, const Opportunity& as, WriteTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Subscription> subscriptions, SubscriptionsOf(opportunity, tx));
  Ending ending;
  ending.outcome = as.outcome();
  ending.churn_reason = as.churn_reason();
  ending.note = as.close_note();
  ending.competitor = as.competitor();
  ending.automatic = as.auto_closed();
  ending.reason = tx.reason();
  if (as.outcome() == Opportunity::CHURNED) {
    return Close(opportunity,
                 PlanChurn(opportunity, subscriptions, as.churn_reason(), as.close_note(),
                           tx.today()),
                 ending, tx)
        .status();
  }
  ASSIGN_OR_RETURN(const Agreement agreement, AgreementOf(opportunity, tx));
  RETURN_IF_ERROR(CheckAgreementStands(agreement, subscriptions, tx.today()));
  ASSIGN_OR_RETURN(const Closing closing,
                   PlanAgreed(opportunity, subscriptions, agreement, {tx.today(), tx.today()},
                              [&] { return NewId(tx.now()); }));
  return Close(opportunity, closing, ending, tx).status();
}

// Those that come back into it may be in no other, and are in force.
absl::Status CheckMayBeIn(const Opportunity& opportunity,
                          const std::vector<Subscription>& subscriptions) {
  for (const Subscription& subscription : subscriptions) {
    const std::string& open = subscription.open_opportunity();
    if (IsInForce(subscription) && (open.empty() || open == opportunity.name())) continue;
    return FailedPrecondition(
        v1::WRONG_STATE, subscription.name(),
        absl::StrCat("It cannot be up for renewal in ", opportunity.name(), " again: it is ",
                     IsInForce(subscription) ? absl::StrCat("in ", open)
                                             : Subscription::State_Name(subscription.state())));
  }
  return absl::OkStatus();
}

absl::Status EnterAgain(const Opportunity& target, WriteTx& tx, Opportunity& opportunity) {
  ASSIGN_OR_RETURN(const v1::Playbook playbook, tx.Get<v1::Playbook>(opportunity.playbook()));
  EnterStage(target.stage(), playbook, tx.now(), opportunity);
  return absl::OkStatus();
}

// ARR, date and weight of an open one follow from its subscriptions and its forecast.
absl::Status FollowUp(bool has_others, WriteTx& tx, Opportunity& opportunity) {
  if (opportunity.outcome() != Opportunity::OPEN) return absl::OkStatus();
  if (has_others) {
    ASSIGN_OR_RETURN(const std::vector<Subscription> all, SubscriptionsOf(opportunity, tx));
    RETURN_IF_ERROR(CheckMayBeIn(opportunity, all));
    RETURN_IF_ERROR(SetRenewal(all, opportunity));
  }
  if (!opportunity.has_forecast_arr()) *opportunity.mutable_forecast_arr() = opportunity.arr();
  RETURN_IF_ERROR(CheckForecast(opportunity));
  UpdateWeightedArr(opportunity);
  return absl::OkStatus();
}

}  // namespace

bool TakesOutcome(const Reversal& reversal) {
  return reversal.type == Opportunity::descriptor() && reversal.operation == Change::UPDATED &&
         reversal.Takes("outcome");
}

absl::Status TakeBackOutcome(const Reversal& reversal, WriteTx& tx) {
  ASSIGN_OR_RETURN(const Opportunity opportunity, tx.Get<Opportunity>(reversal.name));
  const Opportunity& target = TargetOf(reversal);
  if (target.outcome() == Opportunity::OPEN) return Reopen(opportunity, tx.reason(), tx).status();
  RETURN_IF_ERROR(CheckOpen(opportunity));
  return CloseAgain(opportunity, target, tx);
}

absl::Status TakeBackRenewal(const Reversal& reversal, WriteTx& tx) {
  ASSIGN_OR_RETURN(Opportunity opportunity, tx.Get<Opportunity>(reversal.name));
  const Opportunity before = opportunity;
  const Opportunity& target = TargetOf(reversal);
  const bool closes = TakesOutcome(reversal) && target.outcome() != Opportunity::OPEN;
  const bool moves = reversal.Takes("stage") && opportunity.stage() != target.stage();
  if (moves) RETURN_IF_ERROR(EnterAgain(target, tx, opportunity));
  for (const SaidField& field : reversal.fields) {
    if (IsOfOutcome(field) || field.path() == "stage") continue;
    if (IsOfOpenOne(field)) {
      // Closing sets what goes for those that are closed.
      if (closes) continue;
      RETURN_IF_ERROR(CheckOpen(opportunity));
    }
    field.Copy(target, opportunity);
  }
  if (moves || (TakesOutcome(reversal) && !closes)) {
    // Entering a stage sets them, and here somebody may have said otherwise.
    opportunity.set_probability_percent(target.probability_percent());
    opportunity.set_forecast_category(target.forecast_category());
    // Nobody asks for more than what was before.
    opportunity.set_reopened(target.reopened());
  }
  if (moves) RETURN_IF_ERROR(CheckOpen(opportunity));
  RETURN_IF_ERROR(FollowUp(reversal.Takes("subscriptions"), tx, opportunity));
  ASSIGN_OR_RETURN(opportunity, tx.Update(std::move(opportunity)));
  if (moves) RETURN_IF_ERROR(WriteTransition(before, opportunity, tx.reason(), {}, tx));
  if (ToCivilDay(opportunity.renewal_date()) == ToCivilDay(before.renewal_date())) {
    return absl::OkStatus();
  }
  return MoveCadence(opportunity, tx);
}

absl::Status CreateRenewalAgain(Opportunity opportunity, WriteTx& tx) {
  ASSIGN_OR_RETURN(std::vector<Subscription> subscriptions, SubscriptionsOf(opportunity, tx));
  if (opportunity.outcome() != Opportunity::OPEN) return tx.Create(std::move(opportunity)).status();
  RETURN_IF_ERROR(CheckMayBeIn(opportunity, subscriptions));
  RETURN_IF_ERROR(SetRenewal(subscriptions, opportunity));
  RETURN_IF_ERROR(FollowUp(false, tx, opportunity));
  ASSIGN_OR_RETURN(opportunity, tx.Create(std::move(opportunity)));
  return PutUpForRenewal(opportunity, std::move(subscriptions), tx);
}

}  // namespace perennial
