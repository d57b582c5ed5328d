#include "lib/base/money.h"
#include "lib/domain/subscriptions.h"
#include "perennial/v1/subscription_service.pb.h"
#include "server/handlers/opportunity_writes.h"
#include "server/handlers/register.h"
#include "server/handlers/standard.h"
#include "server/handlers/subscription_ledger.h"

namespace perennial {

using v1::ArrMovement;
using v1::Opportunity;
using v1::Subscription;

namespace {

absl::Status CheckInForce(const Subscription& subscription) {
  if (IsInForce(subscription)) return absl::OkStatus();
  return FailedPrecondition(
      v1::WRONG_STATE, subscription.name(),
      absl::StrCat("The subscription is ", Subscription::State_Name(subscription.state())));
}

absl::StatusOr<Subscription> CreateSubscription(const v1::CreateSubscriptionRequest& request,
                                                WriteTx& tx) {
  return WriteNewSubscription(tx, Draft(request.parent(), request.subscription_id(),
                                        request.subscription(), tx));
}

absl::StatusOr<Subscription> GetSubscription(const v1::GetSubscriptionRequest& request,
                                             ReadTx& tx) {
  return Get<Subscription>(request, tx);
}

absl::StatusOr<v1::ListSubscriptionsResponse> ListSubscriptions(
    const v1::ListSubscriptionsRequest& request, ReadTx& tx) {
  return List<v1::ListSubscriptionsResponse>(request, tx);
}

// What an update must leave as it is: it has an effect on ARR or terms.
absl::Status CheckUnchanged(const Subscription& before, const Subscription& after) {
  const auto must = [](const char* field, const char* instead) {
    return InvalidField(absl::StrCat("subscription.", field), instead);
  };
  if (after.seats() != before.seats()) return must("seats", "changes by AmendSubscription");
  if (!(after.arr() == before.arr())) return must("arr", "changes by AmendSubscription");
  if (after.product() != before.product()) {
    return must("product", "cannot change: cancel the subscription and create another");
  }
  if (after.trial() != before.trial()) {
    return must("trial", "cannot change: cancel the trial and create a subscription");
  }
  if (ToCivilDay(after.start_date()) != ToCivilDay(before.start_date()) ||
      after.term_months() != before.term_months()) {
    return must("start_date", "and term_months change by closing a renewal");
  }
  return absl::OkStatus();
}

absl::StatusOr<Subscription> UpdateSubscription(const v1::UpdateSubscriptionRequest& request,
                                                WriteTx& tx) {
  ASSIGN_OR_RETURN(const Subscription subscription,
                   Patched(request.subscription(), request.update_mask(), "subscription", tx));
  ASSIGN_OR_RETURN(const Subscription before, tx.Get<Subscription>(subscription.name()));
  RETURN_IF_ERROR(CheckUnchanged(before, subscription));
  return tx.Update(subscription);
}

absl::StatusOr<Empty> DeleteSubscription(const v1::DeleteSubscriptionRequest& request,
                                         WriteTx& tx) {
  return Delete<Subscription>(request, tx);
}

// The opportunity asks for what its subscriptions are worth now.
absl::Status FollowInOpportunity(const Subscription& subscription, WriteTx& tx) {
  if (subscription.open_opportunity().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Opportunity opportunity,
                   tx.Get<Opportunity>(subscription.open_opportunity()));
  ASSIGN_OR_RETURN(const std::vector<Subscription> all, SubscriptionsOf(opportunity, tx));
  RETURN_IF_ERROR(SetRenewal(all, opportunity));
  return tx.Update(std::move(opportunity)).status();
}

absl::Status CheckAmendment(const v1::AmendSubscriptionRequest& request,
                            const Subscription& subscription, absl::CivilDay day) {
  RETURN_IF_ERROR(CheckInForce(subscription));
  if (!request.has_seats() && !request.has_arr()) {
    return InvalidField("arr", "give the new ARR, the new seats, or both");
  }
  if (request.arr().micros() < 0) return InvalidField("arr", "must not be negative");
  if (request.arr().micros() != 0 && subscription.trial()) {
    return InvalidField("arr", "must be zero on a trial");
  }
  if (request.arr().micros() != 0 && subscription.arr().micros() != 0 &&
      request.arr().currency_code() != subscription.arr().currency_code()) {
    return FailedPrecondition(v1::CURRENCY_MISMATCH, subscription.name(),
                              absl::StrCat("The subscription is in ",
                                           subscription.arr().currency_code()));
  }
  if (day < ToCivilDay(subscription.term_start_date())) {
    return InvalidField("effective_date",
                        absl::StrCat("must not be before the current term, which began on ",
                                     FormatDate(subscription.term_start_date())));
  }
  if (subscription.state() == Subscription::ACTIVE &&
      day >= ToCivilDay(subscription.term_end_date())) {
    return InvalidField("effective_date", absl::StrCat("must be before the term ends on ",
                                                       FormatDate(subscription.term_end_date())));
  }
  return absl::OkStatus();
}

absl::StatusOr<Subscription> AmendSubscription(const v1::AmendSubscriptionRequest& request,
                                               WriteTx& tx) {
  ASSIGN_OR_RETURN(Subscription subscription, GetToChange<Subscription>(request, tx));
  const absl::CivilDay day =
      request.has_effective_date() ? ToCivilDay(request.effective_date()) : tx.today();
  RETURN_IF_ERROR(CheckAmendment(request, subscription, day));
  tx.set_reason(request.reason());

  Subscription::Amendment& amendment = *subscription.add_amendments();
  *amendment.mutable_effective_date() = ToDate(day);
  amendment.set_seats_before(subscription.seats());
  *amendment.mutable_arr_before() = subscription.arr();
  amendment.set_reason(request.reason());
  *amendment.mutable_record_time() = ToTimestamp(tx.now());
  if (request.has_seats()) subscription.set_seats(request.seats());
  if (request.has_arr()) *subscription.mutable_arr() = request.arr();
  if (subscription.arr().currency_code().empty()) {
    subscription.mutable_arr()->set_currency_code(amendment.arr_before().currency_code());
  }
  amendment.set_seats_after(subscription.seats());
  *amendment.mutable_arr_after() = subscription.arr();

  ASSIGN_OR_RETURN(const v1::Money delta,
                   Subtract(amendment.arr_after(), amendment.arr_before()));
  ASSIGN_OR_RETURN(subscription, tx.Update(std::move(subscription)));
  RETURN_IF_ERROR(WriteMovements(
      tx, {MakeMovement(subscription, day, delta,
                        delta.micros() > 0 ? ArrMovement::EXPANSION : ArrMovement::CONTRACTION)}));
  RETURN_IF_ERROR(FollowInOpportunity(subscription, tx));
  return subscription;
}

absl::Status LeaveForCancelling(Subscription& subscription, WriteTx& tx) {
  if (subscription.open_opportunity().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Opportunity opportunity,
                   tx.Get<Opportunity>(subscription.open_opportunity()));
  if (opportunity.subscriptions_size() == 1) {
    return FailedPrecondition(v1::WRONG_STATE, subscription.name(),
                              absl::StrCat("It is the only subscription of ", opportunity.name(),
                                           ": close that as CHURNED instead"));
  }
  RETURN_IF_ERROR(LeaveOpportunity(opportunity, subscription.name(), tx).status());
  subscription.clear_open_opportunity();
  return absl::OkStatus();
}

absl::StatusOr<Subscription> CancelSubscription(const v1::CancelSubscriptionRequest& request,
                                                WriteTx& tx) {
  ASSIGN_OR_RETURN(Subscription subscription, GetToChange<Subscription>(request, tx));
  RETURN_IF_ERROR(CheckInForce(subscription));
  if (request.reason() == v1::OTHER && request.note().empty()) {
    return InvalidField("note", "must say why where the reason is OTHER");
  }
  const v1::Date end_date =
      request.has_end_date() ? request.end_date() : subscription.term_end_date();
  if (ToCivilDay(end_date) < ToCivilDay(subscription.start_date())) {
    return InvalidField("end_date", absl::StrCat("must not be before the start date, ",
                                                 FormatDate(subscription.start_date())));
  }
  tx.set_reason(request.note());
  RETURN_IF_ERROR(LeaveForCancelling(subscription, tx));
  subscription.set_state(Subscription::CANCELLED);
  *subscription.mutable_end_date() = end_date;
  subscription.set_cancel_reason(request.reason());
  subscription.set_cancel_note(request.note());
  ASSIGN_OR_RETURN(subscription, tx.Update(std::move(subscription)));
  RETURN_IF_ERROR(WriteMovements(
      tx, {MakeMovement(subscription, ToCivilDay(end_date), Negate(subscription.arr()),
                        ArrMovement::CHURN)}));
  return subscription;
}

absl::StatusOr<Subscription> ExcludeSubscription(const v1::ExcludeSubscriptionRequest& request,
                                                 WriteTx& tx) {
  ASSIGN_OR_RETURN(Subscription subscription, GetToChange<Subscription>(request, tx));
  RETURN_IF_ERROR(CheckInForce(subscription));
  if (!subscription.open_opportunity().empty()) {
    return FailedPrecondition(v1::WRONG_STATE, subscription.name(),
                              absl::StrCat("It is up for renewal in ",
                                           subscription.open_opportunity(),
                                           ": close or delete that first"));
  }
  if (request.reason() == Subscription::OTHER && request.note().empty()) {
    return InvalidField("note", "must say why where the reason is OTHER");
  }
  tx.set_reason(request.note());
  subscription.set_exclusion_reason(request.reason());
  subscription.set_exclusion_note(request.note());
  return tx.Update(std::move(subscription));
}

absl::StatusOr<Subscription> IncludeSubscription(const v1::IncludeSubscriptionRequest& request,
                                                 WriteTx& tx) {
  ASSIGN_OR_RETURN(Subscription subscription, GetToChange<Subscription>(request, tx));
  if (subscription.exclusion_reason() == Subscription::EXCLUSION_REASON_UNSPECIFIED) {
    return FailedPrecondition(v1::WRONG_STATE, subscription.name(),
                              "The subscription is not excluded");
  }
  subscription.clear_exclusion_reason();
  subscription.clear_exclusion_note();
  return tx.Update(std::move(subscription));
}

absl::StatusOr<v1::ListArrMovementsResponse> ListArrMovements(
    const v1::ListArrMovementsRequest& request, ReadTx& tx) {
  return List<v1::ListArrMovementsResponse>(request, tx);
}

}  // namespace

void RegisterSubscriptions(Registry& registry) {
  registry.Write("SubscriptionService.CreateSubscription", CreateSubscription);
  registry.Read("SubscriptionService.GetSubscription", GetSubscription);
  registry.Read("SubscriptionService.ListSubscriptions", ListSubscriptions);
  registry.Write("SubscriptionService.UpdateSubscription", UpdateSubscription);
  registry.Write("SubscriptionService.DeleteSubscription", DeleteSubscription);
  registry.Write("SubscriptionService.AmendSubscription", AmendSubscription);
  registry.Write("SubscriptionService.CancelSubscription", CancelSubscription);
  registry.Write("SubscriptionService.ExcludeSubscription", ExcludeSubscription);
  registry.Write("SubscriptionService.IncludeSubscription", IncludeSubscription);
  registry.Read("SubscriptionService.ListArrMovements", ListArrMovements);
}

}  // namespace perennial
