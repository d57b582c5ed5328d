// What each criterion asks for, and what meets it. Each test has a playbook whose gate out of
// OUTREACH has that criterion only.

#include <optional>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "perennial/client/errors.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using v1::Criterion;
using v1::Opportunity;

class GatesTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) customer_.emplace(api());
  }

  Customer& customer() { return *customer_; }

  // An opportunity behind a gate of one criterion, with these subscriptions or with one.
  Opportunity OpenBehind(Criterion::Type type, const std::vector<std::string>& subscriptions = {}) {
    criterion_ = Criterion::Type_Name(type);
    customer().Follow(absl::StrCat("criteria {stage: OUTREACH type: ", criterion_, "}"));
    opportunity_ = customer().Open(subscriptions.empty()
                                       ? std::vector<std::string>{customer().Subscribe().name()}
                                       : subscriptions);
    return opportunity_;
  }

  absl::StatusOr<Opportunity> TryToAdvance() {
    v1::AdvanceOpportunityRequest request;
    request.set_name(opportunity_.name());
    request.set_validate_only(true);
    return api().pipeline.AdvanceOpportunity(request);
  }

  // The gate is shut, and says what would open it.
  void ExpectUnmet(const std::string& text = "") {
    const v1::GateReport report = customer().Gate(opportunity_.name());
    EXPECT_FALSE(report.met());
    ASSERT_EQ(report.criteria_size(), 1);
    EXPECT_FALSE(report.criteria(0).met());
    EXPECT_THAT(report.criteria(0).description(), HasSubstr(text));
    const auto advanced = TryToAdvance();
    ASSERT_THAT(advanced, FailsWith(v1::GATE_UNMET, ElementsAre(criterion_)));
    EXPECT_EQ(client::ViolationsOf(advanced.status())[0].description,
              report.criteria(0).description());
  }

  // The gate is open, by this evidence.
  void ExpectMet(const std::vector<std::string>& evidence) {
    const v1::GateReport report = customer().Gate(opportunity_.name());
    EXPECT_TRUE(report.met());
    EXPECT_EQ(report.opportunity(), opportunity_.name());
    EXPECT_EQ(report.stage(), Opportunity::OUTREACH);
    ASSERT_EQ(report.criteria_size(), 1);
    EXPECT_EQ(Criterion::Type_Name(report.criteria(0).type()), criterion_);
    EXPECT_TRUE(report.criteria(0).met());
    EXPECT_NE(report.criteria(0).description(), "");
    EXPECT_THAT(report.criteria(0).evidence(), testing::ElementsAreArray(evidence));
    EXPECT_THAT(TryToAdvance(), IsOk());
  }

  void Used(const std::string& subscription, const std::string& capability, absl::CivilDay day,
            int uses) {
    v1::AppendUsageSamplesRequest request;
    request.set_parent(subscription);
    v1::UsageSample& sample = *request.add_usage_samples();
    sample.set_capability(customer().Capability(capability));
    *sample.mutable_sample_date() = ToDate(day);
    sample.set_uses(uses);
    Must(api().subscriptions.AppendUsageSamples(request));
  }

 private:
  std::optional<Customer> customer_;
  Opportunity opportunity_;
  std::string criterion_;
};
INSTANTIATE_ON_EVERY_ENGINE(GatesTest);

TEST_P(GatesTest, DecisionRoleReached) {
  OpenBehind(Criterion::DECISION_ROLE_REACHED);
  ExpectUnmet("CONNECTED");
  customer().Record("disposition: LEFT_MESSAGE");
  customer().Record(absl::StrCat("contacts: '", customer().user(), "'"));
  // Before it opened.
  customer().Record(absl::StrCat("touch_time ", TimeText(Today() - 1)));
  ExpectUnmet();
  const v1::Touch call = customer().Record();
  ExpectMet({call.name()});

  // Those who left count for no gate.
  v1::MarkContactLeftRequest left;
  left.set_name(customer().champion());
  Must(api().accounts.MarkContactLeft(left));
  ExpectUnmet();
}

