// Moving through the stages: forward, back, overridden, many at once.

#include <optional>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using v1::Criterion;
using v1::Opportunity;
using v1::StageTransition;

class StagesTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) customer_.emplace(api());
  }

  Customer& customer() { return *customer_; }
  Opportunity Open() { return customer().Open({customer().Subscribe().name()}); }

  v1::AdvanceOpportunityRequest Overriding(const Opportunity& opportunity) {
    v1::AdvanceOpportunityRequest request;
    request.set_name(opportunity.name());
    request.set_override_reason("The board has decided");
    return request;
  }

 private:
  std::optional<Customer> customer_;
};
INSTANTIATE_ON_EVERY_ENGINE(StagesTest);

TEST_P(StagesTest, AnOpportunityOpensInOutreach) {
  const v1::Subscription subscription = customer().Subscribe();
  const Opportunity opportunity = customer().Open({subscription.name()});
  EXPECT_EQ(opportunity.stage(), Opportunity::OUTREACH);
  EXPECT_EQ(opportunity.outcome(), Opportunity::OPEN);
  EXPECT_EQ(UnitsOf(opportunity.arr()), 12000);
  EXPECT_THAT(opportunity.forecast_arr(), EqualsProto(opportunity.arr()));
  EXPECT_EQ(opportunity.owner(), customer().owner());
  EXPECT_EQ(opportunity.playbook(), "playbooks/default");
  EXPECT_THAT(opportunity.renewal_date(), EqualsProto(subscription.term_end_date()));
  EXPECT_EQ(ToTime(opportunity.open_time()), Now());
  EXPECT_EQ(ToTime(opportunity.stage_enter_time()), Now());
  EXPECT_FALSE(opportunity.reached());
  // As the default playbook has it.
  EXPECT_EQ(opportunity.probability_percent(), 40);
  EXPECT_EQ(opportunity.forecast_category(), Opportunity::PIPELINE);
  EXPECT_EQ(UnitsOf(opportunity.weighted_arr()), 4800);
  EXPECT_EQ(customer().Get(subscription).open_opportunity(), opportunity.name());
}

TEST_P(StagesTest, AreEarnedOneByOne) {
  const std::string name = Open().name();
  const Opportunity renewal = customer().BringTo(Opportunity::RENEWAL, name);
  EXPECT_EQ(renewal.probability_percent(), 90);
  EXPECT_EQ(renewal.forecast_category(), Opportunity::COMMIT);
  EXPECT_EQ(UnitsOf(renewal.weighted_arr()), 10800);
  EXPECT_EQ(renewal.stage_times_size(), 4);
  v1::AdvanceOpportunityRequest advance;
  advance.set_name(name);
  EXPECT_THAT(api().pipeline.AdvanceOpportunity(advance), FailsWith(v1::WRONG_STATE));

  const std::vector<StageTransition> transitions = customer().Transitions(name);
  ASSERT_EQ(transitions.size(), 4u);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(transitions[i].from_stage(), i);
    EXPECT_EQ(transitions[i].to_stage(), i + 1);
    EXPECT_EQ(transitions[i].to_outcome(), Opportunity::OPEN);
    EXPECT_EQ(transitions[i].actor(), "tester");
    EXPECT_EQ(transitions[i].reason(), "");
    EXPECT_THAT(transitions[i].overridden(), IsEmpty());
  }
  EXPECT_EQ(transitions[0].from_outcome(), Opportunity::OUTCOME_UNSPECIFIED);
}

TEST_P(StagesTest, AreLeftFromWhereTheCallerThinks) {
  const Opportunity opportunity = Open();
  customer().Earn(opportunity);
  v1::AdvanceOpportunityRequest advance;
  advance.set_name(opportunity.name());
  advance.set_from_stage(Opportunity::ADOPTION_REVIEW);
  EXPECT_THAT(api().pipeline.AdvanceOpportunity(advance), FailsWith(v1::WRONG_STATE));
  advance.set_from_stage(Opportunity::OUTREACH);
  EXPECT_THAT(api().pipeline.AdvanceOpportunity(advance), IsOk());
  EXPECT_THAT(api().pipeline.AdvanceOpportunity(advance), FailsWith(v1::WRONG_STATE));
}

TEST_P(StagesTest, AManagerOverridesWithAReason) {
  const Opportunity opportunity = Open();
  customer().Record("intent: GIVE");
  v1::AdvanceOpportunityRequest request = Overriding(opportunity);
  EXPECT_THAT(As(v1::EDITOR).pipeline.AdvanceOpportunity(request), FailsWith(v1::ROLE_TOO_LOW));
  EXPECT_EQ(customer().Get(opportunity).stage(), Opportunity::OUTREACH);

  const Opportunity advanced = Must(As(v1::MANAGER).pipeline.AdvanceOpportunity(request));
  EXPECT_EQ(advanced.stage(), Opportunity::ADOPTION_REVIEW);
  const StageTransition transition = customer().Transitions(opportunity.name()).back();
  EXPECT_EQ(transition.reason(), request.override_reason());
  // What was met was not overridden.
  EXPECT_THAT(transition.overridden(), ElementsAre(Criterion::CONTACTS_VERIFIED));
}

