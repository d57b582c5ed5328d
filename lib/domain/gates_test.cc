#include "lib/domain/gates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "lib/domain/playbooks.h"
#include "tests/support/parse_text.h"

namespace perennial {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using v1::AccountEvent;
using v1::Contact;
using v1::Criterion;
using v1::GateReport;
using v1::Opportunity;
using v1::Playbook;
using v1::Touch;

absl::Time Day(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone());
}

const absl::Time kNow = Day(2025, 7, 1) + absl::Hours(12);

Contact MakeContact(const std::string& id, const std::string& text) {
  Contact contact = ParseText<Contact>(text);
  contact.set_name("accounts/acme/contacts/" + id);
  contact.set_display_name(id);
  if (contact.state() == Contact::STATE_UNSPECIFIED) contact.set_state(Contact::ACTIVE);
  return contact;
}

Touch MakeTouch(const std::string& id, absl::Time time, const std::string& text) {
  Touch touch = ParseText<Touch>(text);
  touch.set_name("accounts/acme/touches/" + id);
  *touch.mutable_touch_time() = ToTimestamp(time);
  return touch;
}

class GateTest : public testing::Test {
 protected:
  GateTest() {
    opportunity_ = ParseText<Opportunity>(R"(
      name: "accounts/acme/opportunities/o" stage: OUTREACH
      subscriptions: "accounts/acme/subscriptions/s1"
      subscriptions: "accounts/acme/subscriptions/s10")");
    *opportunity_.mutable_open_time() = ToTimestamp(Day(2025, 5, 1));
  }

  // The answer about one criterion.
  GateReport::CriterionResult Ask(Criterion::Type type, int days = 0) const {
    Playbook playbook;
    Criterion& criterion = *playbook.add_criteria();
    criterion.set_type(type);
    criterion.set_stage(opportunity_.stage());
    criterion.set_days(days);
    const GateReport report = EvaluateGate(opportunity_, playbook, evidence_, kNow);
    EXPECT_EQ(report.criteria_size(), 1);
    EXPECT_EQ(report.met(), report.criteria(0).met());
    EXPECT_EQ(report.criteria(0).type(), type);
    return report.criteria(0);
  }

  void Reach(const std::string& id, const std::string& contact, absl::Time time = kNow) {
    Touch touch = MakeTouch(id, time, "disposition: CONNECTED");
    touch.add_contacts("accounts/acme/contacts/" + contact);
    evidence_.touches.push_back(touch);
  }

  void VerifiedAt(absl::Time time) {
    *evidence_.contacts.front().mutable_verify_time() = ToTimestamp(time);
  }

  Opportunity opportunity_;
  Evidence evidence_;
};

TEST(HasDecisionRoleTest, KnowsTheFourRoles) {
  for (int role = 0; role < Contact::Role_ARRAYSIZE; ++role) {
    Contact contact;
    contact.add_roles(Contact::BUSINESS_USER);
    contact.add_roles(static_cast<Contact::Role>(role));
    EXPECT_EQ(HasDecisionRole(contact),
              role == Contact::DECISION_MAKER || role == Contact::ECONOMIC_BUYER ||
                  role == Contact::EXECUTIVE_SPONSOR || role == Contact::CHAMPION)
        << Contact::Role_Name(static_cast<Contact::Role>(role));
  }
  EXPECT_FALSE(HasDecisionRole(Contact()));
}

TEST(WasGivenTest, NotWhereItWasLostOnTheWay) {
  for (const char* arrived : {"CONNECTED", "LEFT_MESSAGE", "NO_REPLY"}) {
    EXPECT_TRUE(WasGiven(ParseText<Touch>(absl::StrCat("intent: GIVE disposition: ", arrived))))
        << arrived;
    EXPECT_FALSE(WasGiven(ParseText<Touch>(absl::StrCat("intent: ASK disposition: ", arrived))));
  }
  for (const char* lost : {"NO_ANSWER", "BUSY", "WRONG_CONTACT", "BOUNCED"}) {
    EXPECT_FALSE(WasGiven(ParseText<Touch>(absl::StrCat("intent: GIVE disposition: ", lost))))
        << lost;
  }
}

