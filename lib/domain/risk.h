#ifndef PERENNIAL_LIB_DOMAIN_RISK_H_
#define PERENNIAL_LIB_DOMAIN_RISK_H_

#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

inline constexpr char kChampionLeft[] = "CHAMPION_LEFT";

// Somebody who decides has left the customer: the risk is HIGH, with CHAMPION_LEFT among its
// reasons, and the forecast drops by one category, at least to OMITTED.
void LoseChampion(v1::Opportunity& opportunity);

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_RISK_H_
