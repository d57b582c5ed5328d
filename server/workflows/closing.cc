#include "server/workflows/closing.h"

#include <utility>

#include "lib/base/date.h"
#include "lib/base/status.h"
#include "lib/domain/stages.h"
#include "perennial/v1/expansion_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/workflows/opportunity_writes.h"
#include "server/workflows/subscription_ledger.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Offer;
using v1::Opportunity;
using v1::Proposal;
using v1::Subscription;

namespace {

absl::Status WriteClosing(const Closing& closing, WriteTx& tx) {
  for (const Subscription& subscription : closing.created) {
    RETURN_IF_ERROR(tx.Create(subscription).status());
  }
  for (const Subscription& subscription : closing.ended) {
    RETURN_IF_ERROR(tx.Update(subscription).status());
  }
  RETURN_IF_ERROR(WriteMovements(tx, closing.movements));
  // Amendments for days to come end with the one, or go over to the other.
  for (const std::vector<Subscription>* written : {&closing.ended, &closing.created}) {
    for (const Subscription& subscription : *written) {
      if (subscription.amendments().empty()) continue;
      RETURN_IF_ERROR(WriteLedger(subscription, tx));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Agreement> AgreementOf(const Opportunity& opportunity, ReadTx& tx) {
  Agreement agreement;
  ASSIGN_OR_RETURN(const std::vector<Offer> offers,
                   tx.Select<Offer>(From<Offer>().Under(opportunity.name())));
  for (const Offer& offer : offers) {
    if (offer.name() == opportunity.accepted_offer()) agreement.offer = offer;
    if (offer.state() == Offer::REJECTED) agreement.declined = true;
    if (offer.state() == Offer::SENT) agreement.awaited.push_back(offer);
  }
  if (agreement.offer.has_value()) {
    agreement.declined = false;
    agreement.awaited.clear();
  }
  ASSIGN_OR_RETURN(
      agreement.proposals,
      tx.Select<Proposal>(From<Proposal>()
                              .Under(opportunity.name())
                              .Where("state", "=", Proposal::State_Name(Proposal::ACCEPTED))));
  return agreement;
}

absl::StatusOr<Opportunity> Close(Opportunity opportunity, const Closing& closing,
                                  const Ending& ending, WriteTx& tx) {
  const Opportunity before = opportunity;
  RETURN_IF_ERROR(WriteClosing(closing, tx));
  StopStageTime(tx.now(), opportunity);
  opportunity.set_outcome(ending.outcome);
  *opportunity.mutable_close_time() = ToTimestamp(tx.now());
  *opportunity.mutable_closed_arr() = closing.closed_arr;
  opportunity.set_probability_percent(ending.outcome == Opportunity::RENEWED ? 100 : 0);
  UpdateWeightedArr(opportunity);
  opportunity.set_churn_reason(ending.churn_reason);
  opportunity.set_close_note(ending.note);
  opportunity.set_competitor(ending.competitor);
  opportunity.set_auto_closed(ending.automatic);
  opportunity.clear_reopened();
  for (const Subscription& subscription : closing.created) {
    opportunity.add_created_subscriptions(subscription.name());
  }
  ASSIGN_OR_RETURN(opportunity, tx.Update(std::move(opportunity)));
  RETURN_IF_ERROR(WriteTransition(before, opportunity, ending.reason, ending.overridden, tx));
  RETURN_IF_ERROR(EndTasks(opportunity, tx));
  return opportunity;
}

}  // namespace perennial
