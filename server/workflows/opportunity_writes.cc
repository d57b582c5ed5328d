#include "server/workflows/opportunity_writes.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/api/text.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/gates.h"
#include "lib/domain/stages.h"
#include "lib/domain/subscriptions.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Criterion;
using v1::Opportunity;
using v1::StageTransition;
using v1::Subscription;

absl::Status CheckOpen(const Opportunity& opportunity) {
  if (opportunity.outcome() == Opportunity::OPEN) return absl::OkStatus();
  return FailedPrecondition(
      v1::WRONG_STATE, opportunity.name(),
      absl::StrCat("The opportunity is closed as ",
                   Opportunity::Outcome_Name(opportunity.outcome()), ": reopen it first"));
}

absl::StatusOr<std::vector<Opportunity>> OpenOpportunitiesOf(absl::string_view account,
                                                             ReadTx& tx) {
  return tx.Select<Opportunity>(From<Opportunity>().Under(account).Where(
      "outcome", "=", Opportunity::Outcome_Name(Opportunity::OPEN)));
}

absl::StatusOr<std::vector<Subscription>> SubscriptionsOf(const Opportunity& opportunity,
                                                          ReadTx& tx) {
  return tx.GetAll<Subscription>(
      {opportunity.subscriptions().begin(), opportunity.subscriptions().end()});
}

absl::StatusOr<std::vector<Subscription>> SubscriptionsOf(const std::vector<std::string>& accounts,
                                                          ReadTx& tx) {
  // By their accounts alone: an index finds those.
  return tx.Select<Subscription>(
      From<Subscription>().WhereAnyOf("account", accounts).OrderBy("name"));
}

absl::Status CheckForecast(const Opportunity& opportunity) {
  const v1::Money& forecast = opportunity.forecast_arr();
  if (forecast.micros() < 0) {
    return InvalidField("opportunity.forecast_arr", "must not be negative");
  }
  if (forecast.micros() != 0 && forecast.currency_code() != opportunity.arr().currency_code()) {
    return FailedPrecondition(v1::CURRENCY_MISMATCH, opportunity.name(),
                              absl::StrCat("The forecast must be in the currency of the ARR, ",
                                           opportunity.arr().currency_code()));
  }
  return absl::OkStatus();
}

// Those that may be put up for renewal together.
absl::Status CheckRenewable(const std::vector<Subscription>& subscriptions) {
  for (const Subscription& subscription : subscriptions) {
    if (!IsInForce(subscription)) {
      return FailedPrecondition(
          v1::WRONG_STATE, subscription.name(),
          absl::StrCat("The subscription is ", Subscription::State_Name(subscription.state())));
    }
    if (!subscription.open_opportunity().empty()) {
      return FailedPrecondition(v1::WRONG_STATE, subscription.name(),
                                absl::StrCat("The subscription is up for renewal in ",
                                             subscription.open_opportunity(), " already"));
    }
  }
  return absl::OkStatus();
}

absl::Status CompleteForecast(const Opportunity& before, Opportunity& opportunity) {
  if (before.outcome() == Opportunity::OPEN) {
    // A forecast that is taken away goes back to the ARR up for renewal.
    if (!opportunity.has_forecast_arr()) *opportunity.mutable_forecast_arr() = opportunity.arr();
    RETURN_IF_ERROR(CheckForecast(opportunity));
    UpdateWeightedArr(opportunity);
    return absl::OkStatus();
  }
  if (!(opportunity.forecast_arr() == before.forecast_arr()) ||
      opportunity.probability_percent() != before.probability_percent() ||
      opportunity.forecast_category() != before.forecast_category()) {
    return CheckOpen(before);
  }
  return absl::OkStatus();
}

void Describe(const v1::Account& account, Opportunity& opportunity) {
  if (opportunity.owner().empty()) opportunity.set_owner(account.owner());
  if (opportunity.display_name().empty()) {
    opportunity.set_display_name(absl::StrCat(FirstCharacters(account.display_name(), 150),
                                              ", renewal ",
                                              FormatDate(opportunity.renewal_date())));
  }
}

