#include "lib/domain/stages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>

#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/playbooks.h"

namespace perennial {
namespace {

using v1::Opportunity;

constexpr Opportunity::Stage kStages[] = {Opportunity::OUTREACH, Opportunity::ADOPTION_REVIEW,
                                          Opportunity::UPSELL, Opportunity::RENEWAL};
const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

Opportunity OpenOpportunity() {
  Opportunity opportunity;
  *opportunity.mutable_forecast_arr() = MakeMoney("USD", 1'000'000);
  Open(DefaultPlaybook(), kStart, opportunity);
  return opportunity;
}

int64_t SecondsIn(Opportunity::Stage stage, const Opportunity& opportunity) {
  int64_t seconds = 0;
  for (const auto& time : opportunity.stage_times()) {
    if (time.stage() == stage) seconds += time.spent_seconds();
  }
  return seconds;
}

TEST(NextStageTest, GoesThroughAllFourInOrder) {
  EXPECT_EQ(NextStage(Opportunity::OUTREACH), Opportunity::ADOPTION_REVIEW);
  EXPECT_EQ(NextStage(Opportunity::ADOPTION_REVIEW), Opportunity::UPSELL);
  EXPECT_EQ(NextStage(Opportunity::UPSELL), Opportunity::RENEWAL);
  EXPECT_EQ(NextStage(Opportunity::RENEWAL), std::nullopt);
  EXPECT_EQ(NextStage(Opportunity::STAGE_UNSPECIFIED), std::nullopt);
}

TEST(OpenTest, StartsInOutreach) {
  const Opportunity opportunity = OpenOpportunity();
  EXPECT_EQ(opportunity.outcome(), Opportunity::OPEN);
  EXPECT_EQ(opportunity.stage(), Opportunity::OUTREACH);
  EXPECT_EQ(opportunity.playbook(), kDefaultPlaybook);
  EXPECT_EQ(ToTime(opportunity.open_time()), kStart);
  EXPECT_EQ(ToTime(opportunity.stage_enter_time()), kStart);
  EXPECT_EQ(opportunity.probability_percent(), 40);
  EXPECT_EQ(opportunity.forecast_category(), Opportunity::PIPELINE);
  EXPECT_EQ(opportunity.weighted_arr(), MakeMoney("USD", 400'000));
}

TEST(EnterStageTest, TakesProbabilityAndCategoryFromThePlaybook) {
  v1::Playbook playbook = DefaultPlaybook();
  playbook.mutable_stage_targets(3)->set_probability_percent(95);
  Opportunity opportunity = OpenOpportunity();
  opportunity.set_probability_percent(7);  // by hand
  EnterStage(Opportunity::RENEWAL, playbook, kStart, opportunity);
  EXPECT_EQ(opportunity.probability_percent(), 95);
  EXPECT_EQ(opportunity.forecast_category(), Opportunity::COMMIT);
  EXPECT_EQ(opportunity.weighted_arr(), MakeMoney("USD", 950'000));
}

TEST(StageTimeTest, CountsFromWhereTheStayWasTakenUpAgain) {
  Opportunity opportunity = OpenOpportunity();
  StopStageTime(kStart + absl::Seconds(10), opportunity);
  EXPECT_FALSE(opportunity.has_stage_enter_time());
  StopStageTime(kStart + absl::Seconds(50), opportunity);  // closed for 40 seconds: not spent in it
  ResumeStageTime(kStart + absl::Seconds(50), opportunity);
  StopStageTime(kStart + absl::Seconds(55), opportunity);
  EXPECT_EQ(SecondsIn(Opportunity::OUTREACH, opportunity), 15);
}

// Whatever the way through the stages: the stays add up to the time that passed, and each stage
// has one entry.
TEST(StageTimeTest, StaysAddUpToTheTimeThatPassed) {
  std::mt19937 random(20250101);
  for (int round = 0; round < 200; ++round) {
    Opportunity opportunity = OpenOpportunity();
    absl::Time now = kStart;
    std::map<int, int64_t> expected;
    const int moves = static_cast<int>(random() % 12);
    for (int i = 0; i <= moves; ++i) {
      const int64_t stay = random() % 10'000'000;
      expected[opportunity.stage()] += stay;
      now += absl::Seconds(stay);
      if (i == moves) break;
      EnterStage(kStages[random() % 4], DefaultPlaybook(), now, opportunity);
    }
    StopStageTime(now, opportunity);
    int64_t total = 0;
    for (const auto& time : opportunity.stage_times()) {
      EXPECT_EQ(time.spent_seconds(), expected[time.stage()]);
      total += time.spent_seconds();
    }
    EXPECT_EQ(static_cast<size_t>(opportunity.stage_times_size()), expected.size());
    EXPECT_EQ(total, absl::ToInt64Seconds(now - kStart));
  }
}

}  // namespace
}  // namespace perennial