TEST_F(GateTest, DecisionRoleReached) {
  evidence_.contacts = {MakeContact("buyer", "roles: ECONOMIC_BUYER")};
  Reach("t", "buyer", Day(2025, 6, 2));
  const auto result = Ask(Criterion::DECISION_ROLE_REACHED);
  EXPECT_TRUE(result.met());
  EXPECT_THAT(result.description(), HasSubstr("2025-06-02"));
  EXPECT_THAT(result.evidence(), ElementsAre("accounts/acme/touches/t"));
}

TEST_F(GateTest, DecisionRoleIsNotReachedByLess) {
  const auto expect_unmet = [&](const char* why) {
    const auto result = Ask(Criterion::DECISION_ROLE_REACHED);
    EXPECT_FALSE(result.met()) << why;
    EXPECT_THAT(result.description(), AllOf(HasSubstr("CONNECTED"), HasSubstr("2025-05-01"),
                                            HasSubstr("DECISION_MAKER"), HasSubstr("CHAMPION")));
    EXPECT_THAT(result.evidence(), IsEmpty());
    evidence_ = {};
  };
  expect_unmet("no touch");
  Reach("t", "user");
  evidence_.contacts = {MakeContact("user", "roles: BUSINESS_USER")};
  expect_unmet("no decision role");
  Reach("t", "gone");
  evidence_.contacts = {MakeContact("gone", "roles: CHAMPION state: LEFT")};
  expect_unmet("left");
  Reach("t", "buyer");
  evidence_.touches.front().set_disposition(Touch::LEFT_MESSAGE);
  evidence_.contacts = {MakeContact("buyer", "roles: CHAMPION")};
  expect_unmet("not two-way");
}

TEST_F(GateTest, FirstReachIsTheEarliestTouch) {
  evidence_.contacts = {MakeContact("a", "roles: CHAMPION"), MakeContact("b", "roles: CHAMPION")};
  Reach("late", "a", Day(2025, 6, 9));
  Reach("early", "b", Day(2025, 6, 2));
  const Touch* first = FirstReach(evidence_.touches, evidence_.contacts);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->name(), "accounts/acme/touches/early");
  EXPECT_EQ(FirstReach(evidence_.touches, {}), nullptr);
}

TEST_F(GateTest, ContactsVerifiedWithinTheDays) {
  evidence_.contacts = {MakeContact("buyer", "roles: CHAMPION")};
  Reach("t", "buyer");
  const absl::Time edge = kNow - absl::Hours(24 * 180);
  VerifiedAt(edge);
  auto result = Ask(Criterion::CONTACTS_VERIFIED);
  EXPECT_TRUE(result.met());
  EXPECT_THAT(result.description(), HasSubstr("buyer was verified on 2025-01-02"));
  EXPECT_THAT(result.evidence(), ElementsAre("accounts/acme/contacts/buyer"));

  VerifiedAt(edge - absl::Seconds(1));
  result = Ask(Criterion::CONTACTS_VERIFIED);
  EXPECT_FALSE(result.met());
  EXPECT_THAT(result.description(), HasSubstr("Verify buyer: not verified within the last 180"));
  EXPECT_THAT(result.evidence(), ElementsAre("accounts/acme/contacts/buyer"));
  EXPECT_TRUE(Ask(Criterion::CONTACTS_VERIFIED, 181).met());
}

TEST_F(GateTest, ContactsVerifiedSinceTheLatestUpheaval) {
  evidence_.contacts = {MakeContact("buyer", "roles: CHAMPION")};
  Reach("t", "buyer");
  evidence_.last_upheaval = ParseText<AccountEvent>(
      "type: OWNERSHIP title: 'Bought by Initech' event_date { year: 2025 month: 6 day: 10 }");
  VerifiedAt(Day(2025, 6, 10));
  EXPECT_TRUE(Ask(Criterion::CONTACTS_VERIFIED).met());

  VerifiedAt(Day(2025, 6, 10) - absl::Seconds(1));
  const auto result = Ask(Criterion::CONTACTS_VERIFIED);
  EXPECT_FALSE(result.met());
  EXPECT_THAT(result.description(),
              AllOf(HasSubstr("OWNERSHIP"), HasSubstr("2025-06-10"), HasSubstr("Initech")));

  // One that is older than the days changes nothing.
  evidence_.last_upheaval->mutable_event_date()->set_year(2020);
  EXPECT_TRUE(Ask(Criterion::CONTACTS_VERIFIED).met());
}

