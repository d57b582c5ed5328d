// Contacts, touches, feedback and reviews: what they record, and what the server makes of it.

#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/api_methods.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using v1::Contact;
using v1::Feedback;
using v1::Opportunity;
using v1::Touch;

class EngagementTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) customer_.emplace(api());
  }

  Customer& customer() { return *customer_; }
  Opportunity Open() { return customer().Open({customer().Subscribe().name()}); }

  absl::StatusOr<Touch> Record(const std::string& text) {
    v1::CreateTouchRequest request;
    request.set_parent(customer().account());
    *request.mutable_touch() = ParseText<Touch>(
        "channel: EMAIL direction: OUTBOUND disposition: CONNECTED intent: GIVE " + text);
    return api().engagement.CreateTouch(request);
  }
  absl::StatusOr<v1::AdoptionReview> Review(const std::string& subscription,
                                            const std::string& text) {
    v1::CreateAdoptionReviewRequest request;
    request.set_parent(subscription);
    *request.mutable_adoption_review() = ParseText<v1::AdoptionReview>(text);
    return api().adoption.CreateAdoptionReview(request);
  }
  std::string In(int days) { return TimeText(Today() + days); }

 private:
  std::optional<Customer> customer_;
};
INSTANTIATE_ON_EVERY_ENGINE(EngagementTest);

