#ifndef PERENNIAL_LIB_DOMAIN_RISK_H_
#define PERENNIAL_LIB_DOMAIN_RISK_H_

#include "lib/domain/relationship.h"
#include "lib/domain/review_day.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

// Works out whether an open renewal that follows the playbook was reached, and what stands against
// it: its risks, their reasons and the level.
void AssessRisks(const RelationshipFacts& facts, const v1::RelationshipStanding& standing,
                 const v1::Playbook& playbook, ReviewDay& review, v1::Opportunity& opportunity);

// Somebody who decides has left the customer: the forecast drops by one category, at least to
// OMITTED.
void LowerForecast(v1::Opportunity& opportunity);

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_RISK_H_