TEST_P(GatesTest, FourRolesDecide) {
  OpenBehind(Criterion::DECISION_ROLE_REACHED);
  for (const char* role : {"INFLUENCER", "EVALUATOR", "BUSINESS_USER", "TECHNICAL_USER"}) {
    const v1::Contact contact =
        customer().AddContact(absl::StrCat("display_name: 'A person' roles: ", role));
    customer().Record(absl::StrCat("contacts: '", contact.name(), "'"));
    ExpectUnmet();
  }
  for (const char* role : {"DECISION_MAKER", "ECONOMIC_BUYER", "EXECUTIVE_SPONSOR", "CHAMPION"}) {
    const v1::Contact contact = customer().AddContact(
        absl::StrCat("display_name: 'A person' roles: BUSINESS_USER roles: ", role));
    const v1::Touch call = customer().Record(absl::StrCat(
        "direction: INBOUND contacts: '", customer().user(), "' contacts: '", contact.name(), "'"));
    ExpectMet({call.name()});
    v1::DeleteTouchRequest erase;
    erase.set_name(call.name());
    Must(api().engagement.DeleteTouch(erase));
    ExpectUnmet();
  }
}

TEST_P(GatesTest, ContactsVerified) {
  OpenBehind(Criterion::CONTACTS_VERIFIED);
  ExpectUnmet("Reach");
  v1::VerifyContactRequest verify;
  verify.set_name(customer().user());
  Must(api().accounts.VerifyContact(verify));
  customer().Record();
  ExpectUnmet("A champion");
  verify.set_name(customer().champion());
  Must(api().accounts.VerifyContact(verify));
  ExpectMet({customer().champion()});
}

TEST_P(GatesTest, GaveBeforeAsking) {
  OpenBehind(Criterion::GAVE_BEFORE_ASKING);
  ExpectUnmet("GIVE");
  // What did not arrive was not given, and what is long past is forgotten.
  customer().Record("intent: GIVE channel: EMAIL disposition: BOUNCED");
  customer().Record(absl::StrCat("intent: GIVE touch_time ", TimeText(Today() - 366)));
  ExpectUnmet();
  const v1::Touch gift = customer().Record(
      absl::StrCat("intent: GIVE disposition: NO_REPLY touch_time ", TimeText(Today() - 300)));
  ExpectMet({gift.name()});
}

TEST_P(GatesTest, GivingAfterAskingIsTooLate) {
  OpenBehind(Criterion::GAVE_BEFORE_ASKING);
  const v1::Touch ask = customer().Record("intent: ASK");
  ExpectUnmet("first ASK");
  customer().Record("intent: GIVE");
  ExpectUnmet("first ASK");
  const v1::Touch gift =
      customer().Record(absl::StrCat("intent: GIVE touch_time ", TimeText(Today() - 1)));
  ExpectMet({gift.name()});
}

TEST_P(GatesTest, AdoptionReviewHeld) {
  const std::string first = customer().Subscribe().name();
  const std::string second = customer().Subscribe().name();
  OpenBehind(Criterion::ADOPTION_REVIEW_HELD, {first, second});
  ExpectUnmet(first);
  const std::string review = customer().Review(first).name();
  customer().Review(second, absl::StrCat("review_time ", TimeText(Today() - 1)));
  ExpectUnmet(second);
  const std::string other_review = customer().Review(second).name();
  ExpectMet({review, other_review});
}

