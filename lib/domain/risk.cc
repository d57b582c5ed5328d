#include "lib/domain/risk.h"

#include <algorithm>

namespace perennial {

using v1::Opportunity;

void LoseChampion(Opportunity& opportunity) {
  opportunity.set_risk_level(Opportunity::HIGH);
  const auto& reasons = opportunity.risk_reasons();
  if (std::find(reasons.begin(), reasons.end(), kChampionLeft) == reasons.end()) {
    opportunity.add_risk_reasons(kChampionLeft);
  }
  // The categories ascend with how sure we are.
  if (opportunity.forecast_category() > Opportunity::OMITTED) {
    opportunity.set_forecast_category(
        static_cast<Opportunity::ForecastCategory>(opportunity.forecast_category() - 1));
  }
}

}  // namespace perennial
