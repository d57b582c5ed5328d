#include "lib/domain/subscriptions.h"

#include "lib/base/money.h"
#include "perennial/v1/subscription_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/opportunity_writes.h"
#include "server/workflows/subscription_ledger.h"

namespace perennial {

using v1::Subscription;

namespace {

absl::Status CheckInForce(const Subscription& subscription) {
  if (IsInForce(subscription)) return absl::OkStatus();
  return FailedPrecondition(
      v1::WRONG_STATE, subscription.name(),
      absl::StrCat("The subscription is ", Subscription::State_Name(subscription.state())));
}

void TakeReason(const Subscription& from, Subscription& row) {
  if (from.cancel_reason() != v1::CHURN_REASON_UNSPECIFIED) {
    row.set_cancel_reason(from.cancel_reason());
  }
  if (!from.cancel_note().empty()) row.set_cancel_note(from.cancel_note());
  if (row.cancel_reason() == v1::CHURN_REASON_UNSPECIFIED) row.set_cancel_reason(v1::UNKNOWN);
}

void KeepReason(const Subscription& from, Subscription& row) {
  row.set_cancel_reason(from.cancel_reason());
  row.set_cancel_note(from.cancel_note());
}

class SubscriptionRules final : public TypeRules<Subscription> {
  absl::Status Complete(Subscription& subscription, Writing&) const override {
    return CheckSubscription(subscription);
  }
  absl::StatusOr<Subscription> Create(Subscription subscription, Writing& writing) const override {
    if (writing.Kept<TakenBack>().names.count(subscription.name()) > 0) {
      return WriteSubscriptionAgain(writing.tx, std::move(subscription));
    }
    return WriteNewSubscription(writing.tx, std::move(subscription));
  }
  // Its ledger keeps what it was, and is only ever added to.
  bool WasTakenBack(const Subscription& subscription) const override {
    return subscription.state() == Subscription::VOID;
  }
  absl::StatusOr<Subscription> Update(const Subscription& before, Subscription subscription,
                                      Writing& writing) const override {
    return ReplaceSubscription(writing.tx, before, std::move(subscription));
  }

  // A contract elsewhere has one row, whatever number of terms.
  std::string WentOnAs(const Subscription& subscription) const override {
    return subscription.state() == Subscription::RENEWED ? subscription.renewed_by() : "";
  }

