// Closing as renewed: everything that it writes, and what it needs.

#include <optional>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using v1::ArrMovement;
using v1::Opportunity;
using v1::Proposal;
using v1::Subscription;

constexpr absl::CivilDay kRenewal(2025, 3, 1);

class RenewedTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) customer_.emplace(api());
  }

  Customer& customer() { return *customer_; }

  v1::CloseOpportunityRequest Closing(const Opportunity& opportunity) {
    v1::CloseOpportunityRequest request;
    request.set_name(opportunity.name());
    request.set_outcome(Opportunity::RENEWED);
    return request;
  }

  Subscription SubscribeUntilMarch(const std::string& text = "") {
    return customer().Subscribe("start_date {year: 2024 month: 3 day: 1} " + text);
  }

  Proposal ProposeAndAccept(const Opportunity& opportunity, const std::string& text) {
    v1::AcceptProposalRequest accept;
    accept.set_name(customer().Propose(opportunity.name(), text).name());
    return Must(api().expansion.AcceptProposal(accept));
  }

 private:
  std::optional<Customer> customer_;
};
INSTANTIATE_ON_EVERY_ENGINE(RenewedTest);

std::string Arr(int64_t units) {
  return absl::StrCat("arr {", Usd(units).ShortDebugString(), "} ");
}

// "RENEWAL 13000" for each movement.
std::vector<std::string> Summary(const std::vector<ArrMovement>& movements) {
  std::vector<std::string> summary;
  for (const ArrMovement& movement : movements) {
    summary.push_back(
        absl::StrCat(ArrMovement::Cause_Name(movement.cause()), " ", UnitsOf(movement.delta())));
  }
  return summary;
}

TEST_P(RenewedTest, WritesTheNewTerms) {
  const Subscription old = SubscribeUntilMarch(
      Arr(12000) + "auto_renew: true notice_days: 30 labels {key: 'plan' value: 'pro'}");
  const Opportunity opportunity = customer().Open({old.name()});
  customer().BringTo(Opportunity::RENEWAL, opportunity.name());
  const v1::Offer offer =
      customer().Agree(opportunity.name(), Arr(13000) + "term_months: 24 auto_renew: false");

  const Opportunity closed = customer().CloseAsRenewed(opportunity.name());
  EXPECT_EQ(closed.outcome(), Opportunity::RENEWED);
  EXPECT_EQ(closed.stage(), Opportunity::RENEWAL);
  EXPECT_EQ(UnitsOf(closed.arr()), 12000) << "what was up for renewal";
  EXPECT_EQ(UnitsOf(closed.closed_arr()), 13000);
  EXPECT_EQ(closed.probability_percent(), 100);
  EXPECT_EQ(closed.accepted_offer(), offer.name());
  EXPECT_EQ(ToTime(closed.close_time()), Now());
  EXPECT_FALSE(closed.auto_closed());
  EXPECT_TRUE(closed.reached());
  ASSERT_EQ(closed.created_subscriptions_size(), 1);

  const std::vector<Subscription> renewing =
      customer().Subscriptions(absl::StrCat("renews = \"", old.name(), "\""));
  ASSERT_EQ(renewing.size(), 1u);
  Subscription expected = renewing[0];  // its name, its etag and its times
  EXPECT_EQ(expected.name(), closed.created_subscriptions(0));
  expected.MergeFrom(ParseText<Subscription>(absl::StrCat(
      Arr(13000), "product: '", old.product(), "' seats: 10 term_months: 24 notice_days: 30 ",
      "start_date ", DateText(kRenewal), " term_start_date ", DateText(kRenewal),
      " term_end_date {year: 2027 month: 3 day: 1} state: ACTIVE renews: '", old.name(),
      "' labels {key: 'plan' value: 'pro'}")));
  EXPECT_THAT(renewing[0], EqualsProto(expected));
  EXPECT_FALSE(renewing[0].auto_renew());

  const Subscription ended = customer().Get(old);
  EXPECT_EQ(ended.state(), Subscription::RENEWED);
  EXPECT_EQ(ended.renewed_by(), renewing[0].name());
  EXPECT_EQ(ended.open_opportunity(), "");
  EXPECT_EQ(ToCivilDay(ended.end_date()), kRenewal);
  EXPECT_EQ(UnitsOf(ended.arr()), 12000);

  EXPECT_EQ(customer().Arr(kRenewal - 1), 12000);
  EXPECT_EQ(customer().Arr(kRenewal), 13000);
  EXPECT_THAT(
      Summary(customer().Movements(absl::StrCat("opportunity = \"", opportunity.name(), "\""))),
      ElementsAre("RENEWAL -12000", "RENEWAL 13000"));

  const v1::StageTransition transition = customer().Transitions(opportunity.name()).back();
  EXPECT_EQ(transition.from_stage(), Opportunity::RENEWAL);
  EXPECT_EQ(transition.to_stage(), Opportunity::RENEWAL);
  EXPECT_EQ(transition.from_outcome(), Opportunity::OPEN);
  EXPECT_EQ(transition.to_outcome(), Opportunity::RENEWED);
}

