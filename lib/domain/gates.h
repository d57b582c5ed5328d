#ifndef PERENNIAL_LIB_DOMAIN_GATES_H_
#define PERENNIAL_LIB_DOMAIN_GATES_H_

// Stages are earned: a stage is left when every criterion of its gate is met
// by recorded evidence.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/adoption_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/expansion_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

// DECISION_MAKER, ECONOMIC_BUYER, EXECUTIVE_SPONSOR or CHAMPION.
bool HasDecisionRole(const v1::Contact& contact);

// Did both sides speak?
bool IsTwoWay(const v1::Touch& touch);

// Did it get to the customer, or was it lost on the way (a call without answer, a mail that
// bounced)?
bool HasArrived(const v1::Touch& touch);
// The same, of its disposition.
bool MeansArrived(v1::Touch::Disposition disposition);

// A GIVE that has arrived.
bool WasGiven(const v1::Touch& touch);

// PERSONNEL, REORGANIZATION or OWNERSHIP: puts in doubt what we know of the contacts.
bool IsUpheaval(const v1::AccountEvent& event);

// What the gates ask about. Only what the criteria of the stage need has to be there.
struct Evidence {
  // Of the account, since the opportunity opened, oldest first.
  std::vector<v1::Touch> touches;
  // The latest that was given before this cycle's first ASK, or at all where nothing was asked.
  std::optional<v1::Touch> last_gift;
  // Those that the touches and accepted offers name.
  std::vector<v1::Contact> contacts;
  // The latest PERSONNEL, REORGANIZATION or OWNERSHIP event.
  std::optional<v1::AccountEvent> last_upheaval;
  // Of the subscriptions up for renewal, since the opportunity opened.
  std::vector<v1::AdoptionReview> reviews;
  // The capabilities of the products up for renewal that were not used for the criterion's days.
  std::vector<std::string> unused_capabilities;
  // Feedback of the account that nobody has acknowledged, received before the criterion's days.
  std::vector<v1::Feedback> waiting_feedback;
  std::vector<v1::Proposal> proposals;
  std::vector<v1::Offer> offers;
};

// The criteria of the gate out of the opportunity's stage.
std::vector<v1::Criterion> GateCriteria(const v1::Opportunity& opportunity,
                                        const v1::Playbook& playbook);

v1::GateReport EvaluateGate(const v1::Opportunity& opportunity, const v1::Playbook& playbook,
                            const Evidence& evidence, absl::Time now);

// FAILED_PRECONDITION (GATE_UNMET) with each unmet criterion, unless all are met.
absl::Status GateStatus(const v1::GateReport& report);

// The first touch that reached somebody who decides, whether or not they have left since; null if
// none did.
const v1::Touch* FirstReach(const std::vector<v1::Touch>& touches,
                            const std::vector<v1::Contact>& contacts);

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_GATES_H_
