#include "perennial/client/update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(ChangedPathsTest, NamesWhatDiffers) {
  v1::Opportunity before;
  before.set_next_step("Call");
  before.mutable_forecast_arr()->set_micros(1);
  (*before.mutable_labels())["tier"] = "gold";
  (*before.mutable_labels())["old"] = "x";
  v1::Opportunity after = before;
  EXPECT_THAT(ChangedPaths(before, after).paths(), IsEmpty());
  after.clear_next_step();
  after.mutable_forecast_arr()->set_micros(2);
  (*after.mutable_labels())["tier"] = "silver";
  (*after.mutable_labels())["new"] = "y";
  after.mutable_labels()->erase("old");
  EXPECT_THAT(
      ChangedPaths(before, after).paths(),
      UnorderedElementsAre("next_step", "forecast_arr", "labels.tier", "labels.new", "labels.old"));
}

TEST(ChangedPathsTest, LeavesOutWhatCallersCannotChange) {
  v1::Opportunity before, after;
  after.set_name("accounts/a/opportunities/o");
  after.set_etag("2");
  after.set_stage(v1::Opportunity::UPSELL);
  after.add_subscriptions("accounts/a/subscriptions/s");
  EXPECT_THAT(ChangedPaths(before, after).paths(), IsEmpty());
}

TEST(ChangedPathsTest, NamesListsWholeAndKeysThatCannotStandInAPathTogether) {
  v1::Playbook before, after;
  after.add_cadence_steps()->set_title("Call");
  EXPECT_THAT(ChangedPaths(before, after).paths(), ElementsAre("cadence_steps"));
  v1::Account plain, dotted;
  (*dotted.mutable_labels())["a.b"] = "x";
  EXPECT_THAT(ChangedPaths(plain, dotted).paths(), ElementsAre("labels"));
}

}  // namespace
}  // namespace perennial::client
