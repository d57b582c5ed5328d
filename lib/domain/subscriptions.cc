#include "lib/domain/subscriptions.h"

#include <algorithm>

#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/base/status.h"
#include "lib/domain/playbooks.h"
#include "lib/domain/stages.h"

namespace perennial {

using v1::ArrMovement;
using v1::Subscription;

absl::CivilDay TermStart(const Subscription& subscription, int number) {
  return AddMonths(ToCivilDay(subscription.start_date()), number * subscription.term_months());
}

namespace {

void SetTerm(int number, Subscription& subscription) {
  *subscription.mutable_term_start_date() = ToDate(TermStart(subscription, number));
  *subscription.mutable_term_end_date() = ToDate(TermStart(subscription, number + 1));
}

// The number of the last term that starts on `day` or before; 0 at the least.
int TermNumber(absl::CivilDay day, const Subscription& subscription) {
  const absl::CivilDay start = ToCivilDay(subscription.start_date());
  const auto months = absl::CivilMonth(day) - absl::CivilMonth(start);
  int number = std::max<int>(0, static_cast<int>(months / subscription.term_months()));
  while (number > 0 && TermStart(subscription, number) > day) --number;
  return number;
}

}  // namespace

void SetTermHolding(absl::CivilDay day, Subscription& subscription) {
  SetTerm(TermNumber(day, subscription), subscription);
}

void RollTerm(Subscription& subscription) {
  SetTerm(TermNumber(ToCivilDay(subscription.term_start_date()), subscription) + 1, subscription);
}

bool IsInForce(const Subscription& subscription) {
  return subscription.state() == Subscription::ACTIVE ||
         subscription.state() == Subscription::PAST_DUE;
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
  if (subscription.trial()) return Subscription::TRIAL;
  const auto term_days =
      ToCivilDay(subscription.term_end_date()) - ToCivilDay(subscription.term_start_date());
  if (term_days < LeadDays(playbook)) return Subscription::TERM_SHORTER_THAN_LEAD_TIME;
  return Subscription::EXCLUSION_REASON_UNSPECIFIED;
}

bool IsUncovered(const Subscription& subscription, const v1::Playbook& playbook,
                 absl::CivilDay today) {
  return IsInForce(subscription) && subscription.open_opportunity().empty() &&
         subscription.exclusion_reason() == Subscription::EXCLUSION_REASON_UNSPECIFIED &&
         ToCivilDay(subscription.term_end_date()) <= today + LeadDays(playbook);
}

std::vector<std::vector<Subscription>> Bundle(std::vector<Subscription> subscriptions,
                                              int bundle_days) {
  std::sort(subscriptions.begin(), subscriptions.end(),
            [](const Subscription& a, const Subscription& b) {
              const auto a_end = ToCivilDay(a.term_end_date());
              const auto b_end = ToCivilDay(b.term_end_date());
              return a_end != b_end ? a_end < b_end : a.name() < b.name();
            });
  std::vector<std::vector<Subscription>> bundles;
  for (Subscription& subscription : subscriptions) {
    const auto fits = [&](const std::vector<Subscription>& bundle) {
      return bundle.size() < kMostInBundle &&
             bundle.front().arr().currency_code() == subscription.arr().currency_code() &&
             ToCivilDay(subscription.term_end_date()) -
                     ToCivilDay(bundle.front().term_end_date()) <=
                 bundle_days;
    };
    const auto bundle = std::find_if(bundles.begin(), bundles.end(), fits);
    if (bundle != bundles.end()) {
      bundle->push_back(std::move(subscription));
    } else {
      bundles.push_back({std::move(subscription)});
    }
  }
  return bundles;
}

absl::Status SetRenewal(const std::vector<Subscription>& subscriptions,
                        v1::Opportunity& opportunity) {
  v1::Money arr;
  absl::CivilDay renewal_date = absl::CivilDay::max();
  for (const Subscription& subscription : subscriptions) {
    ASSIGN_OR_RETURN(arr, Add(arr, subscription.arr()));
    renewal_date = std::min(renewal_date, ToCivilDay(subscription.term_end_date()));
  }
  if (!opportunity.has_forecast_arr() || opportunity.forecast_arr() == opportunity.arr()) {
    *opportunity.mutable_forecast_arr() = arr;
  }
  *opportunity.mutable_arr() = arr;
  *opportunity.mutable_renewal_date() = ToDate(renewal_date);
  UpdateWeightedArr(opportunity);
  return absl::OkStatus();
}

}  // namespace perennial
