// What follows from what people record: tasks that are done, touches, proposals, renewals that are
// imported late.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/api/errors.h"
#include "tests/support/parse_text.h"
#include "tests/support/terms_fixture.h"

namespace perennial {
namespace {

using v1::Feedback;
using v1::Opportunity;
using v1::Task;

constexpr char kFeedback[] = "accounts/a/feedback/f";

class DoingTest : public TermsFixture {
 protected:
  // Decided feedback of Joe's, which somebody is asked to answer.
  std::string AskedToAnswer() {
    Put({"contact { name: 'accounts/a/contacts/joe' display_name: 'Joe' roles: DECISION_MAKER }",
         "contact { name: 'accounts/a/contacts/bu' display_name: 'Bu' roles: BUSINESS_USER }"});
    Do<v1::CreateFeedbackRequest>(
        "EngagementService.CreateFeedback",
        "parent: 'accounts/a' feedback_id: 'f' feedback { type: IDEA topic: 'x' text: 'x' contact: "
        "'accounts/a/contacts/joe' }");
    Do<v1::DecideFeedbackRequest>(
        "EngagementService.DecideFeedback",
        absl::StrCat("name: '", kFeedback, "' decision: DELIVERED reason: 'Good'"));
    for (const Task& task : All<Task>()) {
      if (task.kind() == Task::ANSWER) return task.name();
    }
    return "";
  }

