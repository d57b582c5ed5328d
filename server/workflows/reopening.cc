#include "server/workflows/reopening.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "lib/domain/amendments.h"
#include "lib/domain/closing.h"
#include "lib/domain/stages.h"
#include "lib/domain/subscriptions.h"
#include "server/workflows/opportunity_writes.h"
#include "server/workflows/subscription_ledger.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::ArrMovement;
using v1::Opportunity;
using v1::Subscription;

namespace {

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

}  // namespace

absl::StatusOr<Opportunity> Reopen(Opportunity opportunity, absl::string_view reason, WriteTx& tx) {
  if (opportunity.outcome() == Opportunity::OPEN) {
    return FailedPrecondition(v1::WRONG_STATE, opportunity.name(), "The opportunity is open");
  }
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
  RETURN_IF_ERROR(WriteTransition(before, opportunity, reason, {}, tx));
  RETURN_IF_ERROR(TakeUpTasks(opportunity, tx));
  return opportunity;
}

}  // namespace perennial