TEST_P(StagesTest, AnOverrideIsNotUsedWhereAllIsMet) {
  const Opportunity opportunity = Open();
  customer().Earn(opportunity);
  EXPECT_THAT(As(v1::EDITOR).pipeline.AdvanceOpportunity(Overriding(opportunity)), IsOk());
  const StageTransition transition = customer().Transitions(opportunity.name()).back();
  EXPECT_EQ(transition.reason(), "");
  EXPECT_THAT(transition.overridden(), IsEmpty());
}

TEST_P(StagesTest, ReturnToAnyEarlierOneForAReason) {
  const std::string name = Open().name();
  customer().BringTo(Opportunity::RENEWAL, name);
  v1::ReturnOpportunityRequest request;
  request.set_name(name);
  request.set_to_stage(Opportunity::RENEWAL);
  request.set_reason("They want to look again");
  EXPECT_THAT(api().pipeline.ReturnOpportunity(request), FailsWith(v1::WRONG_STATE));
  request.set_to_stage(Opportunity::ADOPTION_REVIEW);
  const Opportunity returned = Must(api().pipeline.ReturnOpportunity(request));
  EXPECT_EQ(returned.stage(), Opportunity::ADOPTION_REVIEW);
  EXPECT_EQ(returned.probability_percent(), 60);
  EXPECT_EQ(returned.stage_times_size(), 4) << "one entry for each stage, however often entered";
  const StageTransition transition = customer().Transitions(name).back();
  EXPECT_EQ(transition.from_stage(), Opportunity::RENEWAL);
  EXPECT_EQ(transition.to_stage(), Opportunity::ADOPTION_REVIEW);
  EXPECT_EQ(transition.reason(), request.reason());

  request.set_to_stage(Opportunity::UPSELL);
  EXPECT_THAT(api().pipeline.ReturnOpportunity(request), FailsWith(v1::WRONG_STATE)) << "forward";
  // What was recorded in this cycle still counts.
  EXPECT_EQ(customer().Advance(name).stage(), Opportunity::UPSELL);
}

TEST_P(StagesTest, StandStillOnceItIsClosed) {
  const Opportunity opportunity = Open();
  customer().CloseAsChurned(opportunity.name(), v1::PRICE);
  EXPECT_THAT(api().pipeline.AdvanceOpportunity(Overriding(opportunity)),
              FailsWith(v1::WRONG_STATE));
  v1::ReturnOpportunityRequest request;
  request.set_name(opportunity.name());
  request.set_to_stage(Opportunity::OUTREACH);
  request.set_reason("Too late");
  EXPECT_THAT(api().pipeline.ReturnOpportunity(request), FailsWith(v1::WRONG_STATE));
}

TEST_P(StagesTest, TheForecastIsTheOwnersUntilTheNext) {
  const Opportunity opportunity = Open();
  v1::UpdateOpportunityRequest update;
  update.mutable_opportunity()->set_name(opportunity.name());
  update.mutable_opportunity()->set_probability_percent(33);
  *update.mutable_opportunity()->mutable_forecast_arr() = Usd(10000);
  Opportunity updated = Must(api().pipeline.UpdateOpportunity(update));
  EXPECT_EQ(UnitsOf(updated.weighted_arr()), 3300);
  customer().Earn(opportunity);
  const Opportunity advanced = customer().Advance(opportunity.name());
  EXPECT_EQ(advanced.probability_percent(), 60);
  EXPECT_EQ(UnitsOf(advanced.weighted_arr()), 6000);

  update.Clear();
  update.mutable_opportunity()->set_name(opportunity.name());
  update.mutable_update_mask()->add_paths("forecast_arr");
  updated = Must(api().pipeline.UpdateOpportunity(update));
  EXPECT_EQ(UnitsOf(updated.forecast_arr()), 12000)
      << "the ARR up for renewal, where none is given";
  *update.mutable_opportunity()->mutable_forecast_arr() = Usd(-1);
  EXPECT_THAT(api().pipeline.UpdateOpportunity(update), IsInvalid("opportunity.forecast_arr"));
  update.mutable_opportunity()->mutable_forecast_arr()->set_currency_code("EUR");
  update.mutable_opportunity()->mutable_forecast_arr()->set_micros(10000);
  EXPECT_THAT(api().pipeline.UpdateOpportunity(update), FailsWith(v1::CURRENCY_MISMATCH));
}

TEST_P(StagesTest, APlaybookSaysWhatEnteringThemMeans) {
  customer().Follow(
      "stage_targets {stage: OUTREACH probability_percent: 11 forecast_category: OMITTED}");
  const Opportunity opportunity = Open();
  EXPECT_EQ(opportunity.probability_percent(), 11);
  EXPECT_EQ(opportunity.forecast_category(), Opportunity::OMITTED);
  EXPECT_EQ(UnitsOf(opportunity.weighted_arr()), 1320);
}

