// Renewals that open by themselves: what is due, what is bundled, what is left out and why, and
// which playbook is followed.

#include <optional>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using v1::Opportunity;
using v1::Subscription;

class OpeningTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) customer_.emplace(api());
  }

  Customer& customer() { return *customer_; }
  void NextCustomer() { customer_.emplace(api()); }

  // Of a term of a year that ends in so many days.
  Subscription EndingIn(int days, const std::string& text = "") {
    const absl::CivilDay end = Today() + days;
    const absl::CivilDay start(end.year() - 1, end.month(), end.day());
    return customer().Subscribe(absl::StrCat("start_date ", DateText(start), " ", text));
  }

  v1::OpenDueOpportunitiesResponse OpenDue() {
    v1::OpenDueOpportunitiesRequest request;
    request.set_parent(customer().account());
    return Must(api().pipeline.OpenDueOpportunities(request));
  }

  std::vector<std::string> Uncovered(const std::string& parent = "") {
    v1::ListUncoveredSubscriptionsRequest request;
    request.set_parent(parent.empty() ? customer().account() : parent);
    std::vector<std::string> names;
    for (const auto& s : MustList(api().subscriptions.ListUncoveredSubscriptions(request))) {
      names.push_back(s.name());
    }
    return names;
  }

 private:
  std::optional<Customer> customer_;
};
INSTANTIATE_ON_EVERY_ENGINE(OpeningTest);

TEST_P(OpeningTest, OpensWhatIsDueWithinTheLeadTime) {
  const Subscription due = EndingIn(120);
  const Subscription later = EndingIn(121);
  EXPECT_THAT(Uncovered(), ElementsAre(due.name()));
  const auto counts = OpenDue();
  EXPECT_EQ(counts.opened_count(), 1);
  EXPECT_EQ(counts.joined_count(), 0);
  EXPECT_EQ(counts.excluded_count(), 0);
  EXPECT_THAT(Uncovered(), IsEmpty());

  const auto opportunities = customer().Opportunities();
  ASSERT_EQ(opportunities.size(), 1u);
  const Opportunity& opened = opportunities[0];
  EXPECT_THAT(opened.subscriptions(), ElementsAre(due.name()));
  EXPECT_EQ(opened.stage(), Opportunity::OUTREACH);
  EXPECT_EQ(opened.owner(), customer().owner());
  EXPECT_NE(opened.display_name(), "");
  EXPECT_EQ(ToCivilDay(opened.renewal_date()), Today() + 120);
  EXPECT_EQ(customer().Get(due).open_opportunity(), opened.name());
  EXPECT_EQ(customer().Get(later).open_opportunity(), "");
  EXPECT_EQ(customer().Transitions(opened.name()).size(), 1u);

  const auto again = OpenDue();
  EXPECT_EQ(again.opened_count() + again.joined_count() + again.excluded_count(), 0);
  EXPECT_EQ(customer().Opportunities().size(), 1u);
}

TEST_P(OpeningTest, BundlesWhatEndsTogether) {
  const Subscription first = EndingIn(30);
  const Subscription close_to_it = EndingIn(60);
  const Subscription apart = EndingIn(61);
  EXPECT_EQ(OpenDue().opened_count(), 2);
  EXPECT_EQ(customer().Get(close_to_it).open_opportunity(),
            customer().Get(first).open_opportunity());
  EXPECT_NE(customer().Get(apart).open_opportunity(), customer().Get(first).open_opportunity());
  for (const Opportunity& opportunity : customer().Opportunities()) {
    if (opportunity.subscriptions_size() != 2) continue;
    EXPECT_EQ(ToCivilDay(opportunity.renewal_date()), Today() + 30) << "the earliest of them";
    EXPECT_EQ(UnitsOf(opportunity.arr()), 24000);
  }
}

TEST_P(OpeningTest, BundlesAsThePlaybookHasIt) {
  customer().Follow("bundle_days: 0 lead_days: 50");
  EndingIn(30);
  EndingIn(30);
  EndingIn(31);
  const Subscription later = EndingIn(51);
  EXPECT_EQ(OpenDue().opened_count(), 2);
  EXPECT_EQ(customer().Get(later).open_opportunity(), "");
  EXPECT_THAT(Uncovered(), IsEmpty());
}

TEST_P(OpeningTest, BundlesNoCurrencies) {
  EndingIn(30);
  customer().Follow("");
  EndingIn(30, "arr {currency_code: 'EUR' micros: 50000}");
  EXPECT_EQ(OpenDue().opened_count(), 2);
}

