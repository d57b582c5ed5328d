// The sample book of business, through `perennial import` into a whole server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "lib/base/date.h"
#include "perennial/client/account_client.h"
#include "perennial/client/engagement_client.h"
#include "perennial/client/pipeline_client.h"
#include "perennial/client/subscription_client.h"
#include "tests/import/imported_server.h"

namespace perennial {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using v1::Opportunity;

class SampleTest : public ImportedServerTest {
 protected:
  cli::ImportSummary ImportSample(bool dry_run = false) {
    return Import(SourcePath("data/sample"), SourcePath("data/sample/mapping.textproto"), dry_run);
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, SampleTest, EveryEngine(), EngineName);

TEST_P(SampleTest, ComesInWholeAndOnlyOnce) {
  EXPECT_EQ(ImportSample().rejected, 0) << report_;
  EXPECT_THAT(report_, ContainsRegex("Account: 202 read: 202 created"));
  ImportSample();
  EXPECT_THAT(report_, Not(ContainsRegex("[1-9][0-9]* (created|updated)")));
}

TEST_P(SampleTest, ADryRunFindsNothingWrongAndWritesNothing) {
  EXPECT_EQ(ImportSample(/*dry_run=*/true).rejected, 0) << report_;
  const client::SubscriptionClient subscriptions(connection_);
  EXPECT_THAT(All(subscriptions.ListSubscriptions, "accounts/-"), IsEmpty());
}

TEST_P(SampleTest, TheBookIsAlive) {
  ImportSample();
  const client::PipelineClient pipeline(connection_);
  v1::OpenDueOpportunitiesRequest request;
  request.set_parent("accounts/-");
  const auto opened = pipeline.OpenDueOpportunities(request);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_GT(opened->opened_count(), 0);

  std::map<Opportunity::Outcome, int> outcomes;
  std::set<Opportunity::Stage> stages;
  for (const Opportunity& opportunity : All(pipeline.ListOpportunities, "accounts/-")) {
    ++outcomes[opportunity.outcome()];
    if (opportunity.outcome() == Opportunity::OPEN) stages.insert(opportunity.stage());
  }
  EXPECT_GT(outcomes[Opportunity::OPEN], 50);
  EXPECT_GT(outcomes[Opportunity::RENEWED], 100);
  EXPECT_GT(outcomes[Opportunity::CHURNED], 15);
  EXPECT_EQ(stages.size(), 4);

  const client::SubscriptionClient subscriptions(connection_);
  EXPECT_THAT(All(subscriptions.ListUncoveredSubscriptions, "accounts/-"), IsEmpty());
  const client::AccountClient accounts(connection_);
  std::set<int> roles;
  int unverified = 0;
  for (const v1::Contact& contact : All(accounts.ListContacts, "accounts/-")) {
    roles.insert(contact.roles().begin(), contact.roles().end());
    unverified += contact.has_verify_time() ? 0 : 1;
  }
  EXPECT_EQ(roles.size(), 8);
  EXPECT_GT(unverified, 0);
  const client::EngagementClient engagement(connection_);
  std::set<int> intents, states;
  for (const v1::Touch& touch : All(engagement.ListTouches, "accounts/-")) {
    intents.insert(touch.intent());
  }
  EXPECT_EQ(intents.size(), 4);
  for (const v1::Feedback& feedback : All(engagement.ListFeedback, "accounts/-")) {
    states.insert(feedback.state());
  }
  EXPECT_EQ(states.size(), 2);
}

}  // namespace
}  // namespace perennial
