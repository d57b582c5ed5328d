// What customers ask for, added up, and deciding it for all of them at once.

#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using v1::Feedback;
using v1::FeedbackDemand;
using v1::Task;

class DemandTest : public EngineTest {
 protected:
  // On this test's topic.
  Feedback Hear(Customer& customer, const std::string& text = "") {
    return customer.Hear(absl::StrCat("type: IDEA text: 'More' topic: '", topic_, "' ", text));
  }

  FeedbackDemand Demand() {
    v1::GetFeedbackDemandRequest request;
    request.set_filter(absl::StrCat("topic = \"", topic_, "\""));
    return Must(api().engagement.GetFeedbackDemand(request));
  }

  v1::DecideFeedbackTopicRequest Decision() {
    v1::DecideFeedbackTopicRequest request;
    request.set_topic(topic_);
    request.set_decision(Feedback::ACCEPTED);
    request.set_reason("Many asked for it");
    return request;
  }
  absl::StatusOr<v1::DecideFeedbackTopicResponse> Decide(
      const v1::DecideFeedbackTopicRequest& request) {
    return api().engagement.DecideFeedbackTopic(request);
  }

  Feedback Again(const Feedback& feedback) {
    v1::GetFeedbackRequest request;
    request.set_name(feedback.name());
    return Must(api().engagement.GetFeedback(request));
  }

  std::vector<Task> Answers(const Customer& customer) {
    v1::ListTasksRequest request;
    request.set_parent(customer.account());
    request.set_filter("kind = ANSWER");
    return MustList(api().engagement.ListTasks(request));
  }

  const std::string topic_ = UniqueId("topic");
};
INSTANTIATE_ON_EVERY_ENGINE(DemandTest);

TEST_P(DemandTest, AMajorityOfThoseWhoHaveTheProductAsk) {
  Customer one(api()), two(api()), three(api());
  const std::string product = absl::StrCat("product: '", one.product(), "' ");
  for (Customer* customer : {&one, &two, &three}) customer->Subscribe(product);
  Hear(one, product);
  ASSERT_THAT(Demand().topics(), SizeIs(1));
  EXPECT_EQ(Demand().topics(0).share_basis_points(), 3333);
  Hear(two, product);
  Hear(two, product);
  const FeedbackDemand::Topic topic = Demand().topics(0);
  EXPECT_EQ(topic.product(), one.product());
  EXPECT_EQ(topic.asking_count(), 2);
  EXPECT_EQ(topic.customer_count(), 3);
  EXPECT_EQ(topic.share_basis_points(), 6666);
  EXPECT_EQ(topic.feedback_count(), 3);
  EXPECT_EQ(topic.undecided_count(), 3);
  ASSERT_THAT(topic.arr(), SizeIs(1));
  EXPECT_EQ(UnitsOf(topic.arr(0)), 24000);
}

TEST_P(DemandTest, IsOfAFilterOverFeedback) {
  v1::GetFeedbackDemandRequest request;
  request.set_filter("nobody = 1");
  EXPECT_THAT(api().engagement.GetFeedbackDemand(request), FailsWith(v1::INVALID_FILTER));
}

TEST_P(DemandTest, ATopicIsDecidedForAllWhoWait) {
  Customer one(api()), two(api());
  const Feedback received = Hear(one, absl::StrCat("contact: '", one.user(), "'"));
  const Feedback acknowledged = Hear(two), decided = Hear(two);
  const Feedback other = two.Hear("type: IDEA text: 'Less' topic: 'another'");
  v1::AcknowledgeFeedbackRequest acknowledge;
  acknowledge.set_name(acknowledged.name());
  Must(api().engagement.AcknowledgeFeedback(acknowledge));
  v1::DecideFeedbackRequest decline;
  decline.set_name(decided.name());
  decline.set_decision(Feedback::DECLINED);
  decline.set_reason("No");
  const Feedback declined = Must(api().engagement.DecideFeedback(decline));

  const v1::DecideFeedbackTopicResponse response = Must(Decide(Decision()));
  EXPECT_EQ(response.decided_count(), 2);
  EXPECT_EQ(response.remaining_count(), 0);
  for (const Feedback& feedback : {received, acknowledged}) {
    const Feedback now = Again(feedback);
    EXPECT_EQ(now.state(), Feedback::DECIDED);
    EXPECT_EQ(now.decision(), Feedback::ACCEPTED);
    EXPECT_EQ(now.decision_reason(), "Many asked for it");
    EXPECT_EQ(ToTime(now.decide_time()), Now());
    EXPECT_EQ(ToTime(now.due_time()), Now() + 7 * absl::Hours(24)) << "the answer is due";
  }
  EXPECT_THAT(Again(declined), EqualsProto(declined));
  EXPECT_THAT(Again(other), EqualsProto(other));
  ASSERT_THAT(Answers(one), SizeIs(1));
  EXPECT_EQ(Answers(one)[0].feedback(), received.name());
  EXPECT_EQ(Answers(one)[0].contact(), one.user());
  EXPECT_THAT(Answers(two), SizeIs(2)) << "one of them for what was declined";
  EXPECT_EQ(Demand().topics(0).undecided_count(), 0);

  const int64_t revision = LatestRevision();
  const v1::DecideFeedbackTopicResponse again = Must(Decide(Decision()));
  EXPECT_EQ(again.decided_count(), 0);
  EXPECT_EQ(again.remaining_count(), 0);
  EXPECT_EQ(LatestRevision(), revision);
}