TEST_P(OpeningTest, WhatOpensByItselfIsNoLargerThanOneByHandMayBe) {
  for (int i = 0; i < 201; ++i) EndingIn(30);
  EXPECT_EQ(OpenDue().opened_count(), 2);
  EXPECT_THAT(Uncovered(), IsEmpty());
  EndingIn(30);
  EXPECT_EQ(OpenDue().joined_count(), 1) << "the one that has room";
  for (const Opportunity& opportunity : customer().Opportunities()) {
    v1::UpdateOpportunityRequest update;
    update.mutable_opportunity()->set_name(opportunity.name());
    update.mutable_opportunity()->set_next_step("call");
    Must(api().pipeline.UpdateOpportunity(update));
  }
}

TEST_P(OpeningTest, AnAccountWhoseAmountsDoNotAddUpIsNamedAndTheOthersAreServed) {
  const std::string most = "arr {currency_code: 'USD' micros: 1000000000000000000}";
  const std::vector<std::string> overflowing = {EndingIn(30, most).name(),
                                                EndingIn(30, most).name()};
  const std::string account = customer().account();
  NextCustomer();
  EndingIn(30);
  v1::OpenDueOpportunitiesRequest request;
  request.set_parent("accounts/-");
  const auto response = Must(api().pipeline.OpenDueOpportunities(request));
  bool named = false;
  for (const auto& passed_over : response.passed_over()) {
    named |= passed_over.account() == account && passed_over.error().reason() == "MONEY_OVERFLOW";
  }
  EXPECT_TRUE(named) << response.DebugString();
  // Or they would be due for ever.
  for (const std::string& name : overflowing) {
    v1::CancelSubscriptionRequest cancel;
    cancel.set_name(name);
    cancel.set_reason(v1::PRICE);
    Must(api().subscriptions.CancelSubscription(cancel));
  }
  EXPECT_EQ(customer().Opportunities().size(), 1u);
}

TEST_P(OpeningTest, LateOnesJoinAnOpenOpportunity) {
  EndingIn(100);
  OpenDue();
  const std::string opened = customer().Opportunities()[0].name();
  const Subscription late = EndingIn(90);
  const auto counts = OpenDue();
  EXPECT_EQ(counts.joined_count(), 1);
  EXPECT_EQ(counts.opened_count(), 0);
  const Opportunity joined = customer().Opportunities()[0];
  EXPECT_EQ(joined.subscriptions_size(), 2);
  EXPECT_EQ(UnitsOf(joined.arr()), 24000);
  EXPECT_EQ(ToCivilDay(joined.renewal_date()), Today() + 90);
  EXPECT_EQ(customer().Get(late).open_opportunity(), opened);

  // Not once its reviews were held.
  customer().BringTo(Opportunity::UPSELL, opened);
  EndingIn(95);
  EXPECT_EQ(OpenDue().opened_count(), 1);
  EXPECT_EQ(customer().Opportunities().size(), 2u);
}

TEST_P(OpeningTest, NoBundleIsStretchedByWhatJoinsIt) {
  const Subscription middle = EndingIn(60);
  OpenDue();
  const std::string opened = customer().Get(middle).open_opportunity();
  const Subscription earlier = EndingIn(40);
  EXPECT_EQ(OpenDue().joined_count(), 1);
  EXPECT_EQ(customer().Get(earlier).open_opportunity(), opened);
  // 25 days behind the one that opened it, but 45 behind the earliest.
  const Subscription later = EndingIn(85);
  EXPECT_EQ(OpenDue().opened_count(), 1);
  EXPECT_NE(customer().Get(later).open_opportunity(), opened);
}

// Two that are due at once join as their days have it, whatever they are called.
TEST_P(OpeningTest, BundlesDoNotGoByNames) {
  for (const bool earlier_first : {true, false}) {
    Customer one(api());
    const auto ending_in = [&](int days, const std::string& id) {
      v1::CreateSubscriptionRequest request;
      request.set_parent(one.account());
      request.set_subscription_id(id);
      const absl::CivilDay end = Today() + days;
      *request.mutable_subscription() = ParseText<Subscription>(
          absl::StrCat("product: '", one.product(),
                       "' term_months: 12 arr {currency_code: 'USD' micros: 5000000} "
                       "start_date ",
                       DateText(absl::CivilDay(end.year() - 1, end.month(), end.day()))));
      return Must(api().subscriptions.CreateSubscription(request));
    };
    v1::OpenDueOpportunitiesRequest due;
    due.set_parent(one.account());
    const Subscription middle = ending_in(60, "m");
    Must(api().pipeline.OpenDueOpportunities(due));
    const std::string opened = one.Get(middle).open_opportunity();
    const Subscription earlier = ending_in(40, earlier_first ? "a" : "z");
    const Subscription later = ending_in(80, earlier_first ? "z" : "a");
    const auto counts = Must(api().pipeline.OpenDueOpportunities(due));
    EXPECT_EQ(counts.joined_count(), 1);
    EXPECT_EQ(one.Get(earlier).open_opportunity(), opened) << "the earlier one";
    EXPECT_NE(one.Get(later).open_opportunity(), opened);
  }
}

