#include "server/workflows/closing.h"

#include "lib/base/ids.h"
#include "lib/domain/amendments.h"
#include "lib/domain/playbooks.h"
#include "lib/domain/stages.h"
#include "lib/domain/subscriptions.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/batch.h"
#include "server/methods/standard.h"
#include "server/workflows/evidence.h"
#include "server/workflows/opportunity_writes.h"
#include "server/workflows/subscription_ledger.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::ArrMovement;
using v1::Opportunity;
using v1::Subscription;

namespace {

absl::StatusOr<Opportunity> CloseAsRenewed(const v1::CloseOpportunityRequest& request,
                                           const Opportunity& opportunity, WriteTx& tx) {
  if (request.churn_reason() != v1::CHURN_REASON_UNSPECIFIED) {
    return InvalidField("churn_reason", "must be unset where the outcome is RENEWED");
  }
  if (!request.competitor().empty()) {
    return InvalidField("competitor", "must be unset where the outcome is RENEWED");
  }
  if (opportunity.stage() != Opportunity::RENEWAL) {
    return FailedPrecondition(v1::WRONG_STATE, opportunity.name(),
                              absl::StrCat("Only an opportunity in RENEWAL closes as RENEWED; this "
                                           "one is in ",
                                           Opportunity::Stage_Name(opportunity.stage())));
  }
  ASSIGN_OR_RETURN(const v1::Playbook playbook, tx.Get<v1::Playbook>(opportunity.playbook()));
  ASSIGN_OR_RETURN(const v1::GateReport report, CheckGateOf(opportunity, playbook, tx));
  Ending ending;
  ending.outcome = Opportunity::RENEWED;
  ASSIGN_OR_RETURN(ending.overridden, PassGate(report, request.override_reason(), tx));
  ASSIGN_OR_RETURN(const std::vector<Subscription> subscriptions, SubscriptionsOf(opportunity, tx));
  ASSIGN_OR_RETURN(const Agreement agreement, AgreementOf(opportunity, tx));
  const absl::Status stands = CheckAgreementStands(agreement, subscriptions, tx.today());
  if (!stands.ok()) {
    if (request.override_reason().empty()) return stands;
    RETURN_IF_ERROR(CheckMayOverride(tx));
  }
  const bool overridden = !ending.overridden.empty() || !stands.ok();
  ending.reason = overridden ? request.override_reason() : request.note();
  ending.note = request.note();
  tx.set_reason(ending.reason);
  ASSIGN_OR_RETURN(const Closing closing,
                   PlanAgreed(opportunity, subscriptions, agreement, {tx.today(), tx.today()},
                              [&] { return NewId(tx.now()); }));
  return Close(opportunity, closing, ending, tx);
}

absl::StatusOr<Opportunity> CloseAsChurned(const v1::CloseOpportunityRequest& request,
                                           const Opportunity& opportunity, WriteTx& tx) {
  if (request.churn_reason() == v1::CHURN_REASON_UNSPECIFIED) {
    return InvalidField("churn_reason", "must be given where the outcome is CHURNED");
  }
  RETURN_IF_ERROR(CheckChurnReason(request.churn_reason(), "churn_reason", request.note()));
  if (!request.override_reason().empty()) {
    return InvalidField("override_reason", "must be unset where the outcome is CHURNED");
  }
  if (request.churn_reason() == v1::UNREACHABLE) {
    ASSIGN_OR_RETURN(const v1::Playbook playbook, tx.Get<v1::Playbook>(opportunity.playbook()));
    ASSIGN_OR_RETURN(const std::vector<v1::Touch> touches, TouchesOfCycle(opportunity, tx));
    RETURN_IF_ERROR(CheckUnreachable(opportunity, playbook, touches));
  }
  tx.set_reason(request.note());
  ASSIGN_OR_RETURN(const std::vector<Subscription> subscriptions, SubscriptionsOf(opportunity, tx));
  Ending ending;
  ending.outcome = Opportunity::CHURNED;
  ending.churn_reason = request.churn_reason();
  ending.note = request.note();
  ending.competitor = request.competitor();
  ending.reason = request.note();
  return Close(
      opportunity,
      PlanChurn(opportunity, subscriptions, request.churn_reason(), request.note(), tx.today()),
      ending, tx);
}

absl::StatusOr<Opportunity> CloseOpportunity(const v1::CloseOpportunityRequest& request,
                                             WriteTx& tx) {
  ASSIGN_OR_RETURN(const Opportunity opportunity, GetToChange<Opportunity>(request, tx));
  RETURN_IF_ERROR(CheckOpen(opportunity));
  switch (request.outcome()) {
    case Opportunity::RENEWED:
      return CloseAsRenewed(request, opportunity, tx);
    case Opportunity::CHURNED:
      return CloseAsChurned(request, opportunity, tx);
    default:
      return InvalidField("outcome", "must be RENEWED or CHURNED");
  }
}

// --- reopening ---

std::string Instead(const Subscription& subscription) {
  if (!subscription.open_opportunity().empty()) {
    return absl::StrCat("it is up for renewal in ", subscription.open_opportunity());
  }
  if (IsInForce(subscription)) return "open another opportunity for it";
  if (subscription.state() == Subscription::CANCELLED) {
    return "take its cancellation back, or create another";
  }
  return absl::StrCat("it was renewed by ", subscription.renewed_by());
}

// What the closing ended, and it alone: what happened otherwise it cannot take back.
absl::StatusOr<std::vector<Subscription>> EndedByClosing(const Opportunity& opportunity,
                                                         ReadTx& tx) {
  ASSIGN_OR_RETURN(std::vector<Subscription> subscriptions, SubscriptionsOf(opportunity, tx));
  for (const Subscription& subscription : subscriptions) {
    ASSIGN_OR_RETURN(const std::vector<ArrMovement> ledger, LedgerOf(subscription, tx));
    if (EndedBy(opportunity, subscription, ledger)) continue;
    return FailedPrecondition(
        v1::WRONG_STATE, subscription.name(),
        absl::StrCat("Closing ", opportunity.name(), " did not end it: ", Instead(subscription)));
  }
  return subscriptions;
}

// Whether there is more to it than what the closing wrote.
bool HasChanged(const Subscription& created, const std::vector<Subscription>& ended) {
  size_t carried_over = 0;
  for (const Subscription& old : ended) {
    if (old.name() != created.renews()) continue;
    carried_over = AmendmentsAfter(ToCivilDay(old.end_date()), old).size();
  }
  return !IsInForce(created) || static_cast<size_t>(created.amendments_size()) > carried_over ||
         !created.alignments().empty() || !created.open_opportunity().empty();
}

absl::Status VoidCreated(const Opportunity& opportunity, const std::vector<Subscription>& ended,
                         WriteTx& tx) {
  const auto& names = opportunity.created_subscriptions();
  ASSIGN_OR_RETURN(std::vector<Subscription> created,
                   tx.GetAll<Subscription>({names.begin(), names.end()}));
  for (Subscription& subscription : created) {
    if (HasChanged(subscription, ended)) {
      return FailedPrecondition(v1::WRONG_STATE, subscription.name(),
                                "The closing cannot be taken back: this subscription, which it "
                                "wrote, was amended, aligned, cancelled or put up for renewal "
                                "since");
    }
    subscription.set_state(Subscription::VOID);
    *subscription.mutable_end_date() = subscription.start_date();
    RETURN_IF_ERROR(WriteWithLedger(tx, std::move(subscription)).status());
  }
  return absl::OkStatus();
}

absl::Status TakeUpAgain(const Opportunity& opportunity, std::vector<Subscription>& subscriptions,
                         WriteTx& tx) {
  for (Subscription& subscription : subscriptions) {
    subscription.set_state(StateOn(tx.today(), subscription));
    subscription.clear_end_date();
    subscription.clear_renewed_by();
    subscription.clear_cancel_reason();
    subscription.clear_cancel_note();
    subscription.set_open_opportunity(opportunity.name());
    ASSIGN_OR_RETURN(subscription, WriteWithLedger(tx, std::move(subscription)));
  }
  return absl::OkStatus();
}

void ClearEnding(Opportunity& opportunity) {
  opportunity.set_outcome(Opportunity::OPEN);
  opportunity.clear_close_time();
  opportunity.clear_closed_arr();
  opportunity.clear_churn_reason();
  opportunity.clear_close_note();
  opportunity.clear_competitor();
  opportunity.clear_auto_closed();
  opportunity.clear_created_subscriptions();
}

absl::StatusOr<Opportunity> ReopenOpportunity(const v1::ReopenOpportunityRequest& request,
                                              WriteTx& tx) {
  ASSIGN_OR_RETURN(Opportunity opportunity, GetToChange<Opportunity>(request, tx));
  if (opportunity.outcome() == Opportunity::OPEN) {
    return FailedPrecondition(v1::WRONG_STATE, opportunity.name(), "The opportunity is open");
  }
  tx.set_reason(request.reason());
  const Opportunity before = opportunity;
  ASSIGN_OR_RETURN(std::vector<Subscription> subscriptions, EndedByClosing(opportunity, tx));
  RETURN_IF_ERROR(VoidCreated(opportunity, subscriptions, tx));
  RETURN_IF_ERROR(TakeUpAgain(opportunity, subscriptions, tx));
  ClearEnding(opportunity);
  opportunity.set_reopened(true);
  ASSIGN_OR_RETURN(const v1::Playbook playbook, tx.Get<v1::Playbook>(opportunity.playbook()));
  EnterStage(opportunity.stage(), playbook, tx.now(), opportunity);
  RETURN_IF_ERROR(SetRenewal(subscriptions, opportunity));
  ASSIGN_OR_RETURN(opportunity, tx.Update(std::move(opportunity)));
  RETURN_IF_ERROR(WriteTransition(before, opportunity, request.reason(), {}, tx));
  RETURN_IF_ERROR(TakeUpTasks(opportunity, tx));
  return opportunity;
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("PipelineService.CloseOpportunity", CloseOpportunity);
  registry.Write(
      "PipelineService.BatchCloseOpportunities",
      Batch<CloseOpportunity, v1::BatchCloseOpportunitiesRequest, v1::BatchOpportunitiesResponse>);
  registry.Write("PipelineService.ReopenOpportunity", ReopenOpportunity);
  registry.Write("PipelineService.BatchReopenOpportunities",
                 Batch<ReopenOpportunity, v1::BatchReopenOpportunitiesRequest,
                       v1::BatchOpportunitiesResponse>);
});

}  // namespace
}  // namespace perennial
