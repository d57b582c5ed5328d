#include "lib/domain/risk.h"

#include <gtest/gtest.h>

namespace perennial {
namespace {

using v1::Opportunity;

TEST(LowerForecastTest, GoesDownByOneCategoryAndNoLowerThanOmitted) {
  Opportunity opportunity;
  opportunity.set_forecast_category(Opportunity::COMMIT);
  LowerForecast(opportunity);
  EXPECT_EQ(opportunity.forecast_category(), Opportunity::BEST_CASE);
  opportunity.set_forecast_category(Opportunity::OMITTED);
  LowerForecast(opportunity);
  EXPECT_EQ(opportunity.forecast_category(), Opportunity::OMITTED);
  Opportunity unspecified;
  LowerForecast(unspecified);
  EXPECT_EQ(unspecified.forecast_category(), Opportunity::FORECAST_CATEGORY_UNSPECIFIED);
}

}  // namespace
}  // namespace perennial