TEST_P(OpeningTest, LeavesOutTrialsAndShortTerms) {
  const Subscription trial = EndingIn(10, "trial: true arr {currency_code: 'USD' micros: 0}");
  const Subscription monthly = customer().Subscribe("term_months: 1");
  EXPECT_THAT(Uncovered(), UnorderedElementsAre(trial.name(), monthly.name()));
  const auto counts = OpenDue();
  EXPECT_EQ(counts.excluded_count(), 2);
  EXPECT_EQ(counts.opened_count(), 0);
  EXPECT_EQ(customer().Get(trial).exclusion_reason(), Subscription::TRIAL);
  EXPECT_NE(customer().Get(trial).exclusion_note(), "");
  const Subscription excluded = customer().Get(monthly);
  EXPECT_EQ(excluded.exclusion_reason(), Subscription::TERM_SHORTER_THAN_LEAD_TIME);
  EXPECT_THAT(excluded.exclusion_note(), HasSubstr("120 days"));
  EXPECT_THAT(Uncovered(), IsEmpty());
  EXPECT_THAT(customer().Opportunities(), IsEmpty());
}

TEST_P(OpeningTest, LeavesOutWhatAPersonLeftOut) {
  const Subscription subscription = EndingIn(30);
  v1::ExcludeSubscriptionRequest exclude;
  exclude.set_name(subscription.name());
  exclude.set_reason(Subscription::REPLACED);
  Must(api().subscriptions.ExcludeSubscription(exclude));
  EXPECT_THAT(Uncovered(), IsEmpty());
  EXPECT_EQ(OpenDue().opened_count(), 0);
  v1::IncludeSubscriptionRequest include;
  include.set_name(subscription.name());
  Must(api().subscriptions.IncludeSubscription(include));
  EXPECT_THAT(Uncovered(), ElementsAre(subscription.name()));
  EXPECT_EQ(OpenDue().opened_count(), 1);
  EXPECT_EQ(customer().Get(subscription).exclusion_reason(),
            Subscription::EXCLUSION_REASON_UNSPECIFIED);
}

TEST_P(OpeningTest, LeavesOutWhatIsNotInForce) {
  v1::CancelSubscriptionRequest cancel;
  cancel.set_name(EndingIn(30).name());
  cancel.set_reason(v1::PRICE);
  Must(api().subscriptions.CancelSubscription(cancel));
  EXPECT_THAT(Uncovered(), IsEmpty());
  EXPECT_EQ(OpenDue().opened_count(), 0);
}

TEST_P(OpeningTest, PagesThroughWhatIsUncovered) {
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) names.push_back(EndingIn(30).name());
  v1::ListUncoveredSubscriptionsRequest request;
  request.set_parent("accounts/-");
  request.set_page_size(2);
  std::vector<std::string> found;
  for (const auto& s : MustList(api().subscriptions.ListUncoveredSubscriptions(request))) {
    if (s.name().rfind(customer().account() + "/", 0) == 0) found.push_back(s.name());
  }
  EXPECT_THAT(found, testing::ElementsAreArray(names));
  request.set_page_size(1001);
  EXPECT_THAT(api().subscriptions.ListUncoveredSubscriptions.Page(request), IsInvalid("page_size"));
  request.set_page_size(2);
  request.set_page_token("nonsense");
  EXPECT_THAT(api().subscriptions.ListUncoveredSubscriptions.Page(request),
              FailsWith(v1::INVALID_PAGE_TOKEN));
  request.set_parent("nonsense");
  EXPECT_THAT(api().subscriptions.ListUncoveredSubscriptions.Page(request), IsInvalid("parent"));
}

TEST_P(OpeningTest, NobodyIsForgotten) {
  v1::OpenDueOpportunitiesRequest everywhere;
  everywhere.set_parent("accounts/-");
  EndingIn(30);
  EXPECT_GE(Must(api().pipeline.OpenDueOpportunities(everywhere)).opened_count(), 1);
  EXPECT_THAT(Uncovered("accounts/-"), IsEmpty());
  v1::SettleEndedTermsRequest of_customer;
  of_customer.set_parent(customer().account());
  EXPECT_EQ(Must(api().pipeline.SettleEndedTerms(of_customer)).auto_renewed_count(), 0);
  for (const char* bad : {"nonsense", "accounts", "accounts/A", "accounts/-/subscriptions/-"}) {
    everywhere.set_parent(bad);
    EXPECT_THAT(api().pipeline.OpenDueOpportunities(everywhere), IsInvalid("parent"));
    v1::SettleEndedTermsRequest settle;
    settle.set_parent(bad);
    EXPECT_THAT(api().pipeline.SettleEndedTerms(settle), IsInvalid("parent"));
  }
}