TEST_P(RenewedTest, WritesAllOfABundleAndItsProposals) {
  const Subscription pro = SubscribeUntilMarch(Arr(12000));
  const Subscription team =
      customer().Subscribe(Arr(6000) + "start_date {year: 2024 month: 3 day: 15} seats: 5");
  Customer division(api(), customer().account());
  const Opportunity opportunity = customer().Open({pro.name(), team.name()});
  EXPECT_EQ(ToCivilDay(opportunity.renewal_date()), kRenewal) << "the earliest of them";
  EXPECT_EQ(UnitsOf(opportunity.arr()), 18000);
  ProposeAndAccept(opportunity,
                   Arr(3000) + "type: UPSELL seats: 7 subscription: '" + pro.name() + "'");
  ProposeAndAccept(opportunity,
                   Arr(2000) + "type: CROSS_SELL seats: 3 product: '" + division.product() + "'");
  ProposeAndAccept(opportunity, Arr(1000) + "type: CROSS_DIVISION term_months: 6 product: '" +
                                    customer().product() + "' target_account: '" +
                                    division.account() + "'");
  v1::DeclineProposalRequest decline;
  decline.set_name(customer()
                       .Propose(opportunity.name(),
                                Arr(9000) + "type: UPSELL subscription: '" + team.name() + "'")
                       .name());
  decline.set_reason("Too many seats");
  Must(api().expansion.DeclineProposal(decline));
  customer().BringTo(Opportunity::RENEWAL, opportunity.name());
  customer().Agree(
      opportunity.name(),
      absl::StrCat("term_months: 24 lines {subscription: '", pro.name(), "' ", Arr(13000),
                   "} lines {subscription: '", team.name(), "' ", Arr(5000), "seats: 4}"));

  const Opportunity closed = customer().CloseAsRenewed(opportunity.name());
  EXPECT_EQ(UnitsOf(closed.closed_arr()), 13000 + 5000 + 3000 + 2000 + 1000);
  EXPECT_EQ(closed.created_subscriptions_size(), 4);

  const auto renewing = [&](const Subscription& old) {
    const auto found = customer().Subscriptions("renews = \"" + old.name() + "\"");
    return found.size() == 1 ? found[0] : Subscription();
  };
  EXPECT_EQ(UnitsOf(renewing(pro).arr()), 16000);
  EXPECT_EQ(renewing(pro).seats(), 17);
  EXPECT_EQ(UnitsOf(renewing(team).arr()), 5000);
  EXPECT_EQ(renewing(team).seats(), 4);
  EXPECT_EQ(ToCivilDay(renewing(team).start_date()), absl::CivilDay(2025, 3, 15));
  EXPECT_EQ(ToCivilDay(renewing(team).term_end_date()), absl::CivilDay(2027, 3, 15));

  const auto added = customer().Subscriptions("product = \"" + division.product() + "\"");
  ASSERT_EQ(added.size(), 1u);
  EXPECT_EQ(UnitsOf(added[0].arr()), 2000);
  EXPECT_EQ(added[0].seats(), 3);
  EXPECT_EQ(added[0].term_months(), 24) << "as long as the renewal's";
  EXPECT_EQ(ToCivilDay(added[0].start_date()), kRenewal);
  const auto elsewhere = division.Subscriptions();
  ASSERT_EQ(elsewhere.size(), 1u);
  EXPECT_EQ(elsewhere[0].product(), customer().product());
  EXPECT_EQ(elsewhere[0].term_months(), 6);

  // The books, day by day.
  EXPECT_EQ(customer().Arr(kRenewal - 1), 18000);
  EXPECT_EQ(customer().Arr(kRenewal), 13000 + 3000 + 2000 + 6000);
  EXPECT_EQ(customer().Arr(absl::CivilDay(2025, 3, 15)), 13000 + 3000 + 2000 + 5000);
  EXPECT_EQ(division.Arr(kRenewal - 1), 0);
  EXPECT_EQ(division.Arr(kRenewal), 1000);
  const std::string by_closing = "opportunity = \"" + opportunity.name() + "\"";
  EXPECT_THAT(Summary(customer().Movements(by_closing)),
              UnorderedElementsAre("RENEWAL -12000", "RENEWAL 13000", "RENEWAL -6000",
                                   "RENEWAL 5000", "EXPANSION 3000", "NEW 2000"));
  EXPECT_THAT(Summary(division.Movements(by_closing)), ElementsAre("NEW 1000"));
}

