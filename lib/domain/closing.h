#ifndef PERENNIAL_LIB_DOMAIN_CLOSING_H_
#define PERENNIAL_LIB_DOMAIN_CLOSING_H_

// What closing an opportunity writes, worked out whole before any of it is written.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "perennial/v1/expansion_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

struct Closing {
  std::vector<v1::Subscription> created;   // named
  std::vector<v1::Subscription> ended;     // those that were up for renewal, as they become
  std::vector<v1::ArrMovement> movements;  // unnamed, their opportunity set
  v1::Money closed_arr;                    // zero when churned
};

// What a customer agreed to.
struct Agreement {
  std::optional<v1::Offer> offer;       // that they accepted
  std::vector<v1::Proposal> proposals;  // that they accepted
  // They rejected an offer, and accepted no other.
  bool declined = false;
  // Sent to them, and not decided; empty where they accepted another.
  std::vector<v1::Offer> awaited;
};

struct ClosingDays {
  // From which the decision counts at the earliest: today where people take it. What happens by
  // itself at the end of a term counts from then on, however late it is written.
  absl::CivilDay decided;
  absl::CivilDay today;
};

// A line for each subscription with the seats and the ARR that it is going to have on the day a
// decision on its renewal takes effect.
std::vector<v1::Offer::Line> TermsAtRenewal(const std::vector<v1::Subscription>& subscriptions,
                                            absl::CivilDay decided);

// The offer that stands for "nothing changes": each subscription for another
// term of its own length at the ARR and seats it has then.
v1::Offer UnchangedTerms(const std::vector<v1::Subscription>& subscriptions,
                         absl::CivilDay decided);

// FAILED_PRECONDITION (AGREEMENT_CHANGED) where what the offer or a proposal was accepted for is
// not what there is: other seats, another ARR, or a subscription that is not up for renewal any
// more.
absl::Status CheckAgreementStands(const Agreement& agreement,
                                  const std::vector<v1::Subscription>& subscriptions,
                                  absl::CivilDay decided);

// Fills in the lines of an offer from its ARR (pro rata) or its ARR from its
// lines. INVALID_ARGUMENT unless there is one line for each subscription, none negative, all in
// one currency: theirs, or another one with its rate.
absl::Status CompleteOffer(const std::vector<v1::Subscription>& subscriptions, v1::Offer& offer);

// The unreached are told apart from the unwilling: FAILED_PRECONDITION
// (ATTEMPTS_MISSING) unless `touches` hold enough outbound attempts over enough channels.
absl::Status CheckUnreachable(const v1::Opportunity& opportunity, const v1::Playbook& playbook,
                              const std::vector<v1::Touch>& touches);

// Where an offer has no term of its own (0), each subscription keeps its own. Amendments from
// behind the day on which the decision takes effect go over to the subscriptions that are created;
// `new_id` makes an id for each of them.
absl::StatusOr<Closing> PlanRenewal(const v1::Opportunity& opportunity,
                                    const std::vector<v1::Subscription>& subscriptions,
                                    const v1::Offer& offer,
                                    const std::vector<v1::Proposal>& accepted_proposals,
                                    ClosingDays days, const std::function<std::string()>& new_id);

// The renewal as it was agreed: at unchanged terms where no offer was accepted.
absl::StatusOr<Closing> PlanAgreed(const v1::Opportunity& opportunity,
                                   const std::vector<v1::Subscription>& subscriptions,
                                   const Agreement& agreement, ClosingDays days,
                                   const std::function<std::string()>& new_id);

Closing PlanChurn(const v1::Opportunity& opportunity,
                  const std::vector<v1::Subscription>& subscriptions, v1::ChurnReason reason,
                  absl::string_view note, absl::CivilDay today);

// Whether it was closing the opportunity that ended a subscription that it lists, of which `ledger`
// holds all that it says.
bool EndedBy(const v1::Opportunity& opportunity, const v1::Subscription& subscription,
             const std::vector<v1::ArrMovement>& ledger);

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_CLOSING_H_
