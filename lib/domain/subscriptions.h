#ifndef PERENNIAL_LIB_DOMAIN_SUBSCRIPTIONS_H_
#define PERENNIAL_LIB_DOMAIN_SUBSCRIPTIONS_H_

// Terms of subscriptions, what changes in one writes into the ledger, and which of them are up for
// renewal together.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

// The day of the month on which terms begin: that of the start date where nothing else is set.
int AnchorDay(const v1::Subscription& subscription);

// Sets term `number` (from 0), counted from the start date, of a subscription whose terms were not
// aligned. A 31st comes back after a short month.
void SetTerm(int number, v1::Subscription& subscription);

// The number of the term that holds `day`; 0 before the start date.
int TermHolding(absl::CivilDay day, const v1::Subscription& subscription);
void SetTermHolding(absl::CivilDay day, v1::Subscription& subscription);

// Moves to the term after the current one.
void RollTerm(v1::Subscription& subscription);

// Moves on to the term after the one that was renewed on `renewal_date`, of whose end that is the
// nearest. Never back.
void RollBeyond(absl::CivilDay renewal_date, v1::Subscription& subscription);

// ACTIVE or PAST_DUE, of a subscription that nothing has ended: what comes after its term is
// decided by auto-renewal or, where there is none, by somebody.
v1::Subscription::State StateOn(absl::CivilDay today, const v1::Subscription& subscription);

// Sets term and state of a subscription from what is known as it is entered: CANCELLED where it has
// an end date, in its last term; in the term that holds today where one follows another by itself;
// else in its first.
void SetTermAndState(absl::CivilDay today, v1::Subscription& subscription);

// Makes the current term end on another day, and later ones begin on that day of the month or,
// where `with` is given, on those of that subscription. Answers what is due for the days between.
absl::StatusOr<v1::Money> EndTermOn(absl::CivilDay end, const v1::Subscription* with,
                                    v1::Subscription& subscription);

// It is not excluded any more.
void ClearExclusion(v1::Subscription& subscription);

// Its term is another: whether that is too short to be put up for renewal is found out anew.
void JudgeTermAnew(v1::Subscription& subscription);

// Its term is over without a decision: somebody has to make one, however short the term was.
void SetPastDue(v1::Subscription& subscription);

// ACTIVE, though its term is over: that is to be settled.
bool HasEnded(const v1::Subscription& subscription, absl::CivilDay today);

// ACTIVE or PAST_DUE: its ARR counts and it can be renewed.
bool IsInForce(const v1::Subscription& subscription);

// Whether somebody has cancelled it, for its end date: what was renewed, or taken back, has one
// too.
bool IsCancelled(const v1::Subscription& subscription);
// Takes what was said of that back, if anything was.
void ClearCancellation(v1::Subscription& subscription);

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

// By the end of their terms, then by name.
void SortByEnd(std::vector<v1::Subscription>& subscriptions);

// Whether it may join them: then, too, all of their terms end within `bundle_days`.
bool FitsBundle(const std::vector<v1::Subscription>& bundle, const v1::Subscription& subscription,
                int bundle_days);

// Sets arr and renewal_date from the subscriptions up for renewal. A
// forecast that nobody gave follows the ARR that it was equal to. FAILED_PRECONDITION
// (CURRENCY_MISMATCH) unless all of them are in one currency.
absl::Status SetRenewal(const std::vector<v1::Subscription>& subscriptions,
                        v1::Opportunity& opportunity);

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_SUBSCRIPTIONS_H_