TEST_P(EngagementTest, AContactIsVerifiedUntilItLeaves) {
  v1::VerifyContactRequest verify;
  verify.set_name(customer().user());
  const Contact verified = Must(api().accounts.VerifyContact(verify));
  EXPECT_EQ(ToTime(verified.verify_time()), Now());
  EXPECT_EQ(verified.state(), Contact::ACTIVE);

  v1::MarkContactLeftRequest leave;
  leave.set_name(customer().user());
  leave.set_reason("To the competition");
  const Contact left = Must(api().accounts.MarkContactLeft(leave));
  EXPECT_EQ(left.state(), Contact::LEFT);
  EXPECT_EQ(ToTime(left.leave_time()), Now());
  EXPECT_THAT(api().accounts.MarkContactLeft(leave), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(api().accounts.VerifyContact(verify), FailsWith(v1::WRONG_STATE));

  v1::ListChangesRequest list;
  list.set_filter("resource_name = \"" + customer().user() + "\"");
  EXPECT_EQ(MustList(api().history.ListChanges(list)).back().reason(), "To the competition");
}

TEST_P(EngagementTest, ATouchReachesTheOpenOpportunities) {
  const Opportunity opportunity = Open();
  customer().Record("disposition: NO_ANSWER");
  EXPECT_FALSE(customer().Get(opportunity).reached());
  const Touch touch = customer().Record();
  const Opportunity reached = customer().Get(opportunity);
  EXPECT_TRUE(reached.reached());
  EXPECT_THAT(reached.reach_time(), EqualsProto(touch.touch_time()));

  // What is corrected or taken away proves nothing any more.
  v1::UpdateTouchRequest update;
  update.mutable_touch()->set_name(touch.name());
  update.mutable_touch()->set_disposition(Touch::WRONG_CONTACT);
  Must(api().engagement.UpdateTouch(update));
  EXPECT_FALSE(customer().Get(opportunity).reached());
  EXPECT_FALSE(customer().Get(opportunity).has_reach_time());
  update.mutable_touch()->set_disposition(Touch::CONNECTED);
  Must(api().engagement.UpdateTouch(update));
  EXPECT_TRUE(customer().Get(opportunity).reached());
  v1::DeleteTouchRequest erase;
  erase.set_name(touch.name());
  Must(api().engagement.DeleteTouch(erase));
  EXPECT_FALSE(customer().Get(opportunity).reached());
}

// What was once proven stays proven: the reports count who was never reached.
TEST_P(EngagementTest, WhoLeavesLaterWasReached) {
  const Opportunity opportunity = Open();
  customer().Record();
  v1::MarkContactLeftRequest leave;
  leave.set_name(customer().champion());
  Must(api().accounts.MarkContactLeft(leave));
  const Opportunity closed = customer().CloseAsChurned(opportunity.name(), v1::CHAMPION_LEFT);
  EXPECT_TRUE(closed.reached());
}

TEST_P(EngagementTest, ATouchHasDefaults) {
  const Touch touch = Must(Record(""));
  EXPECT_EQ(ToTime(touch.touch_time()), Now());
  EXPECT_EQ(touch.owner(), "tester") << "who recorded it";
  EXPECT_THAT(Record("touch_time " + In(1)), IsInvalid("touch.touch_time"));
  Customer other(api());
  EXPECT_THAT(Record("contacts: '" + other.champion() + "'"), IsInvalid("touch.contacts"));
  EXPECT_THAT(Record("capabilities: '" + customer().Capability("nothing") + "'"),
              IsInvalid("touch.capabilities"));
  EXPECT_THAT(Record("capabilities: 'nonsense'"), IsInvalid("touch.capabilities"));
}

TEST_P(EngagementTest, FeedbackGoesFromReceivedToAnswered) {
  const Feedback feedback =
      customer().Hear("type: CONCERN text: 'It is slow' contact: '" + customer().user() + "'");
  EXPECT_EQ(feedback.state(), Feedback::RECEIVED);
  EXPECT_EQ(ToTime(feedback.receive_time()), Now());
  v1::AcknowledgeFeedbackRequest acknowledge;
  acknowledge.set_name(feedback.name());
  v1::DecideFeedbackRequest decide;
  decide.set_name(feedback.name());
  decide.set_decision(Feedback::DELIVERED);
  decide.set_reason("It is fast now");
  v1::AnswerFeedbackRequest answer;
  answer.set_name(feedback.name());
  answer.set_touch(customer().Record().name());

  EXPECT_THAT(api().engagement.AnswerFeedback(answer), FailsWith(v1::WRONG_STATE));
  const Feedback acknowledged = Must(api().engagement.AcknowledgeFeedback(acknowledge));
  EXPECT_EQ(acknowledged.state(), Feedback::ACKNOWLEDGED);
  EXPECT_EQ(ToTime(acknowledged.acknowledge_time()), Now());
  EXPECT_THAT(api().engagement.AcknowledgeFeedback(acknowledge), FailsWith(v1::WRONG_STATE));

  const Feedback decided = Must(api().engagement.DecideFeedback(decide));
  EXPECT_EQ(decided.state(), Feedback::DECIDED);
  EXPECT_EQ(decided.decision(), Feedback::DELIVERED);
  EXPECT_EQ(decided.decision_reason(), "It is fast now");
  EXPECT_EQ(ToTime(decided.decide_time()), Now());
  EXPECT_THAT(api().engagement.DecideFeedback(decide), FailsWith(v1::WRONG_STATE));

  EXPECT_THAT(api().engagement.AnswerFeedback(answer), IsInvalid("touch"))
      << "with the champion, but the user gave it";
  Customer other(api());
  answer.set_touch(other.Record().name());
  EXPECT_THAT(api().engagement.AnswerFeedback(answer), IsInvalid("touch"));
  answer.set_touch(customer().account() + "/touches/nobody");
  EXPECT_THAT(api().engagement.AnswerFeedback(answer), IsNotFound(answer.touch()));
  answer.set_touch(customer().Record("contacts: '" + customer().user() + "'").name());
  const Feedback answered = Must(api().engagement.AnswerFeedback(answer));
  EXPECT_EQ(answered.state(), Feedback::ANSWERED);
  EXPECT_EQ(answered.answer_touch(), answer.touch());
  EXPECT_EQ(ToTime(answered.answer_time()), Now());
}

TEST_P(EngagementTest, FeedbackIsOfTheAccountAndOfThePast) {
  v1::CreateFeedbackRequest request;
  request.set_parent(customer().account());
  *request.mutable_feedback() =
      ParseText<Feedback>("type: IDEA text: 'More of it' receive_time " + In(1));
  EXPECT_THAT(api().engagement.CreateFeedback(request), IsInvalid("feedback.receive_time"));
  request.mutable_feedback()->clear_receive_time();
  request.mutable_feedback()->set_contact(Customer(api()).champion());
  EXPECT_THAT(api().engagement.CreateFeedback(request), IsInvalid("feedback.contact"));
}

TEST_P(EngagementTest, AReviewMeasuresWhatWasAttained) {
  const std::string subscription = customer().Subscribe().name();
  const std::string contact = "contacts: '" + customer().user() + "' ";
  EXPECT_FALSE(Must(Review(subscription, contact)).has_attainment_basis_points());
  const auto attained = [&](const std::string& results) {
    return Must(Review(subscription, contact + results)).attainment_basis_points();
  };
  const std::string achieved = "outcomes {goal: 'Less work' result: ACHIEVED} ";
  const std::string partial = "outcomes {goal: 'More sales' result: PARTIAL} ";
  const std::string missed = "outcomes {goal: 'Fun' result: MISSED} ";
  EXPECT_EQ(attained(achieved), 10000);
  EXPECT_EQ(attained(missed), 0);
  EXPECT_EQ(attained(achieved + partial), 7500);
  EXPECT_EQ(attained(partial + missed + missed), 1667);

  v1::AdoptionReview review = Must(Review(subscription, contact + achieved));
  v1::UpdateAdoptionReviewRequest update;
  review.mutable_outcomes(0)->set_result(v1::AdoptionReview::PARTIAL);
  *update.mutable_adoption_review() = review;
  update.mutable_update_mask()->add_paths("outcomes");
  EXPECT_EQ(Must(api().adoption.UpdateAdoptionReview(update)).attainment_basis_points(), 5000);
}

TEST_P(EngagementTest, AReviewIsHeldWithSomebodyAndSaysWhy) {
  const std::string subscription = customer().Subscribe().name();
  const std::string contact = "contacts: '" + customer().user() + "' ";
  EXPECT_THAT(Review(subscription, ""), IsInvalid("adoption_review.contacts"));
  EXPECT_THAT(Review(subscription, "contacts: '" + Customer(api()).champion() + "'"),
              IsInvalid("adoption_review.contacts"));
  EXPECT_THAT(Review(subscription, contact + "review_time " + In(1)),
              IsInvalid("adoption_review.review_time"));
  EXPECT_THAT(Review(subscription, absl::StrCat(contact, "capabilities {capability: '",
                                                customer().Capability("reports"), "'}")),
              IsInvalid("adoption_review.capabilities[0].reason"));
  EXPECT_THAT(
      Review(subscription, absl::StrCat(contact, "capabilities {capability: '",
                                        customer().Capability("nothing"), "' presented: true}")),
      IsInvalid("adoption_review.capabilities.capability"));
}

TEST_P(EngagementTest, AnEventIsOfTheDayItHappened) {
  EXPECT_EQ(ToCivilDay(customer().Happened("type: BUDGET title: 'Cuts'").event_date()), Today());
  v1::CreateAccountEventRequest request;
  request.set_parent(customer().account());
  *request.mutable_account_event() = ParseText<v1::AccountEvent>(
      "type: MARKET title: 'Crash' event_date " + DateText(Today() + 1));
  EXPECT_THAT(api().accounts.CreateAccountEvent(request), IsInvalid("account_event.event_date"));
}

TEST_P(EngagementTest, DivisionsMakeNoCircle) {
  Customer division(api()), team(api());
  v1::UpdateAccountRequest update;
  const auto put_under = [&](const std::string& account, const std::string& parent) {
    update.mutable_account()->set_name(account);
    update.mutable_account()->set_parent_account(parent);
    return api().accounts.UpdateAccount(update);
  };
  EXPECT_THAT(put_under(division.account(), customer().account()), IsOk());
  EXPECT_THAT(put_under(team.account(), division.account()), IsOk());
  const auto refused = IsInvalid("account.parent_account");
  EXPECT_THAT(put_under(customer().account(), team.account()), refused);
  EXPECT_THAT(put_under(customer().account(), customer().account()), refused);
}

TEST_P(EngagementTest, APageIsNoLargerThanWhatAClientTakes) {
  const std::string family = UniqueId("long");
  constexpr int kProducts = 400;  // of 12 KB each
  for (int i = 0; i < kProducts; ++i) {
    v1::CreateProductRequest request;
    request.mutable_product()->set_display_name("Long");
    request.mutable_product()->set_family(family);
    for (int j = 0; j < 4000; ++j) *request.mutable_product()->mutable_note() += "\u6f22";
    Must(api().catalog.CreateProduct(request));
  }
  v1::ListProductsRequest list;
  list.set_filter(absl::StrCat("family = \"", family, "\""));
  list.set_page_size(1000);
  std::set<std::string> names;
  do {
    const MessagePtr answer = Must(Call(*connection(), *FindMethod("ListProducts"), list));
    const auto& page = static_cast<const v1::ListProductsResponse&>(*answer);
    EXPECT_LT(page.ByteSizeLong(), 4u << 20) << "gRPC's default limit";
    for (const v1::Product& product : page.products()) names.insert(product.name());
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(names.size(), size_t{kProducts});
}

TEST_P(EngagementTest, AProductHasEachCapabilityOnce) {
  v1::CreateProductRequest request;
  *request.mutable_product() = ParseText<v1::Product>(
      "display_name: 'A product' capabilities {id: 'a'} capabilities {id: 'a'}");
  EXPECT_THAT(api().catalog.CreateProduct(request), IsInvalid("product.capabilities[1].id"));
  request.mutable_product()->mutable_capabilities(1)->set_id("Not an id");
  EXPECT_THAT(api().catalog.CreateProduct(request), IsInvalid("product.capabilities[1].id"));
  request.mutable_product()->clear_capabilities();
  *request.mutable_product()->mutable_list_price() = Usd(-1);
  EXPECT_THAT(api().catalog.CreateProduct(request), IsInvalid("product.list_price"));
}

}  // namespace
}  // namespace perennial::conformance
