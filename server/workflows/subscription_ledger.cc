#include "server/workflows/subscription_ledger.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/amendments.h"
#include "lib/domain/closing.h"
#include "lib/domain/subscriptions.h"
#include "server/workflows/opportunity_writes.h"

namespace perennial {

using v1::ArrMovement;
using v1::Opportunity;
using v1::Subscription;

absl::Status WriteMovements(WriteTx& tx, std::vector<ArrMovement> movements) {
  for (ArrMovement& movement : movements) {
    if (movement.delta().micros() == 0) continue;
    movement.set_name(tx.NewName<ArrMovement>(AccountOf(movement.subscription()), ""));
    RETURN_IF_ERROR(tx.Create(std::move(movement)).status());
  }
  return absl::OkStatus();
}

absl::Status CheckSubscription(const Subscription& subscription) {
  const v1::Money& arr = subscription.arr();
  if (arr.micros() < 0) return InvalidField("subscription.arr", "must not be negative");
  if (subscription.trial() && arr.micros() != 0) {
    return InvalidField("subscription.arr", "must be zero on a trial");
  }
  if (!subscription.has_end_date() &&
      subscription.cancel_reason() != v1::CHURN_REASON_UNSPECIFIED) {
    return InvalidField("subscription.cancel_reason", "needs an end_date");
  }
  const bool was_ended_by_closing =
      subscription.state() == Subscription::RENEWED || subscription.state() == Subscription::VOID;
  if (!subscription.has_end_date() || was_ended_by_closing) return absl::OkStatus();
  if (ToCivilDay(subscription.end_date()) < ToCivilDay(subscription.start_date())) {
    return InvalidField("subscription.end_date", "must not be before the start date");
  }
  if (!IsCancelled(subscription)) return absl::OkStatus();
  if (subscription.cancel_reason() == v1::CHURN_REASON_UNSPECIFIED) {
    return InvalidField("subscription.cancel_reason", "must be set where there is an end date");
  }
  if (subscription.cancel_reason() == v1::OTHER && subscription.cancel_note().empty()) {
    return InvalidField("subscription.cancel_note", "must say what the reason OTHER stands for");
  }
  return absl::OkStatus();
}

absl::Status CheckChurnReason(v1::ChurnReason reason, absl::string_view field,
                              absl::string_view note) {
  if (reason == v1::UNKNOWN) {
    return InvalidField(field, "must be known: OTHER, with a note, where no other reason fits");
  }
  if (reason == v1::OTHER && note.empty()) {
    return InvalidField("note", absl::StrCat("must say why where the ", field, " is OTHER"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ArrMovement>> LedgerOf(const Subscription& subscription, ReadTx& tx) {
  return tx.Select<ArrMovement>(From<ArrMovement>()
                                    .Under(AccountOf(subscription.name()))
                                    .Where("subscription", "=", subscription.name())
                                    .OrderBy("name"));
}

namespace {

// Where a renewal was closed late the new terms began before they came into force: until then the
// customer had what was renewed.
absl::Status CheckChangesInForce(const std::vector<ArrMovement>& ledger,
                                 const Subscription& subscription, absl::Time now) {
  if (subscription.state() == Subscription::VOID) return absl::OkStatus();
  const absl::CivilDay first = FirstDayInForce(ledger, subscription);
  const auto check = [&](const v1::Date& day, absl::string_view what) {
    if (ToCivilDay(day) >= first) return absl::OkStatus();
    return FailedPrecondition(
        v1::WRONG_STATE, subscription.name(),
        absl::StrCat(what, " of ", FormatDate(day), " is before ", FormatDate(ToDate(first)),
                     ", from when on it is in force: its renewal was closed then"));
  };
  for (const Subscription::Amendment& amendment : subscription.amendments()) {
    // Those that are there already an earlier program has let in.
    if (ToTime(amendment.record_time()) < now) continue;
    RETURN_IF_ERROR(check(amendment.effective_date(), "An amendment"));
  }
  if (subscription.state() != Subscription::CANCELLED) return absl::OkStatus();
  return check(subscription.end_date(), "An end");
}

}  // namespace

absl::Status WriteLedger(const Subscription& subscription, WriteTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<ArrMovement> ledger, LedgerOf(subscription, tx));
  RETURN_IF_ERROR(CheckChangesInForce(ledger, subscription, tx.now()));
  LedgerChange change = ChangeOfLedger(ledger, subscription);
  RETURN_IF_ERROR(WriteMovements(tx, std::move(change.reversals)));
  return WriteMovements(tx, std::move(change.additions));
}

namespace {

using Amendments = std::vector<Subscription::Amendment>;

// Takes out those that are not recorded yet.
Amendments TakePending(Subscription& subscription) {
  const Subscription given = subscription;
  subscription.clear_amendments();
  Amendments pending;
  for (const Subscription::Amendment& amendment : given.amendments()) {
    if (amendment.has_record_time()) {
      *subscription.add_amendments() = amendment;
    } else {
      pending.push_back(amendment);
    }
  }
  return pending;
}

absl::Status CheckPending(const Subscription::Amendment& amendment,
                          const Subscription& subscription) {
  constexpr char kDay[] = "subscription.amendments.effective_date";
  if (!amendment.has_effective_date()) return InvalidField(kDay, "must be set");
  const absl::CivilDay day = ToCivilDay(amendment.effective_date());
  if (day < ToCivilDay(subscription.start_date())) {
    return InvalidField(kDay, "must not be before the start date");
  }
  if (amendment.arr_after().micros() < 0) {
    return InvalidField("subscription.amendments.arr_after", "must not be negative");
  }
  if (subscription.trial() && amendment.arr_after().micros() != 0) {
    return InvalidField("subscription.amendments.arr_after", "must be zero on a trial");
  }
  return absl::OkStatus();
}

// Brings an amount that it is to have and all that it has into one currency: what is worth nothing
// may become worth something in any.
absl::Status AgreeOnCurrency(v1::Money& arr, Subscription& subscription) {
  const std::string& currency = subscription.arr().currency_code();
  if (arr.micros() == 0) arr.set_currency_code(currency);
  if (arr.currency_code() == currency) return absl::OkStatus();
  if (!IsWorthNothing(subscription)) {
    return FailedPrecondition(v1::CURRENCY_MISMATCH, subscription.name(),
                              absl::StrCat("The subscription is in ", currency));
  }
  SetCurrency(arr.currency_code(), subscription);
  return absl::OkStatus();
}

// Records them, each on its day.
absl::Status Record(const Amendments& pending, ReadTx& tx, Subscription& subscription) {
  for (Subscription::Amendment amendment : pending) {
    RETURN_IF_ERROR(CheckPending(amendment, subscription));
    if (amendment.reason().empty()) amendment.set_reason("Imported");
    *amendment.mutable_record_time() = ToTimestamp(tx.now());
    // Of none it has to be said.
    if (amendment.seats_after() != 0) amendment.set_sets_seats(true);
    amendment.set_sets_arr(amendment.has_arr_after());
    if (amendment.has_arr_after()) {
      RETURN_IF_ERROR(AgreeOnCurrency(*amendment.mutable_arr_after(), subscription));
    }
    AddAmendment(std::move(amendment), subscription);
  }
  return absl::OkStatus();
}

}  // namespace

namespace {

// Brings a new one into the state that its dates tell.
absl::Status CompleteNew(ReadTx& tx, Subscription& subscription) {
  RETURN_IF_ERROR(CheckSubscription(subscription));
  const Amendments amendments = TakePending(subscription);
  RETURN_IF_ERROR(Record(amendments, tx, subscription));
  SetTermAndState(tx.today(), subscription);
  if (!amendments.empty()) SetInForce(tx.today(), subscription);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Subscription> WriteNewSubscription(WriteTx& tx, Subscription subscription) {
  RETURN_IF_ERROR(CompleteNew(tx, subscription));
  ASSIGN_OR_RETURN(Subscription written, tx.Create(std::move(subscription)));
  RETURN_IF_ERROR(WriteMovements(tx, MovementsOf(written)));
  return written;
}

absl::StatusOr<Subscription> WriteSubscriptionAgain(WriteTx& tx, Subscription subscription) {
  RETURN_IF_ERROR(CompleteNew(tx, subscription));
  ASSIGN_OR_RETURN(const Subscription there, tx.Get<Subscription>(subscription.name()));
  *subscription.mutable_create_time() = there.create_time();
  *subscription.mutable_update_time() = there.update_time();
  subscription.set_etag(there.etag());
  return WriteWithLedger(tx, std::move(subscription));
}

absl::Status TakeBackSubscription(WriteTx& tx, Subscription subscription) {
  ASSIGN_OR_RETURN(const std::vector<ArrMovement> ledger, LedgerOf(subscription, tx));
  if (ledger.empty()) return tx.Delete(subscription);
  subscription.set_state(Subscription::VOID);
  *subscription.mutable_end_date() = subscription.start_date();
  return WriteWithLedger(tx, std::move(subscription)).status();
}

absl::StatusOr<Subscription> WriteWithLedger(WriteTx& tx, Subscription subscription) {
  SetInForce(tx.today(), subscription);
  ASSIGN_OR_RETURN(subscription, tx.Update(std::move(subscription)));
  RETURN_IF_ERROR(WriteLedger(subscription, tx));
  return subscription;
}

absl::StatusOr<Subscription> WriteChanged(WriteTx& tx, Subscription subscription) {
  ASSIGN_OR_RETURN(subscription, WriteWithLedger(tx, std::move(subscription)));
  RETURN_IF_ERROR(FollowInOpportunity(subscription, tx));
  return subscription;
}

absl::Status CheckSameTerms(const Subscription& before, const Subscription& after) {
  if (after.product() != before.product()) {
    return InvalidField("subscription.product", "changes by CorrectSubscription");
  }
  if (after.trial() != before.trial()) {
    return InvalidField("subscription.trial",
                        "cannot change: cancel the trial and create a subscription");
  }
  if (ToCivilDay(after.start_date()) != ToCivilDay(before.start_date()) ||
      after.term_months() != before.term_months()) {
    return InvalidField(
        "subscription.start_date",
        "and term_months change by closing a renewal, and where they were entered by "
        "mistake by CorrectSubscription");
  }
  return absl::OkStatus();
}

absl::StatusOr<Subscription> WriteAmendment(WriteTx& tx, Subscription subscription,
                                            std::optional<int> seats,
                                            const std::optional<v1::Money>& arr, absl::CivilDay day,
                                            absl::string_view reason) {
  Subscription::Amendment amendment;
  *amendment.mutable_effective_date() = ToDate(day);
  amendment.set_reason(std::string(reason));
  *amendment.mutable_record_time() = ToTimestamp(tx.now());
  amendment.set_sets_seats(seats.has_value());
  amendment.set_seats_after(seats.value_or(0));
  if (arr.has_value()) {
    amendment.set_sets_arr(true);
    *amendment.mutable_arr_after() = *arr;
    RETURN_IF_ERROR(AgreeOnCurrency(*amendment.mutable_arr_after(), subscription));
  }
  AddAmendment(std::move(amendment), subscription);
  return WriteChanged(tx, std::move(subscription));
}

namespace {

absl::Status LeaveForCancelling(Subscription& subscription, WriteTx& tx) {
  if (subscription.open_opportunity().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Opportunity opportunity,
                   tx.Get<Opportunity>(subscription.open_opportunity()));
  if (opportunity.subscriptions_size() == 1) {
    return FailedPrecondition(v1::WRONG_STATE, subscription.name(),
                              absl::StrCat("It is the only subscription of ", opportunity.name(),
                                           ": close that as CHURNED instead"));
  }
  RETURN_IF_ERROR(LeaveOpportunity(opportunity, {subscription.name()}, tx).status());
  subscription.clear_open_opportunity();
  return absl::OkStatus();
}

}  // namespace

// --- cancellations that are taken back ---

namespace {

// The opportunity that was closed as CHURNED and so ended the subscription; empty where none was.
absl::StatusOr<std::string> ChurnOf(const Subscription& subscription, ReadTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Opportunity> opportunities,
                   tx.Select<Opportunity>(
                       From<Opportunity>().Where("account", "=", AccountOf(subscription.name()))));
  ASSIGN_OR_RETURN(const std::vector<ArrMovement> ledger, LedgerOf(subscription, tx));
  for (const Opportunity& opportunity : opportunities) {
    const auto& names = opportunity.subscriptions();
    if (std::find(names.begin(), names.end(), subscription.name()) != names.end() &&
        EndedBy(opportunity, subscription, ledger)) {
      return opportunity.name();
    }
  }
  return std::string();
}

}  // namespace

absl::Status CheckMayGoOn(const Subscription& cancelled, ReadTx& tx) {
  if (ToCivilDay(cancelled.end_date()) <= tx.today()) {
    return FailedPrecondition(v1::WRONG_STATE, cancelled.name(),
                              absl::StrCat("The subscription ended on ",
                                           FormatDate(cancelled.end_date()), ": create another"));
  }
  ASSIGN_OR_RETURN(const std::string churn, ChurnOf(cancelled, tx));
  if (churn.empty()) return absl::OkStatus();
  return FailedPrecondition(v1::WRONG_STATE, cancelled.name(),
                            absl::StrCat("Closing ", churn, " ended it: reopen that instead"));
}

absl::StatusOr<Subscription> WriteCancellation(WriteTx& tx, Subscription subscription) {
  RETURN_IF_ERROR(LeaveForCancelling(subscription, tx));
  subscription.set_state(Subscription::CANCELLED);
  return WriteChanged(tx, std::move(subscription));
}

Selection AmendmentsDue(absl::CivilDay today) {
  return From<Subscription>()
      .Where("next_amendment_date", ">", "")
      .Where("next_amendment_date", "<=", today);
}

absl::StatusOr<SettledAmendments> SettleAmendments(const std::vector<std::string>& accounts,
                                                   WriteTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Subscription> subscriptions, SubscriptionsOf(accounts, tx));
  SettledAmendments settled;
  for (Subscription subscription : subscriptions) {
    if (!subscription.has_next_amendment_date() ||
        ToCivilDay(subscription.next_amendment_date()) > tx.today()) {
      continue;
    }
    SetInForce(tx.today(), subscription);
    const absl::Status followed = FollowInOpportunity(subscription, tx);
    if (absl::IsFailedPrecondition(followed) || absl::IsOutOfRange(followed)) {
      settled.passed_over.emplace_back(subscription.name(), followed);
      continue;
    }
    RETURN_IF_ERROR(followed);
    RETURN_IF_ERROR(tx.Update(std::move(subscription)).status());
    ++settled.amended;
  }
  return settled;
}

namespace {

absl::Status CheckMayChange(const Subscription& subscription) {
  if (IsInForce(subscription) || subscription.state() == Subscription::CANCELLED) {
    return absl::OkStatus();
  }
  const std::string instead =
      subscription.renewed_by().empty()
          ? ""
          : absl::StrCat(", by ", subscription.renewed_by(), ": amend or cancel that");
  return FailedPrecondition(v1::WRONG_STATE, subscription.name(),
                            absl::StrCat("ARR and end cannot change: the subscription is ",
                                         Subscription::State_Name(subscription.state()), instead));
}

// A change without a day counts from today on: what is over has none left.
absl::Status CheckStillInForce(const Subscription& subscription, absl::CivilDay today) {
  if (!subscription.has_end_date() || ToCivilDay(subscription.end_date()) > today) {
    return absl::OkStatus();
  }
  return FailedPrecondition(
      v1::WRONG_STATE, subscription.name(),
      absl::StrCat("It ended on ", FormatDate(subscription.end_date()),
                   ": give the change of its ARR or seats as an amendment, with its day"));
}

}  // namespace

absl::StatusOr<Subscription> ReplaceSubscription(WriteTx& tx, const Subscription& before,
                                                 Subscription after) {
  const Amendments amendments = TakePending(after);
  RETURN_IF_ERROR(CheckSameTerms(before, after));
  const bool amended = after.seats() != before.seats() || !(after.arr() == before.arr());
  const bool ended =
      after.has_end_date() &&
      (!before.has_end_date() || ToCivilDay(after.end_date()) != ToCivilDay(before.end_date()));
  const bool goes_on = IsCancelled(before) && !after.has_end_date();
  if (!amended && !ended && !goes_on && amendments.empty()) return tx.Update(after);
  RETURN_IF_ERROR(CheckMayChange(before));
  if (amended) RETURN_IF_ERROR(CheckStillInForce(after, tx.today()));
  Subscription subscription = after;
  if (ended) {
    RETURN_IF_ERROR(LeaveForCancelling(subscription, tx));
    subscription.set_state(Subscription::CANCELLED);
  }
  if (goes_on) {
    RETURN_IF_ERROR(CheckMayGoOn(before, tx));
    subscription.set_state(StateOn(tx.today(), subscription));
  }
  subscription.set_seats(before.seats());
  *subscription.mutable_arr() = before.arr();
  RETURN_IF_ERROR(Record(amendments, tx, subscription));
  if (!amended) return WriteChanged(tx, std::move(subscription));
  // What it says anew, and that alone: the other may change by an amendment from another day.
  std::optional<int> seats;
  if (after.seats() != before.seats()) seats = after.seats();
  std::optional<v1::Money> arr;
  if (!(after.arr() == before.arr())) arr = after.arr();
  return WriteAmendment(tx, std::move(subscription), seats, arr,
                        std::max(tx.today(), ToCivilDay(after.start_date())), "Imported");
}

}  // namespace perennial
