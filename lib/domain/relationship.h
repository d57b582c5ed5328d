#ifndef PERENNIAL_LIB_DOMAIN_RELATIONSHIP_H_
#define PERENNIAL_LIB_DOMAIN_RELATIONSHIP_H_

// How things stand between a customer and us, and what stands against their renewals: worked out
// from what is recorded, as the protos of RelationshipStanding and Opportunity.Risk define it.

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "lib/domain/playbooks.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

// What is recorded about one customer, as far as it matters here.
struct RelationshipFacts {
  v1::Account account;
  // The day of its first subscription, or of its record where that is earlier.
  absl::CivilDay customer_since;
  // From EarliestTouchDay on, oldest first.
  std::vector<v1::Touch> touches;
  // The last one ever that was two-way.
  std::optional<v1::Touch> last_two_way;
  std::vector<v1::Contact> contacts;
  // The latest upheaval, and what competitors did since the earliest open renewal opened.
  std::vector<v1::AccountEvent> events;
  // Open ones, and those closed within 12 months.
  std::vector<v1::Opportunity> renewals;
  // Of type CONCERN and not ANSWERED.
  std::vector<v1::Feedback> open_concerns;
  // Steps of the open renewals' cadences that are OPEN or MISSED.
  std::vector<v1::Task> undone_steps;
};

// From which day on touches matter: within 12 months, or since the earliest open renewal opened.
absl::CivilDay EarliestTouchDay(const std::vector<v1::Opportunity>& renewals, absl::CivilDay today);

struct Assessment {
  v1::RelationshipStanding standing;
  // The open ones, with their risks.
  std::vector<v1::Opportunity> renewals;
};

// How things stand on a day, by the limits of the playbook that fits the account and of those
// that the renewals follow.
Assessment Assess(const RelationshipFacts& facts, const PlaybookChooser& playbooks,
                  absl::CivilDay today);

// The version of the rules and limits that `Assess` goes by for an account whose open renewals
// follow these playbooks: another one where any of them is.
std::string PolicyVersion(const v1::Account& account, const std::vector<std::string>& followed,
                          const PlaybookChooser& playbooks);

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_RELATIONSHIP_H_