TEST_P(GatesTest, CapabilitiesPresented) {
  const std::string subscription = customer().Subscribe().name();
  OpenBehind(Criterion::CAPABILITIES_PRESENTED, {subscription});
  const std::string reports = customer().Capability("reports");
  const std::string alerts = customer().Capability("alerts");
  ExpectUnmet(reports);
  ExpectUnmet(alerts);
  // Used in the last 90 days.
  Used(subscription, "reports", Today() - 91, 7);
  Used(subscription, "reports", Today(), 0);
  ExpectUnmet(reports);
  Used(subscription, "reports", Today() - 89, 7);
  EXPECT_THAT(customer().Gate(customer().Opportunities()[0].name()).criteria(0).evidence(),
              ElementsAre(alerts));
  // Shown, but not in this cycle, or not to anybody.
  customer().Record(
      absl::StrCat("capabilities: '", alerts, "' touch_time ", TimeText(Today() - 1)));
  customer().Record(absl::StrCat("capabilities: '", alerts, "' disposition: NO_ANSWER"));
  ExpectUnmet(alerts);
  customer().Record(absl::StrCat("capabilities: '", alerts, "'"));
  ExpectMet({});
}

TEST_P(GatesTest, CapabilitiesPresentedOrSetAsideInAReview) {
  const std::string subscription = customer().Subscribe().name();
  OpenBehind(Criterion::CAPABILITIES_PRESENTED, {subscription});
  customer().Review(subscription,
                    absl::StrCat("capabilities {capability: '", customer().Capability("reports"),
                                 "' presented: true}"));
  ExpectUnmet(customer().Capability("alerts"));
  customer().Review(subscription,
                    absl::StrCat("capabilities {capability: '", customer().Capability("alerts"),
                                 "' reason: 'They have their own'}"));
  ExpectMet({});
}

TEST_P(GatesTest, FeedbackAcknowledged) {
  OpenBehind(Criterion::FEEDBACK_ACKNOWLEDGED);
  ExpectMet({});
  const auto hear = [&](int days_ago) {
    return customer()
        .Hear(absl::StrCat("type: IDEA text: 'Make it blue' receive_time ",
                           TimeText(Today() - days_ago)))
        .name();
  };
  hear(14);
  ExpectMet({});
  const std::string old = hear(15);
  ExpectUnmet(old);
  v1::AcknowledgeFeedbackRequest acknowledge;
  acknowledge.set_name(old);
  Must(api().engagement.AcknowledgeFeedback(acknowledge));
  ExpectMet({});

  const std::string older = hear(100);
  ExpectUnmet(older);
  v1::DecideFeedbackRequest decide;
  decide.set_name(older);
  decide.set_decision(v1::Feedback::DECLINED);
  decide.set_reason("It is red");
  Must(api().engagement.DecideFeedback(decide));
  ExpectMet({});
}

TEST_P(GatesTest, ExpansionDecided) {
  const Opportunity opportunity = OpenBehind(Criterion::EXPANSION_DECIDED);
  ExpectUnmet("no_expansion_reason");
  const std::string text =
      absl::StrCat("type: UPSELL subscription: '", opportunity.subscriptions(0), "' arr {",
                   Usd(100).ShortDebugString(), "}");
  const std::string first = customer().Propose(opportunity.name(), text).name();
  ExpectUnmet(first);
  v1::AcceptProposalRequest accept;
  accept.set_name(first);
  Must(api().expansion.AcceptProposal(accept));
  ExpectMet({first});
  // A reason for none does not stand in for a decision.
  const std::string second = customer().Propose(opportunity.name(), text).name();
  v1::UpdateOpportunityRequest update;
  update.mutable_opportunity()->set_name(opportunity.name());
  update.mutable_opportunity()->set_no_expansion_reason("Enough is enough");
  Must(api().pipeline.UpdateOpportunity(update));
  ExpectUnmet(second);
  v1::WithdrawProposalRequest withdraw;
  withdraw.set_name(second);
  withdraw.set_reason("Too much");
  Must(api().expansion.WithdrawProposal(withdraw));
  ExpectMet({first, second});
}