TEST_F(GateTest, VerifiesThoseWhoWereReached) {
  evidence_.contacts = {MakeContact("verified", "roles: CHAMPION"),
                        MakeContact("reached", "roles: CHAMPION")};
  VerifiedAt(kNow);
  EXPECT_THAT(Ask(Criterion::CONTACTS_VERIFIED).description(), HasSubstr("Reach a contact"));
  Reach("t1", "reached");
  const auto result = Ask(Criterion::CONTACTS_VERIFIED);
  EXPECT_FALSE(result.met());
  EXPECT_THAT(result.description(), AllOf(HasSubstr("reached"), Not(HasSubstr("verified or"))));
  Reach("t2", "verified");
  EXPECT_TRUE(Ask(Criterion::CONTACTS_VERIFIED).met());
}

TEST_F(GateTest, GaveBeforeAsking) {
  const absl::Time ask = Day(2025, 6, 20);
  evidence_.touches = {MakeTouch("check", Day(2025, 6, 1), "intent: CHECK_IN"),
                       MakeTouch("ask", ask, "intent: ASK"),
                       MakeTouch("ask2", ask + absl::Hours(1), "intent: ASK")};
  auto result = Ask(Criterion::GAVE_BEFORE_ASKING);
  EXPECT_FALSE(result.met());
  EXPECT_THAT(result.description(),
              AllOf(HasSubstr("first ASK was on 2025-06-20"), HasSubstr("365")));
  EXPECT_THAT(result.evidence(), ElementsAre("accounts/acme/touches/ask"));

  const absl::Time edge = ask - absl::Hours(24 * 365);
  evidence_.last_gift = MakeTouch("gift", edge, "intent: GIVE");
  result = Ask(Criterion::GAVE_BEFORE_ASKING);
  EXPECT_TRUE(result.met());
  EXPECT_THAT(result.description(), HasSubstr("2024-06-20"));
  EXPECT_THAT(result.evidence(), ElementsAre("accounts/acme/touches/gift"));

  evidence_.last_gift = MakeTouch("gift", edge - absl::Seconds(1), "intent: GIVE");
  EXPECT_FALSE(Ask(Criterion::GAVE_BEFORE_ASKING).met());
  EXPECT_TRUE(Ask(Criterion::GAVE_BEFORE_ASKING, 366).met());
}

TEST_F(GateTest, WhereNothingWasAskedAGiftCountsBackFromNow) {
  const auto result = Ask(Criterion::GAVE_BEFORE_ASKING);
  EXPECT_FALSE(result.met());
  EXPECT_THAT(result.description(), HasSubstr("intent GIVE"));
  evidence_.last_gift = MakeTouch("gift", kNow - absl::Hours(24 * 30), "intent: GIVE");
  EXPECT_TRUE(Ask(Criterion::GAVE_BEFORE_ASKING, 30).met());
  EXPECT_FALSE(Ask(Criterion::GAVE_BEFORE_ASKING, 29).met());
}

TEST_F(GateTest, AdoptionReviewHeldOfEverySubscription) {
  const auto review = [](const std::string& subscription) {
    return ParseText<v1::AdoptionReview>(
        absl::StrCat("name: 'accounts/acme/subscriptions/", subscription, "/adoptionReviews/r'"));
  };
  evidence_.reviews = {review("s10")};  // which is not one of s1
  auto result = Ask(Criterion::ADOPTION_REVIEW_HELD);
  EXPECT_FALSE(result.met());
  EXPECT_THAT(result.description(), AllOf(HasSubstr("2025-05-01"), HasSubstr("subscriptions/s1"),
                                          Not(HasSubstr("subscriptions/s10"))));
  evidence_.reviews.push_back(review("s1"));
  result = Ask(Criterion::ADOPTION_REVIEW_HELD);
  EXPECT_TRUE(result.met());
  EXPECT_THAT(result.evidence(), ElementsAre("accounts/acme/subscriptions/s1/adoptionReviews/r",
                                             "accounts/acme/subscriptions/s10/adoptionReviews/r"));
}