TEST_P(RenewedTest, IsOneStepOfTheHistory) {
  const Opportunity opportunity = customer().Open({SubscribeUntilMarch().name()});
  customer().BringTo(Opportunity::RENEWAL, opportunity.name());
  customer().Earn(customer().Get(opportunity));
  v1::CloseOpportunityRequest request = Closing(opportunity);
  request.set_note("They like it");
  request.set_request_id(UniqueId("close"));
  Must(api().pipeline.CloseOpportunity(request));
  v1::ListChangesRequest list;
  list.set_filter("request_id = \"" + request.request_id() + "\"");
  std::vector<std::string> written;
  for (const v1::Change& change : MustList(api().history.ListChanges(list))) {
    // What was left of the cadence ends with it.
    if (change.resource_type() != "Task") written.push_back(change.resource_type());
    EXPECT_EQ(change.method(), "PipelineService.CloseOpportunity");
    EXPECT_EQ(change.reason(), "They like it");
  }
  // The account's standing goes by the playbooks of its open renewals.
  EXPECT_THAT(written,
              UnorderedElementsAre("Subscription", "Subscription", "ArrMovement", "ArrMovement",
                                   "Opportunity", "StageTransition", "Account"));
}

TEST_P(RenewedTest, NeedsTheStageRenewalAndItsGate) {
  const Opportunity opportunity = customer().Open({SubscribeUntilMarch().name()});
  EXPECT_THAT(api().pipeline.CloseOpportunity(Closing(opportunity)), FailsWith(v1::WRONG_STATE));
  customer().BringTo(Opportunity::RENEWAL, opportunity.name());
  EXPECT_THAT(api().pipeline.CloseOpportunity(Closing(opportunity)),
              FailsWith(v1::GATE_UNMET, ElementsAre("OFFER_ACCEPTED")));
  EXPECT_EQ(customer().Get(opportunity).outcome(), Opportunity::OPEN);
  EXPECT_EQ(customer().Movements().size(), 1u);
}

