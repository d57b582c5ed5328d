// Terms that are aligned, and what is taken back or put right.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/domain/amendments.h"
#include "lib/domain/closing.h"
#include "lib/domain/subscriptions.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/closing.h"
#include "server/workflows/subscription_ledger.h"

namespace perennial {

using v1::ArrMovement;
using v1::Opportunity;
using v1::Subscription;

namespace {

absl::Status CheckState(const Subscription& subscription, std::vector<Subscription::State> states) {
  if (std::find(states.begin(), states.end(), subscription.state()) != states.end()) {
    return absl::OkStatus();
  }
  return FailedPrecondition(
      v1::WRONG_STATE, subscription.name(),
      absl::StrCat("The subscription is ", Subscription::State_Name(subscription.state())));
}

// What a customer has accepted is for the terms that they know.
absl::Status CheckNothingAccepted(const Subscription& subscription, ReadTx& tx) {
  if (subscription.open_opportunity().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Opportunity opportunity,
                   tx.Get<Opportunity>(subscription.open_opportunity()));
  ASSIGN_OR_RETURN(const Agreement agreement, AgreementOf(opportunity, tx));
  const auto refuse = [&](const std::string& accepted, absl::string_view undo) {
    return FailedPrecondition(
        v1::WRONG_STATE, subscription.name(),
        absl::StrCat(accepted, " was accepted: close the renewal or ", undo, " it"));
  };
  if (agreement.offer.has_value()) return refuse(agreement.offer->name(), "reject");
  for (const v1::Proposal& proposal : agreement.proposals) {
    if (proposal.subscription() == subscription.name()) return refuse(proposal.name(), "decline");
  }
  return absl::OkStatus();
}

// --- cancellations that are taken back ---

absl::StatusOr<Subscription> UndoCancellation(const v1::UndoCancellationRequest& request,
                                              WriteTx& tx) {
  ASSIGN_OR_RETURN(Subscription subscription, GetToChange<Subscription>(request, tx));
  RETURN_IF_ERROR(CheckState(subscription, {Subscription::CANCELLED}));
  RETURN_IF_ERROR(CheckMayGoOn(subscription, tx));
  tx.set_reason(request.reason());
  ClearCancellation(subscription);
  subscription.set_state(StateOn(tx.today(), subscription));
  return WriteChanged(tx, std::move(subscription));
}

// --- what was entered by mistake ---

absl::Status CheckNewStart(const Subscription& subscription, ReadTx& tx) {
  if (!subscription.amendments().empty() &&
      ToCivilDay(subscription.amendments(0).effective_date()) <
          ToCivilDay(subscription.start_date())) {
    return InvalidField("start_date",
                        absl::StrCat("must not be after the first amendment, of ",
                                     FormatDate(subscription.amendments(0).effective_date())));
  }
  ASSIGN_OR_RETURN(const std::vector<ArrMovement> ledger, LedgerOf(subscription, tx));
  for (const ArrMovement* movement : StandingIn(ledger)) {
    if (movement->opportunity().empty()) continue;
    return FailedPrecondition(v1::WRONG_STATE, subscription.name(),
                              absl::StrCat("It began by closing ", movement->opportunity(),
                                           ": reopen that to change its start"));
  }
  return absl::OkStatus();
}

// What is to come by an amendment comes within the term.
absl::Status CheckLatestAmendment(const Subscription& subscription, absl::string_view field,
                                  absl::CivilDay today) {
  if (subscription.amendments().empty()) return absl::OkStatus();
  const v1::Date& latest = subscription.amendments().rbegin()->effective_date();
  const absl::CivilDay term_end = ToCivilDay(subscription.term_end_date());
  if (ToCivilDay(latest) < term_end || ToCivilDay(latest) <= today) return absl::OkStatus();
  return InvalidField(
      field, absl::StrCat("would end the term on ", FormatDate(subscription.term_end_date()),
                          ", not after the latest amendment, of ", FormatDate(latest)));
}

// The term of the same number or, where one follows another by itself and nobody is to decide on
// one of them, that which holds today.
void SetCorrectedTerm(int number, absl::CivilDay today, Subscription& subscription) {
  const bool was_past_due = subscription.state() == Subscription::PAST_DUE;
  const bool is_undecided = was_past_due || !subscription.open_opportunity().empty();
  const bool follows = subscription.auto_renew() && !is_undecided;
  SetTerm(follows ? TermHolding(today, subscription) : number, subscription);
  subscription.set_state(StateOn(today, subscription));
  JudgeTermAnew(subscription);
  if (was_past_due && HasEnded(subscription, today)) SetPastDue(subscription);
}

absl::Status CorrectTerm(const v1::CorrectSubscriptionRequest& request, Subscription& subscription,
                         WriteTx& tx) {
  const bool has_other_start =
      request.has_start_date() &&
      ToCivilDay(request.start_date()) != ToCivilDay(subscription.start_date());
  const bool has_other_length =
      request.term_months() > 0 && request.term_months() != subscription.term_months();
  if (!has_other_start && !has_other_length) return absl::OkStatus();
  if (!subscription.alignments().empty()) {
    return FailedPrecondition(v1::WRONG_STATE, subscription.name(),
                              "Its term was aligned, and is not counted from the start: align it "
                              "again");
  }
  const int number = TermHolding(ToCivilDay(subscription.term_start_date()), subscription);
  if (has_other_length) subscription.set_term_months(request.term_months());
  if (has_other_start) {
    *subscription.mutable_start_date() = request.start_date();
    subscription.clear_anchor_day();
    RETURN_IF_ERROR(CheckNewStart(subscription, tx));
  }
  SetCorrectedTerm(number, tx.today(), subscription);
  return CheckLatestAmendment(subscription, has_other_length ? "term_months" : "start_date",
                              tx.today());
}

absl::StatusOr<Subscription> CorrectSubscription(const v1::CorrectSubscriptionRequest& request,
                                                 WriteTx& tx) {
  ASSIGN_OR_RETURN(Subscription subscription, GetToChange<Subscription>(request, tx));
  RETURN_IF_ERROR(CheckState(subscription, {Subscription::ACTIVE, Subscription::PAST_DUE}));
  if (!request.has_start_date() && request.term_months() == 0 && request.product().empty()) {
    return InvalidField("start_date", "give what is to be corrected: this, term_months or product");
  }
  RETURN_IF_ERROR(CheckNothingAccepted(subscription, tx));
  tx.set_reason(request.reason());
  if (!request.product().empty()) subscription.set_product(request.product());
  RETURN_IF_ERROR(CorrectTerm(request, subscription, tx));
  return WriteChanged(tx, std::move(subscription));
}

// --- terms that end together ---

// The subscription to end with, if one is given.
absl::StatusOr<std::optional<Subscription>> EndsWith(const v1::AlignTermRequest& request,
                                                     ReadTx& tx) {
  if (request.with_subscription().empty() == !request.has_end_date()) {
    return InvalidField("end_date", "give either this or with_subscription");
  }
  if (request.with_subscription().empty()) return std::optional<Subscription>();
  if (AccountOf(request.with_subscription()) != AccountOf(request.name()) ||
      request.with_subscription() == request.name()) {
    return InvalidField("with_subscription", absl::StrCat("must be another subscription of ",
                                                          AccountOf(request.name())));
  }
  ASSIGN_OR_RETURN(Subscription with, tx.Get<Subscription>(request.with_subscription()));
  RETURN_IF_ERROR(CheckState(with, {Subscription::ACTIVE}));
  return std::optional<Subscription>(std::move(with));
}

constexpr int kMostMonths = 120;

absl::Status CheckEnd(absl::CivilDay end, const Subscription& subscription, absl::CivilDay today) {
  if (end <= today) return InvalidField("end_date", "must be after today");
  const absl::CivilDay term_start = ToCivilDay(subscription.term_start_date());
  if (end <= term_start || end > AddMonths(term_start, kMostMonths)) {
    return InvalidField("end_date", absl::StrCat("must be after the term began on ",
                                                 FormatDate(subscription.term_start_date()),
                                                 ", by ", kMostMonths, " months at the most"));
  }
  if (end == ToCivilDay(subscription.term_end_date())) {
    return InvalidField("end_date", "is the end of the term already");
  }
  return absl::OkStatus();
}

absl::StatusOr<Subscription> AlignTerm(const v1::AlignTermRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Subscription subscription, GetToChange<Subscription>(request, tx));
  RETURN_IF_ERROR(CheckState(subscription, {Subscription::ACTIVE}));
  ASSIGN_OR_RETURN(const std::optional<Subscription> with, EndsWith(request, tx));
  const absl::CivilDay end =
      ToCivilDay(with.has_value() ? with->term_end_date() : request.end_date());
  RETURN_IF_ERROR(CheckEnd(end, subscription, tx.today()));
  RETURN_IF_ERROR(CheckNothingAccepted(subscription, tx));
  tx.set_reason(request.reason());
  Subscription::Alignment alignment;
  *alignment.mutable_end_before() = subscription.term_end_date();
  *alignment.mutable_end_after() = ToDate(end);
  alignment.set_reason(request.reason());
  *alignment.mutable_record_time() = ToTimestamp(tx.now());
  ASSIGN_OR_RETURN(*alignment.mutable_proration(),
                   EndTermOn(end, with.has_value() ? &*with : nullptr, subscription));
  RETURN_IF_ERROR(CheckLatestAmendment(subscription, "end_date", tx.today()));
  JudgeTermAnew(subscription);
  *subscription.add_alignments() = std::move(alignment);
  return WriteChanged(tx, std::move(subscription));
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("SubscriptionService.UndoCancellation", UndoCancellation);
  registry.Write("SubscriptionService.CorrectSubscription", CorrectSubscription);
  registry.Write("SubscriptionService.AlignTerm", AlignTerm);
});

}  // namespace
}  // namespace perennial