TEST_P(OpeningTest, FollowsTheFittingPlaybookOfHighestPriority) {
  const v1::Playbook low = customer().Follow("priority: 5");
  const v1::Playbook high = customer().Follow("priority: 20");
  const v1::Playbook equal = customer().Follow("priority: 20");
  const v1::Playbook misfit = customer().Follow("priority: 99 account_filter: 'country = \"ZZ\"'");
  EndingIn(30);
  OpenDue();
  EXPECT_EQ(customer().Opportunities()[0].playbook(), high.name())
      << "of equals, the first by name";
  EXPECT_LT(high.name(), equal.name());

  // While an opportunity follows it, it stays.
  v1::DeletePlaybookRequest erase;
  erase.set_name(high.name());
  EXPECT_THAT(api().pipeline.DeletePlaybook(erase), FailsWith(v1::RESOURCE_IN_USE));
  erase.set_name(low.name());
  EXPECT_THAT(api().pipeline.DeletePlaybook(erase), IsOk());
  erase.set_name("playbooks/default");
  EXPECT_THAT(api().pipeline.DeletePlaybook(erase), FailsWith(v1::RESOURCE_IN_USE));
}

TEST_P(OpeningTest, PlaybooksFilterByWhatTheyKnowOfAccounts) {
  v1::CreatePlaybookRequest request;
  *request.mutable_playbook() =
      ParseText<v1::Playbook>("display_name: 'A playbook' account_filter: 'nonsense = 1'");
  EXPECT_THAT(api().pipeline.CreatePlaybook(request), IsInvalid("playbook.account_filter"));
  v1::UpdatePlaybookRequest update;
  update.mutable_playbook()->set_name("playbooks/default");
  update.mutable_playbook()->set_account_filter("country = \"DE\"");
  EXPECT_THAT(api().pipeline.UpdatePlaybook(update), IsInvalid("playbook.account_filter"));
  *request.mutable_playbook() = ParseText<v1::Playbook>(
      "display_name: 'A playbook' stage_targets {stage: UPSELL} stage_targets {stage: UPSELL}");
  EXPECT_THAT(api().pipeline.CreatePlaybook(request), IsInvalid("playbook.stage_targets[1].stage"));
  *request.mutable_playbook() = ParseText<v1::Playbook>(
      "display_name: 'A playbook' criteria {stage: UPSELL type: OFFER_ACCEPTED} "
      "criteria {stage: RENEWAL type: OFFER_ACCEPTED} criteria {stage: UPSELL type: "
      "OFFER_ACCEPTED}");
  EXPECT_THAT(api().pipeline.CreatePlaybook(request), IsInvalid("playbook.criteria[2]"));
}

TEST_P(OpeningTest, ByHandForWhatCanBeRenewedTogether) {
  v1::CreateOpportunityRequest request;
  request.set_parent(customer().account());
  const auto open = [&](const std::vector<std::string>& names) {
    *request.mutable_opportunity()->mutable_subscriptions() = {names.begin(), names.end()};
    return api().pipeline.CreateOpportunity(request);
  };
  const std::string one = EndingIn(300).name();
  const std::string euro = EndingIn(300, "arr {currency_code: 'EUR' micros: 50000}").name();
  EXPECT_THAT(open({}), IsInvalid("opportunity.subscriptions"));
  EXPECT_THAT(open({one, euro}), FailsWith(v1::CURRENCY_MISMATCH));
  EXPECT_THAT(open({Customer(api()).Subscribe().name()}), IsInvalid("opportunity.subscriptions"));
  EXPECT_THAT(open({one, one}), IsInvalid("opportunity.subscriptions"));
  request.mutable_opportunity()->set_probability_percent(77);
  request.mutable_opportunity()->set_forecast_category(Opportunity::COMMIT);
  *request.mutable_opportunity()->mutable_forecast_arr() = Usd(10000);
  const Opportunity opened = Must(open({one}));
  EXPECT_EQ(UnitsOf(opened.weighted_arr()), 7700);
  EXPECT_EQ(opened.forecast_category(), Opportunity::COMMIT);
  EXPECT_THAT(open({one}), FailsWith(v1::WRONG_STATE)) << "it is in another one";
  customer().CloseAsChurned(opened.name(), v1::PRICE);
  EXPECT_THAT(open({one}), FailsWith(v1::WRONG_STATE)) << "it has ended";
}

}  // namespace
}  // namespace perennial::conformance