TEST_F(GateTest, CapabilitiesPresentedOrSetAsideWithAReason) {
  evidence_.unused_capabilities = {"products/p/capabilities/a", "products/p/capabilities/b",
                                   "products/p/capabilities/c"};
  auto result = Ask(Criterion::CAPABILITIES_PRESENTED);
  EXPECT_FALSE(result.met());
  EXPECT_THAT(result.evidence(),
              ElementsAre("products/p/capabilities/a", "products/p/capabilities/b",
                          "products/p/capabilities/c"));
  EXPECT_THAT(result.description(), AllOf(HasSubstr("90 days"), HasSubstr("capabilities/b")));

  evidence_.touches = {
      MakeTouch("demo", kNow, "disposition: CONNECTED capabilities: 'products/p/capabilities/a'")};
  evidence_.reviews = {ParseText<v1::AdoptionReview>(R"(
    capabilities { capability: "products/p/capabilities/b" presented: true }
    capabilities { capability: "products/p/capabilities/c" })")};
  EXPECT_THAT(Ask(Criterion::CAPABILITIES_PRESENTED).evidence(),
              ElementsAre("products/p/capabilities/c"));
  evidence_.reviews.front().mutable_capabilities(1)->set_reason("They have their own");
  EXPECT_TRUE(Ask(Criterion::CAPABILITIES_PRESENTED).met());
}

TEST_F(GateTest, NothingIsPresentedByWhatWasLostOnTheWay) {
  evidence_.unused_capabilities = {"products/p/capabilities/a"};
  for (const char* lost : {"NO_ANSWER", "BUSY", "WRONG_CONTACT", "BOUNCED"}) {
    evidence_.touches = {
        MakeTouch("demo", kNow,
                  absl::StrCat("capabilities: 'products/p/capabilities/a' disposition: ", lost))};
    EXPECT_FALSE(Ask(Criterion::CAPABILITIES_PRESENTED).met()) << lost;
  }
  evidence_.touches.front().set_disposition(Touch::LEFT_MESSAGE);
  EXPECT_TRUE(Ask(Criterion::CAPABILITIES_PRESENTED).met());
}

TEST_F(GateTest, FeedbackAcknowledged) {
  EXPECT_TRUE(Ask(Criterion::FEEDBACK_ACKNOWLEDGED).met());
  evidence_.waiting_feedback = {ParseText<v1::Feedback>("name: 'accounts/acme/feedback/f'")};
  const auto result = Ask(Criterion::FEEDBACK_ACKNOWLEDGED);
  EXPECT_FALSE(result.met());
  EXPECT_THAT(result.description(), AllOf(HasSubstr("14 days"), HasSubstr("feedback/f")));
  EXPECT_THAT(result.evidence(), ElementsAre("accounts/acme/feedback/f"));
}

TEST_F(GateTest, ExpansionDecided) {
  EXPECT_THAT(Ask(Criterion::EXPANSION_DECIDED).description(),
              AllOf(HasSubstr("Make a proposal"), HasSubstr("no_expansion_reason")));
  opportunity_.set_no_expansion_reason("They are shrinking");
  auto result = Ask(Criterion::EXPANSION_DECIDED);
  EXPECT_TRUE(result.met());
  EXPECT_THAT(result.description(), HasSubstr("They are shrinking"));

  // The reason does not stand in for deciding what was proposed.
  evidence_.proposals = {ParseText<v1::Proposal>("name: 'p1' state: ACCEPTED"),
                         ParseText<v1::Proposal>("name: 'p2' state: PROPOSED")};
  result = Ask(Criterion::EXPANSION_DECIDED);
  EXPECT_FALSE(result.met());
  EXPECT_THAT(result.description(), AllOf(HasSubstr("p2"), Not(HasSubstr("p1"))));
  for (const v1::Proposal::State state :
       {v1::Proposal::ACCEPTED, v1::Proposal::DECLINED, v1::Proposal::WITHDRAWN}) {
    evidence_.proposals.back().set_state(state);
    EXPECT_TRUE(Ask(Criterion::EXPANSION_DECIDED).met()) << v1::Proposal::State_Name(state);
  }
}

TEST_F(GateTest, OfferAccepted) {
  evidence_.contacts = {MakeContact("buyer", "roles: ECONOMIC_BUYER"),
                        MakeContact("user", "roles: BUSINESS_USER")};
  evidence_.offers = {ParseText<v1::Offer>("name: 'x1' state: SENT"),
                      ParseText<v1::Offer>("name: 'x2' state: REJECTED")};
  EXPECT_THAT(Ask(Criterion::OFFER_ACCEPTED).description(),
              HasSubstr("Have a contact in a decision role accept an offer"));

  v1::Offer accepted =
      ParseText<v1::Offer>("name: 'x3' state: ACCEPTED decided_by: 'accounts/acme/contacts/user'");
  *accepted.mutable_decide_time() = ToTimestamp(Day(2025, 6, 30));
  evidence_.offers.push_back(accepted);
  auto result = Ask(Criterion::OFFER_ACCEPTED);
  EXPECT_FALSE(result.met());
  EXPECT_THAT(result.description(), HasSubstr("without a decision role"));
  EXPECT_THAT(result.evidence(), ElementsAre("x3"));

  evidence_.offers.back().set_decided_by("accounts/acme/contacts/buyer");
  result = Ask(Criterion::OFFER_ACCEPTED);
  EXPECT_TRUE(result.met());
  EXPECT_THAT(result.description(), AllOf(HasSubstr("buyer"), HasSubstr("2025-06-30")));
  EXPECT_THAT(result.evidence(), ElementsAre("x3"));
}

TEST_F(GateTest, AsksForTheCriteriaOfItsStageOnly) {
  opportunity_.set_stage(Opportunity::ADOPTION_REVIEW);
  std::vector<std::string> types;
  for (const Criterion& criterion : GateCriteria(opportunity_, DefaultPlaybook())) {
    types.push_back(Criterion::Type_Name(criterion.type()));
  }
  EXPECT_THAT(types, ElementsAre("ADOPTION_REVIEW_HELD", "CAPABILITIES_PRESENTED",
                                 "FEEDBACK_ACKNOWLEDGED"));
}

TEST_F(GateTest, WithoutCriteriaItIsMet) {
  const GateReport report = EvaluateGate(opportunity_, Playbook(), evidence_, kNow);
  EXPECT_TRUE(report.met());
  EXPECT_TRUE(GateStatus(report).ok());
}

TEST_F(GateTest, OneUnmetCriterionKeepsItShut) {
  evidence_.contacts = {MakeContact("buyer", "roles: CHAMPION")};
  Reach("t", "buyer");
  evidence_.last_gift = MakeTouch("gift", kNow, "intent: GIVE");
  EXPECT_FALSE(EvaluateGate(opportunity_, DefaultPlaybook(), evidence_, kNow).met());
  VerifiedAt(kNow);
  EXPECT_TRUE(EvaluateGate(opportunity_, DefaultPlaybook(), evidence_, kNow).met());
}

TEST_F(GateTest, StatusNamesEachUnmetCriterionAndWhatWouldMeetIt) {
  evidence_.last_gift = MakeTouch("gift", kNow, "intent: GIVE");
  const GateReport report = EvaluateGate(opportunity_, DefaultPlaybook(), evidence_, kNow);
  EXPECT_EQ(report.opportunity(), opportunity_.name());
  EXPECT_EQ(report.stage(), Opportunity::OUTREACH);
  const absl::Status status = GateStatus(report);
  EXPECT_EQ(ReasonOf(status), v1::GATE_UNMET);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("OUTREACH"), HasSubstr("DECISION_ROLE_REACHED"),
                    HasSubstr("CONTACTS_VERIFIED"), Not(HasSubstr("GAVE_BEFORE_ASKING"))));
  std::vector<std::string> types;
  const v1::RowError error = ToRowError(status);
  for (const v1::RowError::Violation& violation : error.violations()) {
    types.push_back(violation.subject());
    EXPECT_FALSE(violation.description().empty());
  }
  EXPECT_THAT(types, ElementsAre("DECISION_ROLE_REACHED", "CONTACTS_VERIFIED"));
}

TEST_F(GateTest, ACriterionThatIsNotKnownIsNotMet) {
  EXPECT_FALSE(Ask(static_cast<Criterion::Type>(999)).met());
}

}  // namespace
}  // namespace perennial