TEST_P(DemandTest, ATopicIsDecidedOfOneProduct) {
  Customer customer(api());
  const std::string product = absl::StrCat("product: '", customer.product(), "'");
  const Feedback of_product = Hear(customer, product), of_none = Hear(customer);
  v1::DecideFeedbackTopicRequest request = Decision();
  request.set_product(customer.product());
  EXPECT_EQ(Must(Decide(request)).decided_count(), 1);
  EXPECT_EQ(Again(of_product).state(), Feedback::DECIDED);
  EXPECT_EQ(Again(of_none).state(), Feedback::RECEIVED);
  request.set_product(Customer(api()).product());
  EXPECT_THAT(Decide(request), FailsWith(v1::RESOURCE_NOT_FOUND)) << "nobody asked it of that one";
  request.set_product("products/nothing");
  EXPECT_THAT(Decide(request), IsNotFound("products/nothing"));
}

TEST_P(DemandTest, OnlyATopicThatSomebodyNamedIsDecided) {
  EXPECT_THAT(Decide(Decision()), FailsWith(v1::RESOURCE_NOT_FOUND));
  Customer customer(api());
  const Feedback feedback = Hear(customer);
  v1::DecideFeedbackTopicRequest preview = Decision();
  preview.set_validate_only(true);
  EXPECT_EQ(Must(Decide(preview)).decided_count(), 1);
  EXPECT_THAT(Again(feedback), EqualsProto(feedback));
  EXPECT_THAT(Answers(customer), IsEmpty());
}

TEST_P(DemandTest, ManyAreDecidedInTurnsTheLongestWaitingFirst) {
  Customer customer(api());
  v1::ImportRequest import;
  for (int i = 0; i < 503; ++i) {
    v1::ImportRow& row = *import.add_rows();
    Feedback& feedback = *row.mutable_resource()->mutable_feedback();
    feedback.set_name(absl::StrCat(customer.account(), "/feedback/f", i));
    feedback.set_type(Feedback::IDEA);
    feedback.set_text("More");
    feedback.set_topic(topic_);
    // The first three are the latest.
    *feedback.mutable_receive_time() = ToTimestamp(Now() - absl::Hours(i < 3 ? 1 : 24));
  }
  auto stream = api().imports.Import();
  v1::ImportResponse imported;
  ASSERT_TRUE(stream.Write(import) && stream.WritesDone() && stream.Read(imported));
  Must(stream.Finish());
  ASSERT_EQ(imported.counts().created(), 503);
  const v1::DecideFeedbackTopicResponse first = Must(Decide(Decision()));
  EXPECT_EQ(first.decided_count(), 500);
  EXPECT_EQ(first.remaining_count(), 3);
  v1::ListFeedbackRequest list;
  list.set_parent(customer.account());
  list.set_filter("state = RECEIVED");
  std::vector<std::string> waiting;
  for (const Feedback& feedback : MustList(api().engagement.ListFeedback(list))) {
    waiting.push_back(feedback.name().substr(feedback.name().rfind('/') + 1));
  }
  EXPECT_THAT(waiting, ElementsAre("f0", "f1", "f2"));
  const v1::DecideFeedbackTopicResponse second = Must(Decide(Decision()));
  EXPECT_EQ(second.decided_count(), 3);
  EXPECT_EQ(second.remaining_count(), 0);
}

}  // namespace
}  // namespace perennial::conformance