TEST_P(GatesTest, NoExpansionForAReason) {
  const Opportunity opportunity = OpenBehind(Criterion::EXPANSION_DECIDED);
  v1::UpdateOpportunityRequest update;
  update.mutable_opportunity()->set_name(opportunity.name());
  update.mutable_opportunity()->set_no_expansion_reason("They grow next year");
  Must(api().pipeline.UpdateOpportunity(update));
  ExpectMet({});
}

TEST_P(GatesTest, OfferAccepted) {
  const Opportunity opportunity = OpenBehind(Criterion::OFFER_ACCEPTED);
  ExpectUnmet("accept an offer");
  v1::SendOfferRequest send;
  send.set_name(
      customer()
          .MakeOffer(opportunity.name(), absl::StrCat("arr {", Usd(12000).ShortDebugString(), "}"))
          .name());
  Must(api().pipeline.SendOffer(send));
  ExpectUnmet("accept an offer");
  v1::AcceptOfferRequest accept;
  accept.set_name(send.name());
  accept.set_decided_by(customer().user());
  Must(api().pipeline.AcceptOffer(accept));
  ExpectUnmet("decision role");
  v1::RejectOfferRequest reject;
  reject.set_name(send.name());
  reject.set_note("Not theirs to accept");
  Must(api().pipeline.RejectOffer(reject));
  ExpectUnmet("accept an offer");
  const v1::Offer agreed = customer().Agree(
      opportunity.name(), absl::StrCat("arr {", Usd(12000).ShortDebugString(), "}"));
  ExpectMet({agreed.name()});
}

TEST_P(GatesTest, TellEveryCriterionOfTheStageAtOnce) {
  const Opportunity opportunity = customer().Open({customer().Subscribe().name()});
  v1::AdvanceOpportunityRequest request;
  request.set_name(opportunity.name());
  EXPECT_THAT(api().pipeline.AdvanceOpportunity(request),
              FailsWith(v1::GATE_UNMET, ElementsAre("DECISION_ROLE_REACHED", "CONTACTS_VERIFIED",
                                                    "GAVE_BEFORE_ASKING")));
  customer().Earn(opportunity);
  EXPECT_EQ(customer().Advance(opportunity.name()).stage(), Opportunity::ADOPTION_REVIEW);
  EXPECT_THAT(
      api().pipeline.AdvanceOpportunity(request),
      FailsWith(v1::GATE_UNMET, ElementsAre("ADOPTION_REVIEW_HELD", "CAPABILITIES_PRESENTED")));
}

TEST_P(GatesTest, FollowThePlaybookAsItIsNow) {
  const v1::Playbook playbook =
      customer().Follow("criteria {stage: OUTREACH type: GAVE_BEFORE_ASKING}");
  const Opportunity opportunity = customer().Open({customer().Subscribe().name()});
  EXPECT_EQ(opportunity.playbook(), playbook.name());
  EXPECT_FALSE(customer().Gate(opportunity.name()).met());
  v1::UpdatePlaybookRequest update;
  update.mutable_playbook()->set_name(playbook.name());
  update.mutable_update_mask()->add_paths("criteria");
  Must(api().pipeline.UpdatePlaybook(update));
  const v1::GateReport report = customer().Gate(opportunity.name());
  EXPECT_TRUE(report.met());
  EXPECT_THAT(report.criteria(), IsEmpty());
  EXPECT_EQ(customer().Advance(opportunity.name()).stage(), Opportunity::ADOPTION_REVIEW);
}

TEST_P(GatesTest, AreNoQuestionOnceItIsClosed) {
  const Opportunity opportunity = customer().Open({customer().Subscribe().name()});
  customer().CloseAsChurned(opportunity.name(), v1::PRICE);
  v1::CheckGateRequest request;
  request.set_name(opportunity.name());
  EXPECT_THAT(api().pipeline.CheckGate(request), FailsWith(v1::WRONG_STATE));
}

}  // namespace
}  // namespace perennial::conformance
