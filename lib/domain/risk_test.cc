#include "lib/domain/risk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial {
namespace {

using testing::ElementsAre;
using v1::Opportunity;

TEST(LoseChampionTest, RaisesTheRiskAndLowersTheForecastByOneCategory) {
  Opportunity opportunity;
  opportunity.set_forecast_category(Opportunity::COMMIT);
  opportunity.add_risk_reasons("said so");
  LoseChampion(opportunity);
  EXPECT_EQ(opportunity.risk_level(), Opportunity::HIGH);
  EXPECT_THAT(opportunity.risk_reasons(), ElementsAre("said so", "CHAMPION_LEFT"));
  EXPECT_EQ(opportunity.forecast_category(), Opportunity::BEST_CASE);
}

TEST(LoseChampionTest, GoesNoLowerThanOmittedAndSaysItOnce) {
  Opportunity opportunity;
  opportunity.set_forecast_category(Opportunity::PIPELINE);
  LoseChampion(opportunity);
  LoseChampion(opportunity);
  EXPECT_EQ(opportunity.forecast_category(), Opportunity::OMITTED);
  EXPECT_THAT(opportunity.risk_reasons(), ElementsAre("CHAMPION_LEFT"));
  Opportunity unspecified;
  LoseChampion(unspecified);
  EXPECT_EQ(unspecified.forecast_category(), Opportunity::FORECAST_CATEGORY_UNSPECIFIED);
}

}  // namespace
}  // namespace perennial