TEST_P(RenewedTest, AtUnchangedTermsWhereAManagerOverridesTheOffer) {
  const Subscription old = SubscribeUntilMarch(Arr(12000) + "auto_renew: true");
  const Opportunity opportunity = customer().Open({old.name()});
  customer().BringTo(Opportunity::RENEWAL, opportunity.name());
  v1::CloseOpportunityRequest request = Closing(opportunity);
  request.set_override_reason("Their purchasing takes until May");
  EXPECT_THAT(As(v1::EDITOR).pipeline.CloseOpportunity(request), FailsWith(v1::ROLE_TOO_LOW));
  const Opportunity closed = Must(As(v1::MANAGER).pipeline.CloseOpportunity(request));
  EXPECT_EQ(UnitsOf(closed.closed_arr()), 12000);
  EXPECT_EQ(closed.accepted_offer(), "");
  const auto renewing = customer().Subscriptions("renews = \"" + old.name() + "\"");
  ASSERT_EQ(renewing.size(), 1u);
  EXPECT_EQ(renewing[0].term_months(), 12);
  EXPECT_EQ(renewing[0].seats(), 10);
  EXPECT_TRUE(renewing[0].auto_renew());
  const v1::StageTransition transition = customer().Transitions(opportunity.name()).back();
  EXPECT_THAT(transition.overridden(), ElementsAre(v1::Criterion::OFFER_ACCEPTED));
  EXPECT_EQ(transition.reason(), request.override_reason());
}

TEST_P(RenewedTest, TakesNothingOfAChurn) {
  const Opportunity opportunity = customer().Open({SubscribeUntilMarch().name()});
  customer().BringTo(Opportunity::RENEWAL, opportunity.name());
  v1::CloseOpportunityRequest request = Closing(opportunity);
  request.set_churn_reason(v1::PRICE);
  EXPECT_THAT(api().pipeline.CloseOpportunity(request), IsInvalid("churn_reason"));
  request = Closing(opportunity);
  request.set_competitor("Them");
  EXPECT_THAT(api().pipeline.CloseOpportunity(request), IsInvalid("competitor"));
  request = Closing(opportunity);
  request.set_outcome(Opportunity::OPEN);
  EXPECT_THAT(api().pipeline.CloseOpportunity(request), IsInvalid("outcome"));
}

TEST_P(RenewedTest, HappensOnce) {
  const Opportunity opportunity = customer().Open({SubscribeUntilMarch().name()});
  customer().BringTo(Opportunity::RENEWAL, opportunity.name());
  customer().Earn(customer().Get(opportunity));
  customer().CloseAsRenewed(opportunity.name());
  EXPECT_THAT(api().pipeline.CloseOpportunity(Closing(opportunity)), FailsWith(v1::WRONG_STATE));
  EXPECT_EQ(customer().Subscriptions().size(), 2u);
  v1::DeleteOpportunityRequest erase;
  erase.set_name(opportunity.name());
  EXPECT_THAT(api().pipeline.DeleteOpportunity(erase), FailsWith(v1::WRONG_STATE));
}

TEST_P(RenewedTest, AnOfferThatLacksWhatJoinedSinceIsNotEnough) {
  const Opportunity opportunity = customer().Open({SubscribeUntilMarch().name()});
  v1::SendOfferRequest send;
  send.set_name(customer().MakeOffer(opportunity.name(), Arr(12000)).name());
  Must(api().pipeline.SendOffer(send));
  // Early enough to join the open one.
  SubscribeUntilMarch();
  v1::OpenDueOpportunitiesRequest due;
  due.set_parent(customer().account());
  EXPECT_EQ(Must(api().pipeline.OpenDueOpportunities(due)).joined_count(), 1);
  v1::AcceptOfferRequest accept;
  accept.set_name(send.name());
  accept.set_decided_by(customer().champion());
  Must(api().pipeline.AcceptOffer(accept));
  // What was signed is not added to.
  SubscribeUntilMarch();
  EXPECT_EQ(Must(api().pipeline.OpenDueOpportunities(due)).opened_count(), 1);
  customer().BringTo(Opportunity::RENEWAL, opportunity.name());
  EXPECT_THAT(api().pipeline.CloseOpportunity(Closing(opportunity)), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(customer().Subscriptions("state = RENEWED"), IsEmpty());
}

}  // namespace
}  // namespace perennial::conformance