  void Merge(const Subscription* before, const Taken<Subscription>& taken,
             Subscription& row) const override {
    for (Subscription::Amendment amendment : taken.fields.amendments()) {
      // When it is written down is told from those that were: see ReplaceSubscription.
      amendment.clear_record_time();
      if (before != nullptr) *row.add_amendments() = std::move(amendment);
    }
    if (before == nullptr) {
      for (auto& amendment : *row.mutable_amendments()) amendment.clear_record_time();
    }
    if (taken.paths.count("end_date") > 0) {
      // One that is new comes with its reason, also where the row said that before.
      const bool is_new = before == nullptr || !IsCancelled(*before);
      ClearCancellation(row);
      if (taken.said.has_end_date()) {
        if (!is_new) KeepReason(*before, row);
        *row.mutable_end_date() = taken.said.end_date();
        TakeReason(is_new ? taken.said : taken.fields, row);
      }
    } else if (IsCancelled(row)) {
      TakeReason(taken.fields, row);
    } else if (before != nullptr) {
      // Of no cancellation: an earlier program has left it.
      KeepReason(Subscription(), row);
    }
  }
};
const SubscriptionRules rules;

// What an update must leave as it is: it has an effect on ARR.
absl::Status CheckNotAmended(const Subscription& before, const Subscription& after) {
  if (after.seats() != before.seats()) {
    return InvalidField("subscription.seats", "changes by AmendSubscription");
  }
  if (!(after.arr() == before.arr())) {
    return InvalidField("subscription.arr", "changes by AmendSubscription");
  }
  return absl::OkStatus();
}

absl::StatusOr<Subscription> UpdateSubscription(const v1::UpdateSubscriptionRequest& request,
                                                WriteTx& tx) {
  ASSIGN_OR_RETURN(const Subscription subscription,
                   Patched(request.subscription(), request.update_mask(), "subscription", tx));
  ASSIGN_OR_RETURN(const Subscription before, tx.Get<Subscription>(subscription.name()));
  RETURN_IF_ERROR(CheckNotAmended(before, subscription));
  RETURN_IF_ERROR(CheckSameTerms(before, subscription));
  return tx.Update(subscription);
}

// The day from which an amendment may count at the latest: within the term or, once that is over,
// today.
absl::Status CheckAmendmentDay(absl::CivilDay day, const Subscription& subscription,
                               absl::CivilDay today) {
  if (day < ToCivilDay(subscription.start_date())) {
    return InvalidField("effective_date", absl::StrCat("must not be before the start date, ",
                                                       FormatDate(subscription.start_date())));
  }
  const absl::CivilDay term_end = ToCivilDay(subscription.term_end_date());
  if (day < term_end || day <= today) return absl::OkStatus();
  const std::string end = FormatDate(subscription.term_end_date());
  return InvalidField("effective_date",
                      term_end > today
                          ? absl::StrCat("must be before the term ends on ", end)
                          : absl::StrCat("must not be in the future: the term ended on ", end));
}

absl::Status CheckAmendment(const v1::AmendSubscriptionRequest& request,
                            const Subscription& subscription) {
  RETURN_IF_ERROR(CheckInForce(subscription));
  if (!request.has_seats() && !request.has_arr()) {
    return InvalidField("arr", "give the new ARR, the new seats, or both");
  }
  if (request.arr().micros() < 0) return InvalidField("arr", "must not be negative");
  if (request.arr().micros() != 0 && subscription.trial()) {
    return InvalidField("arr", "must be zero on a trial");
  }
  return absl::OkStatus();
}

absl::StatusOr<Subscription> AmendSubscription(const v1::AmendSubscriptionRequest& request,
                                               WriteTx& tx) {
  ASSIGN_OR_RETURN(Subscription subscription, GetToChange<Subscription>(request, tx));
  RETURN_IF_ERROR(CheckAmendment(request, subscription));
  const absl::CivilDay day =
      request.has_effective_date() ? ToCivilDay(request.effective_date()) : tx.today();
  RETURN_IF_ERROR(CheckAmendmentDay(day, subscription, tx.today()));
  tx.set_reason(request.reason());
  std::optional<int> seats;
  if (request.has_seats()) seats = request.seats();
  std::optional<v1::Money> arr;
  if (request.has_arr()) arr = request.arr();
  return WriteAmendment(tx, std::move(subscription), seats, arr, day, request.reason());
}

absl::StatusOr<Subscription> CancelSubscription(const v1::CancelSubscriptionRequest& request,
                                                WriteTx& tx) {
  ASSIGN_OR_RETURN(Subscription subscription, GetToChange<Subscription>(request, tx));
  RETURN_IF_ERROR(CheckInForce(subscription));
  RETURN_IF_ERROR(CheckChurnReason(request.reason(), "reason", request.note()));
  const v1::Date end_date =
      request.has_end_date() ? request.end_date() : subscription.term_end_date();
  if (ToCivilDay(end_date) < ToCivilDay(subscription.start_date())) {
    return InvalidField("end_date", absl::StrCat("must not be before the start date, ",
                                                 FormatDate(subscription.start_date())));
  }
  tx.set_reason(request.note());
  *subscription.mutable_end_date() = end_date;
  subscription.set_cancel_reason(request.reason());
  subscription.set_cancel_note(request.note());
  return WriteCancellation(tx, std::move(subscription));
}

absl::StatusOr<Subscription> ExcludeSubscription(const v1::ExcludeSubscriptionRequest& request,
                                                 WriteTx& tx) {
  ASSIGN_OR_RETURN(Subscription subscription, GetToChange<Subscription>(request, tx));
  RETURN_IF_ERROR(CheckInForce(subscription));
  if (!subscription.open_opportunity().empty()) {
    return FailedPrecondition(
        v1::WRONG_STATE, subscription.name(),
        absl::StrCat("It is up for renewal in ", subscription.open_opportunity(),
                     ": close or delete that first"));
  }
  if (request.reason() == Subscription::OTHER && request.note().empty()) {
    return InvalidField("note", "must say why where the reason is OTHER");
  }
  tx.set_reason(request.note());
  subscription.clear_included();
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
  subscription.set_included(true);
  ClearExclusion(subscription);
  return tx.Update(std::move(subscription));
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("SubscriptionService.CreateSubscription",
                 Create<Subscription, v1::CreateSubscriptionRequest>);
  registry.Get<v1::GetSubscriptionRequest, Subscription>("SubscriptionService.GetSubscription");
  registry.List<v1::ListSubscriptionsRequest, v1::ListSubscriptionsResponse>(
      "SubscriptionService.ListSubscriptions");
  registry.Write("SubscriptionService.UpdateSubscription", UpdateSubscription);
  registry.Write("SubscriptionService.DeleteSubscription",
                 Delete<Subscription, v1::DeleteSubscriptionRequest>);
  registry.Write("SubscriptionService.AmendSubscription", AmendSubscription);
  registry.Write("SubscriptionService.CancelSubscription", CancelSubscription);
  registry.Write("SubscriptionService.ExcludeSubscription", ExcludeSubscription);
  registry.Write("SubscriptionService.IncludeSubscription", IncludeSubscription);
  registry.List<v1::ListArrMovementsRequest, v1::ListArrMovementsResponse>(
      "SubscriptionService.ListArrMovements");
});

}  // namespace
}  // namespace perennial