  absl::StatusOr<v1::Touch> Call(const std::string& contact, const std::string& more,
                                 const std::string& actor = "jane",
                                 const std::string& fields = "") {
    v1::CreateTouchRequest request = ParseText<v1::CreateTouchRequest>(absl::StrCat(
        "parent: 'accounts/a' touch { channel: PHONE direction: OUTBOUND disposition: CONNECTED "
        "intent: GIVE contacts: 'accounts/a/contacts/",
        contact, "' ", fields, " } ", more));
    perennial::Call call;
    call.actor = actor;
    call.role = v1::EDITOR;
    const auto answer = registry_->methods()
                            .find("perennial.v1.EngagementService.CreateTouch")
                            ->second.run(request.SerializeAsString(), call);
    if (!answer.ok()) return answer.status();
    v1::Touch touch;
    touch.ParseFromString(*answer);
    return touch;
  }
  absl::Status Complete(const std::string& task) {
    v1::CompleteTaskRequest request;
    request.set_name(task);
    return HandlersFixture::Run<Task>("EngagementService.CompleteTask", request).status();
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, DoingTest, EveryEngine(), EngineName);

TEST_P(DoingTest, ATouchThatDoesTheTaskAnswersTheFeedback) {
  const std::string task = AskedToAnswer();
  const std::string done = absl::StrCat("completed_tasks: '", task, "'");
  EXPECT_EQ(ReasonOf(Complete(task)), v1::WRONG_STATE) << "nobody told them";
  EXPECT_EQ(ViolationsOf(Call("bu", done).status())[0].field, "touch") << "somebody else";
  const auto touch = Call("joe", done);
  ASSERT_TRUE(touch.ok()) << touch.status();
  const auto feedback = Get<Feedback>(kFeedback);
  EXPECT_EQ(feedback.state(), Feedback::ANSWERED);
  EXPECT_EQ(feedback.answer_touch(), touch->name());
  EXPECT_EQ(Get<Task>(task).state(), Task::DONE);
  EXPECT_EQ(Get<Task>(task).touch(), touch->name());
}

TEST_P(DoingTest, ATouchIsOfWhoeverRecordsItUnlessSaidOtherwise) {
  Put({"contact { name: 'accounts/a/contacts/joe' display_name: 'Joe' }"});
  EXPECT_EQ(Call("joe", "")->owner(), "jane");
  EXPECT_EQ(Call("joe", "", "jane", "owner: 'max'")->owner(), "max");
  EXPECT_EQ(Call("joe", "", kUnnamedActor)->owner(), "o@us") << "the account's";
}

TEST_P(DoingTest, AnotherDivisionIsOneOfTheSameCustomer) {
  Put({"account { name: 'accounts/top' display_name: 'Top' }",
       "account { name: 'accounts/b' display_name: 'B' parent_account: 'accounts/top' }",
       "account { name: 'accounts/c' display_name: 'C' }", Sold()});
  Do<v1::UpdateAccountRequest>(
      "AccountService.UpdateAccount",
      "account { name: 'accounts/a' parent_account: 'accounts/top' } update_mask { paths: "
      "'parent_account' }");
  Put({absl::StrCat("opportunity { name: 'accounts/a/opportunities/o' subscriptions: '", kS,
                    "' }")});
  const auto propose = [&](const std::string& account) {
    v1::CreateProposalRequest request = ParseText<v1::CreateProposalRequest>(absl::StrCat(
        "parent: 'accounts/a/opportunities/o' proposal { type: CROSS_DIVISION product: "
        "'products/p' seats: 1 arr { currency_code: 'USD' micros: 10000000 } target_account: '",
        account, "' }"));
    return HandlersFixture::Run<v1::Proposal>("ExpansionService.CreateProposal", request).status();
  };
  for (const char* other : {"accounts/c", "accounts/a"}) {
    const absl::Status refused = propose(other);
    ASSERT_EQ(ViolationsOf(refused).size(), 1u) << other << refused;
    EXPECT_EQ(ViolationsOf(refused)[0].field, "proposal.target_account");
  }
  EXPECT_TRUE(propose("accounts/b").ok());
  EXPECT_TRUE(propose("accounts/top").ok());
}

TEST_P(DoingTest, WhatMayStillBeDoneIsForNobodyWhoAskedNotToBeContacted) {
  Put({Sold(), "contact { name: 'accounts/a/contacts/joe' display_name: 'Joe' }"});
  MoveTo(absl::CivilDay(2025, 12, 1));
  Put({absl::StrCat("opportunity { name: 'accounts/a/opportunities/o' subscriptions: '", kS,
                    "' }")});
  std::vector<std::string> steps;
  for (const Task& task : All<Task>()) {
    steps.push_back(task.name());
    Do<v1::UpdateTaskRequest>("EngagementService.UpdateTask",
                              absl::StrCat("task { name: '", task.name(),
                                           "' contact: 'accounts/a/contacts/joe' } update_mask { "
                                           "paths: 'contact' }"));
  }
  Do<v1::UpdateContactRequest>("AccountService.UpdateContact",
                               "contact { name: 'accounts/a/contacts/joe' do_not_contact: true } "
                               "update_mask { paths: 'do_not_contact' }");
  ASSERT_FALSE(steps.empty());
  for (const std::string& step : steps) EXPECT_EQ(Get<Task>(step).contact(), "") << step;
}

TEST_P(DoingTest, ARenewalThatIsImportedLateIsBlamedForNoStep) {
  Put({Sold()});
  MoveTo(absl::CivilDay(2025, 12, 1));
  Put({absl::StrCat("opportunity { name: 'accounts/a/opportunities/o' subscriptions: '", kS,
                    "' }")});
  int expected = 0, not_expected = 0;
  for (const Task& task : All<Task>()) {
    if (task.kind() != Task::CADENCE) continue;
    ++(task.state() == Task::NOT_EXPECTED ? not_expected : expected);
    EXPECT_EQ(task.state() == Task::NOT_EXPECTED,
              ToCivilDay(task.due_date()) < absl::CivilDay(2025, 12, 1));
  }
  EXPECT_GT(expected, 0);
  EXPECT_GT(not_expected, 0);
  const auto renewal = Get<Opportunity>("accounts/a/opportunities/o");
  for (const Opportunity::Risk& risk : renewal.risks()) {
    EXPECT_NE(risk.reason(), Opportunity::Risk::MISSED_STEPS);
  }
}

// Like every other event.
TEST_P(DoingTest, AReorganizationAsksToFindOutWhoDecides) {
  const std::pair<const char*, Task::Kind> events[] = {{"REORGANIZATION", Task::OTHER},
                                                       {"PERSONNEL", Task::OTHER},
                                                       {"OWNERSHIP", Task::OTHER},
                                                       {"BUDGET", Task::GIVE}};
  for (const auto& [type, kind] : events) {
    Do<v1::CreateAccountEventRequest>("AccountService.CreateAccountEvent",
                                      absl::StrCat("parent: 'accounts/a' account_event { type: ",
                                                   type, " title: '", type, "' }"));
    const std::vector<Task> tasks = All<Task>();
    ASSERT_FALSE(tasks.empty()) << type;
    EXPECT_EQ(tasks.back().kind(), kind) << type;
    EXPECT_THAT(tasks.back().title(), testing::HasSubstr(type));
    EXPECT_EQ(tasks.back().assignee(), "o@us");
  }
  EXPECT_EQ(All<Task>().size(), 4u);
}

}  // namespace
}  // namespace perennial
