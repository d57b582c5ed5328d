#include "server/handlers/opportunity_writes.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/domain/gates.h"
#include "lib/domain/stages.h"
#include "lib/domain/subscriptions.h"

namespace perennial {

using v1::Criterion;
using v1::Opportunity;
using v1::StageTransition;
using v1::Subscription;

absl::Status CheckOpen(const Opportunity& opportunity) {
  if (opportunity.outcome() == Opportunity::OPEN) return absl::OkStatus();
  return FailedPrecondition(v1::WRONG_STATE, opportunity.name(),
                            absl::StrCat("The opportunity is closed as ",
                                         Opportunity::Outcome_Name(opportunity.outcome()),
                                         ": reopen it first"));
}

absl::StatusOr<std::vector<Subscription>> SubscriptionsOf(const Opportunity& opportunity,
                                                          ReadTx& tx) {
  return tx.GetAll<Subscription>(
      {opportunity.subscriptions().begin(), opportunity.subscriptions().end()});
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
  if (draft.owner().empty()) draft.set_owner(account.owner());
  if (draft.display_name().empty()) {
    draft.set_display_name(absl::StrCat(account.display_name().substr(0, 150), ", renewal ",
                                        FormatDate(draft.renewal_date())));
  }
  Open(playbook, tx.now(), draft);
  ASSIGN_OR_RETURN(const Opportunity opportunity, tx.Create(std::move(draft)));
  for (Subscription& subscription : subscriptions) {
    subscription.set_open_opportunity(opportunity.name());
    subscription.clear_exclusion_reason();
    subscription.clear_exclusion_note();
    RETURN_IF_ERROR(tx.Update(std::move(subscription)).status());
  }
  RETURN_IF_ERROR(WriteTransition(Opportunity(), opportunity, "", {}, tx));
  return opportunity;
}

absl::StatusOr<Opportunity> JoinOpportunity(Opportunity opportunity,
                                            std::vector<Subscription> subscriptions,
                                            WriteTx& tx) {
  for (Subscription& subscription : subscriptions) {
    opportunity.add_subscriptions(subscription.name());
    subscription.set_open_opportunity(opportunity.name());
    subscription.clear_exclusion_reason();
    subscription.clear_exclusion_note();
    RETURN_IF_ERROR(tx.Update(std::move(subscription)).status());
  }
  ASSIGN_OR_RETURN(const std::vector<Subscription> all, SubscriptionsOf(opportunity, tx));
  RETURN_IF_ERROR(SetRenewal(all, opportunity));
  return tx.Update(std::move(opportunity));
}

absl::StatusOr<Opportunity> LeaveOpportunity(Opportunity opportunity,
                                             const std::string& subscription, WriteTx& tx) {
  auto* names = opportunity.mutable_subscriptions();
  names->erase(std::remove(names->begin(), names->end(), subscription), names->end());
  ASSIGN_OR_RETURN(const std::vector<Subscription> others, SubscriptionsOf(opportunity, tx));
  RETURN_IF_ERROR(SetRenewal(others, opportunity));
  return tx.Update(std::move(opportunity));
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

absl::StatusOr<std::vector<Criterion::Type>> PassGate(const v1::GateReport& report,
                                                      absl::string_view override_reason,
                                                      const WriteTx& tx) {
  std::vector<Criterion::Type> unmet;
  if (report.met()) return unmet;
  if (override_reason.empty()) return GateStatus(report);
  if (tx.call().role < v1::MANAGER) {
    return MakeError(absl::StatusCode::kPermissionDenied, v1::ROLE_TOO_LOW,
                     "Overriding a gate needs the role MANAGER");
  }
  for (const auto& criterion : report.criteria()) {
    if (!criterion.met()) unmet.push_back(criterion.type());
  }
  return unmet;
}

}  // namespace perennial