absl::Status PutUpForRenewal(const Opportunity& opportunity,
                             std::vector<Subscription> subscriptions, WriteTx& tx) {
  for (Subscription& subscription : subscriptions) {
    subscription.set_open_opportunity(opportunity.name());
    ClearExclusion(subscription);
    RETURN_IF_ERROR(tx.Update(std::move(subscription)).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<Opportunity> OpenOpportunity(Opportunity draft,
                                            std::vector<Subscription> subscriptions,
                                            const v1::Account& account,
                                            const v1::Playbook& playbook, WriteTx& tx) {
  draft.clear_subscriptions();
  for (const Subscription& subscription : subscriptions) {
    draft.add_subscriptions(subscription.name());
  }
  RETURN_IF_ERROR(SetRenewal(subscriptions, draft));
  Describe(account, draft);
  Open(playbook, tx.now(), draft);
  ASSIGN_OR_RETURN(const Opportunity opportunity, tx.Create(std::move(draft)));
  RETURN_IF_ERROR(PutUpForRenewal(opportunity, std::move(subscriptions), tx));
  RETURN_IF_ERROR(WriteTransition(Opportunity(), opportunity, "", {}, tx));
  RETURN_IF_ERROR(OpenCadence(opportunity, playbook, tx));
  return opportunity;
}

namespace {

// The subscriptions in it have changed, and with them its ARR and perhaps its date.
absl::StatusOr<Opportunity> UpdateRenewal(Opportunity opportunity,
                                          const std::vector<Subscription>& subscriptions,
                                          WriteTx& tx) {
  const absl::CivilDay day = ToCivilDay(opportunity.renewal_date());
  RETURN_IF_ERROR(SetRenewal(subscriptions, opportunity));
  ASSIGN_OR_RETURN(opportunity, tx.Update(std::move(opportunity)));
  if (ToCivilDay(opportunity.renewal_date()) != day) {
    RETURN_IF_ERROR(MoveCadence(opportunity, tx));
  }
  return opportunity;
}

}  // namespace

absl::StatusOr<Opportunity> JoinOpportunity(Opportunity opportunity,
                                            std::vector<Subscription> subscriptions, WriteTx& tx) {
  for (const Subscription& subscription : subscriptions) {
    opportunity.add_subscriptions(subscription.name());
  }
  RETURN_IF_ERROR(PutUpForRenewal(opportunity, std::move(subscriptions), tx));
  ASSIGN_OR_RETURN(const std::vector<Subscription> all, SubscriptionsOf(opportunity, tx));
  return UpdateRenewal(std::move(opportunity), all, tx);
}

absl::StatusOr<Opportunity> LeaveOpportunity(Opportunity opportunity,
                                             const std::vector<std::string>& leaving, WriteTx& tx) {
  auto* names = opportunity.mutable_subscriptions();
  const auto leaves = [&](const std::string& name) { return absl::c_linear_search(leaving, name); };
  names->erase(std::remove_if(names->begin(), names->end(), leaves), names->end());
  ASSIGN_OR_RETURN(const std::vector<Subscription> others, SubscriptionsOf(opportunity, tx));
  return UpdateRenewal(std::move(opportunity), others, tx);
}

absl::Status RemoveOpportunity(const Opportunity& opportunity, WriteTx& tx) {
  ASSIGN_OR_RETURN(std::vector<Subscription> subscriptions, SubscriptionsOf(opportunity, tx));
  for (Subscription& subscription : subscriptions) {
    // One that was closed elsewhere has none in it.
    if (subscription.open_opportunity() != opportunity.name()) continue;
    subscription.clear_open_opportunity();
    RETURN_IF_ERROR(tx.Update(std::move(subscription)).status());
  }
  ASSIGN_OR_RETURN(const std::vector<StageTransition> transitions,
                   tx.Select<StageTransition>(From<StageTransition>().Under(opportunity.name())));
  for (const StageTransition& transition : transitions) RETURN_IF_ERROR(tx.Delete(transition));
  ASSIGN_OR_RETURN(const std::vector<v1::Task> tasks, TasksOf(opportunity, tx));
  for (const v1::Task& task : tasks) {
    // What somebody else made of it is in the way.
    if (task.kind() == v1::Task::CADENCE) RETURN_IF_ERROR(tx.Delete(task));
  }
  return tx.Delete(opportunity);
}

absl::Status FollowInOpportunity(const Subscription& subscription, WriteTx& tx) {
  if (subscription.open_opportunity().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Opportunity opportunity, tx.Get<Opportunity>(subscription.open_opportunity()));
  ASSIGN_OR_RETURN(std::vector<Subscription> all, SubscriptionsOf(opportunity, tx));
  for (Subscription& one : all) {
    if (one.name() == subscription.name()) one = subscription;
  }
  return UpdateRenewal(std::move(opportunity), all, tx).status();
}

absl::Status WriteTransition(const Opportunity& before, const Opportunity& after,
                             absl::string_view reason,
                             const std::vector<Criterion::Type>& overridden, WriteTx& tx) {
  StageTransition transition;
  transition.set_name(tx.NewName<StageTransition>(after.name(), ""));
  transition.set_from_stage(before.stage());
  transition.set_to_stage(after.stage());
  transition.set_from_outcome(before.outcome());
  transition.set_to_outcome(after.outcome());
  transition.set_actor(tx.call().actor);
  transition.set_reason(std::string(reason));
  for (const Criterion::Type type : overridden) transition.add_overridden(type);
  return tx.Create(std::move(transition)).status();
}

absl::Status CheckMayOverride(const WriteTx& tx) {
  if (tx.call().role >= v1::MANAGER) return absl::OkStatus();
  return MakeError(absl::StatusCode::kPermissionDenied, v1::ROLE_TOO_LOW,
                   "Overriding a gate needs the role MANAGER");
}

absl::StatusOr<std::vector<Criterion::Type>> PassGate(const v1::GateReport& report,
                                                      absl::string_view override_reason,
                                                      const WriteTx& tx) {
  std::vector<Criterion::Type> unmet;
  if (report.met()) return unmet;
  if (override_reason.empty()) return GateStatus(report);
  RETURN_IF_ERROR(CheckMayOverride(tx));
  for (const auto& criterion : report.criteria()) {
    if (!criterion.met()) unmet.push_back(criterion.type());
  }
  return unmet;
}

}  // namespace perennial
