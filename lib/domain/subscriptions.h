#ifndef PERENNIAL_LIB_DOMAIN_SUBSCRIPTIONS_H_
#define PERENNIAL_LIB_DOMAIN_SUBSCRIPTIONS_H_

// Terms of subscriptions, what changes in one writes into the ledger, and which of them are up for
// renewal together.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

// Term `number` (from 0) starts on start_date + number x term_months, counted
// from the start date so that a 31st comes back after a short month.
absl::CivilDay TermStart(const v1::Subscription& subscription, int number);

// Sets the term that holds `day`; the first one before the start date.
void SetTermHolding(absl::CivilDay day, v1::Subscription& subscription);

// Moves to the term after the current one.
void RollTerm(v1::Subscription& subscription);

// ACTIVE or PAST_DUE: its ARR counts and it can be renewed.
bool IsInForce(const v1::Subscription& subscription);

// The name of a movement is made by who writes it.
v1::ArrMovement MakeMovement(const v1::Subscription& subscription, absl::CivilDay effective_date,
                             const v1::Money& delta, v1::ArrMovement::Cause cause);

// A movement that takes `movement` back, on the same day.
v1::ArrMovement Reverse(const v1::ArrMovement& movement);

// The day a decision on a renewal takes effect: the renewal date, or today where that is later.
absl::CivilDay EffectiveDay(absl::CivilDay term_end, absl::CivilDay today);

// Why a subscription in force should not be put up for renewal by itself;
// EXCLUSION_REASON_UNSPECIFIED where it should.
v1::Subscription::ExclusionReason ExclusionFor(const v1::Subscription& subscription,
                                               const v1::Playbook& playbook);

// Is it in force, within the lead time, and neither in an opportunity nor excluded?
bool IsUncovered(const v1::Subscription& subscription, const v1::Playbook& playbook,
                 absl::CivilDay today);

// Groups subscriptions of one account into those that share an opportunity:
// one currency, terms that end within `bundle_days` of the group's earliest, no more than an
// opportunity can have.
inline constexpr size_t kMostInBundle = 200;  // Opportunity.subscriptions
std::vector<std::vector<v1::Subscription>> Bundle(std::vector<v1::Subscription> subscriptions,
                                                  int bundle_days);

// Sets arr and renewal_date from the subscriptions up for renewal. A
// forecast that was equal to the old ARR (or not given) follows the new one.
absl::Status SetRenewal(const std::vector<v1::Subscription>& subscriptions,
                        v1::Opportunity& opportunity);

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_SUBSCRIPTIONS_H_