class BatchTest : public StagesTest {};
INSTANTIATE_ON_EVERY_ENGINE(BatchTest);

TEST_P(BatchTest, AnswersForEveryRow) {
  const Opportunity earned = Open();
  const Opportunity other = Open();
  customer().Earn(earned);  // Of the account, so of both.
  const Opportunity closed = Open();
  customer().CloseAsChurned(closed.name(), v1::BUDGET);

  v1::BatchAdvanceOpportunitiesRequest batch;
  batch.add_requests()->set_name(earned.name());
  batch.add_requests()->set_name(closed.name());
  batch.add_requests()->set_name(customer().account() + "/opportunities/nobody");
  batch.mutable_requests()->Add()->set_name(other.name());
  batch.mutable_requests(3)->set_from_stage(Opportunity::UPSELL);
  batch.add_requests()->set_name(other.name());
  batch.mutable_requests(4)->set_etag("v1");
  // Twice in one batch: the second one meets the next gate.
  batch.add_requests()->set_name(earned.name());

  v1::BatchAdvanceOpportunitiesRequest dry = batch;
  dry.set_validate_only(true);
  const int64_t revision = LatestRevision();
  const auto said = Must(api().pipeline.BatchAdvanceOpportunities(dry));
  EXPECT_EQ(LatestRevision(), revision);

  const auto done = Must(api().pipeline.BatchAdvanceOpportunities(batch));
  ASSERT_EQ(done.results_size(), 6);
  EXPECT_EQ(done.succeeded_count(), 1);
  EXPECT_EQ(done.failed_count(), 5);
  EXPECT_EQ(done.results(0).opportunity().stage(), Opportunity::ADOPTION_REVIEW);
  EXPECT_THAT(customer().Get(earned), EqualsProto(done.results(0).opportunity()));
  const char* reasons[] = {
      "", "WRONG_STATE", "RESOURCE_NOT_FOUND", "WRONG_STATE", "ETAG_MISMATCH", "GATE_UNMET"};
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(done.results(i).name(), batch.requests(i).name());
    EXPECT_EQ(done.results(i).error().reason(), reasons[i]);
    EXPECT_EQ(said.results(i).error().reason(), reasons[i]) << "the dry run";
  }
  const v1::RowError& unmet = done.results(5).error();
  EXPECT_EQ(unmet.code(), 9);
  ASSERT_EQ(unmet.violations_size(), 2);
  EXPECT_EQ(unmet.violations(0).subject(), "ADOPTION_REVIEW_HELD");
  EXPECT_NE(unmet.violations(0).description(), "");
  EXPECT_EQ(customer().Get(other).stage(), Opportunity::OUTREACH);
  EXPECT_EQ(customer().Transitions(earned.name()).size(), 2u);
}

TEST_P(BatchTest, OverridesRowByRow) {
  const Opportunity one = Open();
  const Opportunity two = Open();
  v1::BatchAdvanceOpportunitiesRequest batch;
  *batch.add_requests() = Overriding(one);
  batch.add_requests()->set_name(two.name());
  const auto refused = Must(As(v1::EDITOR).pipeline.BatchAdvanceOpportunities(batch));
  EXPECT_EQ(refused.results(0).error().reason(), "ROLE_TOO_LOW");
  EXPECT_EQ(refused.results(1).error().reason(), "GATE_UNMET");
  const auto done = Must(As(v1::MANAGER).pipeline.BatchAdvanceOpportunities(batch));
  EXPECT_EQ(done.succeeded_count(), 1);
  EXPECT_EQ(customer().Transitions(one.name()).back().reason(), "The board has decided");
}

TEST_P(BatchTest, HasItsOwnRequestId) {
  v1::BatchAdvanceOpportunitiesRequest batch;
  EXPECT_THAT(api().pipeline.BatchAdvanceOpportunities(batch), IsInvalid("requests"));
  *batch.add_requests() = Overriding(Open());
  batch.mutable_requests(0)->set_request_id("mine");
  EXPECT_THAT(api().pipeline.BatchAdvanceOpportunities(batch), IsInvalid("requests[0].request_id"));
  batch.mutable_requests(0)->clear_request_id();
  batch.mutable_requests(0)->set_validate_only(true);
  EXPECT_THAT(api().pipeline.BatchAdvanceOpportunities(batch),
              IsInvalid("requests[0].validate_only"));
}

TEST_P(BatchTest, TakesFiveHundredRows) {
  v1::BatchAdvanceOpportunitiesRequest batch;
  const std::string name = Open().name();
  for (int i = 0; i < 500; ++i) batch.add_requests()->set_name(name);
  const auto done = Must(api().pipeline.BatchAdvanceOpportunities(batch));
  EXPECT_EQ(done.failed_count(), 500);
  batch.add_requests()->set_name(name);
  EXPECT_THAT(api().pipeline.BatchAdvanceOpportunities(batch), IsInvalid("requests"));
}

}  // namespace
}  // namespace perennial::conformance
