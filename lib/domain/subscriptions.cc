#include "lib/domain/subscriptions.h"

#include <algorithm>
#include <cstdlib>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/base/status.h"
#include "lib/domain/amendments.h"
#include "lib/domain/amounts.h"
#include "lib/domain/playbooks.h"
#include "lib/domain/stages.h"

namespace perennial {

using v1::ArrMovement;
using v1::Subscription;

int AnchorDay(const Subscription& subscription) {
  return subscription.anchor_day() > 0 ? subscription.anchor_day()
                                       : subscription.start_date().day();
}

namespace {

absl::CivilDay TermStart(int number, const Subscription& subscription) {
  return AddMonths(ToCivilDay(subscription.start_date()), number * subscription.term_months(),
                   AnchorDay(subscription));
}

absl::CivilDay TermEnd(const Subscription& subscription) {
  return ToCivilDay(subscription.term_end_date());
}

}  // namespace

void SetTerm(int number, Subscription& subscription) {
  subscription.set_anchor_day(AnchorDay(subscription));
  *subscription.mutable_term_start_date() = ToDate(TermStart(number, subscription));
  *subscription.mutable_term_end_date() = ToDate(TermStart(number + 1, subscription));
}

int TermHolding(absl::CivilDay day, const Subscription& subscription) {
  const absl::CivilDay start = ToCivilDay(subscription.start_date());
  const auto months = absl::CivilMonth(day) - absl::CivilMonth(start);
  int number = std::max<int>(0, static_cast<int>(months / subscription.term_months()));
  while (number > 0 && TermStart(number, subscription) > day) --number;
  return number;
}

void SetTermHolding(absl::CivilDay day, Subscription& subscription) {
  SetTerm(TermHolding(day, subscription), subscription);
}

void RollTerm(Subscription& subscription) {
  subscription.set_anchor_day(AnchorDay(subscription));
  *subscription.mutable_term_start_date() = subscription.term_end_date();
  *subscription.mutable_term_end_date() = ToDate(
      AddMonths(TermEnd(subscription), subscription.term_months(), subscription.anchor_day()));
}

void RollBeyond(absl::CivilDay renewal_date, Subscription& subscription) {
  const auto is_in_second_half = [&] {
    return renewal_date - ToCivilDay(subscription.term_start_date()) >=
           TermEnd(subscription) - renewal_date;
  };
  while (is_in_second_half()) RollTerm(subscription);
}

Subscription::State StateOn(absl::CivilDay today, const Subscription& subscription) {
  const bool over = TermEnd(subscription) <= today;
  return over && !subscription.auto_renew() ? Subscription::PAST_DUE : Subscription::ACTIVE;
}

void SetTermAndState(absl::CivilDay today, Subscription& subscription) {
  if (subscription.has_end_date()) {
    SetTermHolding(ToCivilDay(subscription.end_date()) - 1, subscription);
    subscription.set_state(Subscription::CANCELLED);
    return;
  }
  SetTerm(subscription.auto_renew() ? TermHolding(today, subscription) : 0, subscription);
  subscription.set_state(StateOn(today, subscription));
}

absl::StatusOr<v1::Money> EndTermOn(absl::CivilDay end, const Subscription* with,
                                    Subscription& subscription) {
  const absl::CivilDay before = TermEnd(subscription);
  subscription.set_anchor_day(with != nullptr ? AnchorDay(*with) : end.day());
  *subscription.mutable_term_end_date() = ToDate(end);
  return Prorated(InForceOn(subscription, std::min(before, end)).arr, end - before);
}

void ClearExclusion(Subscription& subscription) {
  subscription.clear_exclusion_reason();
  subscription.clear_exclusion_note();
}

void JudgeTermAnew(Subscription& subscription) {
  if (subscription.exclusion_reason() == Subscription::TERM_SHORTER_THAN_LEAD_TIME) {
    ClearExclusion(subscription);
  }
}

void SetPastDue(Subscription& subscription) {
  subscription.set_state(Subscription::PAST_DUE);
  JudgeTermAnew(subscription);
}

bool HasEnded(const Subscription& subscription, absl::CivilDay today) {
  return subscription.state() == Subscription::ACTIVE && TermEnd(subscription) <= today;
}

bool IsInForce(const Subscription& subscription) {
  return subscription.state() == Subscription::ACTIVE ||
         subscription.state() == Subscription::PAST_DUE;
}

bool IsCancelled(const Subscription& subscription) {
  return subscription.has_end_date() && subscription.state() != Subscription::RENEWED &&
         subscription.state() != Subscription::VOID;
}

void ClearCancellation(Subscription& subscription) {
  if (!IsCancelled(subscription)) return;
  subscription.clear_end_date();
  subscription.clear_cancel_reason();
  subscription.clear_cancel_note();
}

ArrMovement MakeMovement(const Subscription& subscription, absl::CivilDay effective_date,
                         const v1::Money& delta, ArrMovement::Cause cause) {
  ArrMovement movement;
  movement.set_subscription(subscription.name());
  *movement.mutable_effective_date() = ToDate(effective_date);
  *movement.mutable_delta() = delta;
  movement.set_cause(cause);
  return movement;
}

ArrMovement Reverse(const ArrMovement& movement) {
  ArrMovement reversal;
  reversal.set_subscription(movement.subscription());
  *reversal.mutable_effective_date() = movement.effective_date();
  *reversal.mutable_delta() = Negate(movement.delta());
  reversal.set_cause(ArrMovement::REVERSAL);
  reversal.set_opportunity(movement.opportunity());
  reversal.set_reverses(movement.name());
  return reversal;
}

absl::CivilDay EffectiveDay(absl::CivilDay term_end, absl::CivilDay today) {
  return std::max(term_end, today);
}

Subscription::ExclusionReason ExclusionFor(const Subscription& subscription,
                                           const v1::Playbook& playbook) {
  if (subscription.included()) return Subscription::EXCLUSION_REASON_UNSPECIFIED;
  if (subscription.trial()) return Subscription::TRIAL;
  // Once it is over, somebody has to decide.
  if (subscription.state() == Subscription::PAST_DUE) {
    return Subscription::EXCLUSION_REASON_UNSPECIFIED;
  }
  // A whole term, also where the current one was made to end on another day.
  const absl::CivilDay start = ToCivilDay(subscription.term_start_date());
  const auto term_days = AddMonths(start, subscription.term_months()) - start;
  if (term_days < LeadDays(playbook)) return Subscription::TERM_SHORTER_THAN_LEAD_TIME;
  return Subscription::EXCLUSION_REASON_UNSPECIFIED;
}

bool IsUncovered(const Subscription& subscription, const v1::Playbook& playbook,
                 absl::CivilDay today) {
  return IsInForce(subscription) && subscription.open_opportunity().empty() &&
         subscription.exclusion_reason() == Subscription::EXCLUSION_REASON_UNSPECIFIED &&
         ToCivilDay(subscription.term_end_date()) <= today + LeadDays(playbook);
}

void SortByEnd(std::vector<Subscription>& subscriptions) {
  std::sort(subscriptions.begin(), subscriptions.end(),
            [](const Subscription& a, const Subscription& b) {
              return TermEnd(a) != TermEnd(b) ? TermEnd(a) < TermEnd(b) : a.name() < b.name();
            });
}

bool FitsBundle(const std::vector<Subscription>& bundle, const Subscription& subscription,
                int bundle_days) {
  if (bundle.size() >= kMostInBundle) return false;
  return absl::c_all_of(bundle, [&](const Subscription& other) {
    return other.arr().currency_code() == subscription.arr().currency_code() &&
           std::abs(TermEnd(other) - TermEnd(subscription)) <= bundle_days;
  });
}

std::vector<std::vector<Subscription>> Bundle(std::vector<Subscription> subscriptions,
                                              int bundle_days) {
  SortByEnd(subscriptions);
  std::vector<std::vector<Subscription>> bundles;
  for (Subscription& subscription : subscriptions) {
    const auto bundle = absl::c_find_if(bundles, [&](const std::vector<Subscription>& some) {
      return FitsBundle(some, subscription, bundle_days);
    });
    if (bundle != bundles.end()) {
      bundle->push_back(std::move(subscription));
    } else {
      bundles.push_back({std::move(subscription)});
    }
  }
  return bundles;
}

namespace {

// What people said in one currency is not worth as much in another.
absl::Status CheckSaidIn(const std::string& currency, const v1::Opportunity& opportunity) {
  const auto check = [&](const v1::Money& money, absl::string_view what) {
    if (money.micros() == 0 || money.currency_code() == currency) return absl::OkStatus();
    return FailedPrecondition(
        v1::CURRENCY_MISMATCH, opportunity.name(),
        absl::StrCat(what, " is in ", money.currency_code(), ": take that back before what is up ",
                     "for renewal goes into ", currency));
  };
  if (opportunity.forecast_given()) {
    RETURN_IF_ERROR(check(opportunity.forecast_arr(), "Its forecast"));
  }
  return check(opportunity.expansion_arr(), "What was accepted beside the renewal");
}

}  // namespace

absl::Status SetRenewal(const std::vector<Subscription>& subscriptions,
                        v1::Opportunity& opportunity) {
  v1::Money arr;
  absl::CivilDay renewal_date = absl::CivilDay::max();
  for (const Subscription& subscription : subscriptions) {
    if (subscription.arr().currency_code() != subscriptions.front().arr().currency_code()) {
      return FailedPrecondition(v1::CURRENCY_MISMATCH, subscription.name(),
                                "Subscriptions of one opportunity must be in one currency");
    }
    ASSIGN_OR_RETURN(arr, Add(arr, subscription.arr()));
    renewal_date = std::min(renewal_date, ToCivilDay(subscription.term_end_date()));
  }
  RETURN_IF_ERROR(CheckSaidIn(arr.currency_code(), opportunity));
  const bool follows =
      !opportunity.forecast_given() && opportunity.forecast_arr() == opportunity.arr();
  if (!opportunity.has_forecast_arr() || follows) {
    *opportunity.mutable_forecast_arr() = arr;
  }
  *opportunity.mutable_arr() = arr;
  *opportunity.mutable_renewal_date() = ToDate(renewal_date);
  UpdateWeightedArr(opportunity);
  return absl::OkStatus();
}

}  // namespace perennial
