// Who is to do what for a customer, and by when.

#include <optional>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using v1::ListTasksRequest;
using v1::Opportunity;
using v1::Task;

constexpr char kCadence[] = R"(
    cadence_steps {days_before_renewal: 400 channel: EMAIL intent: GIVE title: 'News'}
    cadence_steps {days_before_renewal: 365 channel: PHONE intent: CHECK_IN title: 'Call'}
    cadence_steps {days_before_renewal: 30 channel: VIDEO intent: ASK title: 'Offer'})";

class TasksTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) customer_.emplace(api());
  }

  Customer& customer() { return *customer_; }

  // Twelve months from today.
  Opportunity OpenWithCadence() {
    playbook_ = customer().Follow(kCadence);
    return customer().Open({customer().Subscribe().name()});
  }

  std::vector<Task> Tasks(const std::string& filter = "",
                          ListTasksRequest::Due due = ListTasksRequest::DUE_UNSPECIFIED) {
    ListTasksRequest request;
    request.set_parent(customer().account());
    request.set_filter(filter);
    request.set_due(due);
    request.set_order_by("due_date");
    return MustList(api().engagement.ListTasks(request));
  }

  std::vector<std::string> Titles(const std::vector<Task>& tasks) {
    std::vector<std::string> titles;
    for (const Task& task : tasks) titles.push_back(task.title());
    return titles;
  }

  Task Get(const std::string& title) {
    for (const Task& task : Tasks()) {
      if (task.title() == title) return task;
    }
    ADD_FAILURE() << "no task " << title;
    return Task();
  }

  absl::StatusOr<Task> Create(const std::string& text) {
    v1::CreateTaskRequest request;
    request.set_parent(customer().account());
    *request.mutable_task() = ParseText<Task>(text);
    if (!request.task().has_due_date())
      *request.mutable_task()->mutable_due_date() = ToDate(Today());
    return api().engagement.CreateTask(request);
  }

  absl::StatusOr<v1::Touch> Record(const std::string& text,
                                   const std::vector<std::string>& tasks = {}) {
    v1::CreateTouchRequest request;
    request.set_parent(customer().account());
    *request.mutable_touch() = ParseText<v1::Touch>(
        "channel: EMAIL direction: OUTBOUND disposition: CONNECTED intent: GIVE " + text);
    for (const std::string& task : tasks) request.add_completed_tasks(task);
    return api().engagement.CreateTouch(request);
  }

  absl::StatusOr<Task> Snooze(const std::string& name, absl::CivilDay until) {
    v1::SnoozeTaskRequest request;
    request.set_name(name);
    *request.mutable_until() = ToDate(until);
    request.set_reason("on holiday");
    return api().engagement.SnoozeTask(request);
  }

  absl::StatusOr<Task> Skip(const std::string& name) {
    v1::SkipTaskRequest request;
    request.set_name(name);
    request.set_reason("not needed");
    return api().engagement.SkipTask(request);
  }

  v1::Playbook playbook_;

 private:
  std::optional<Customer> customer_;
};
INSTANTIATE_ON_EVERY_ENGINE(TasksTest);

TEST_P(TasksTest, ThePlaybooksStepsBecomeTasksWhenARenewalOpens) {
  const Opportunity opportunity = OpenWithCadence();
  const std::vector<Task> tasks = Tasks();
  ASSERT_THAT(Titles(tasks), ElementsAre("News", "Call", "Offer"));
  EXPECT_EQ(tasks[0].state(), Task::NOT_EXPECTED) << "its day was past before it could be done";
  EXPECT_EQ(tasks[1].state(), Task::OPEN);
  EXPECT_EQ(ToCivilDay(tasks[2].due_date()), ToCivilDay(opportunity.renewal_date()) - 30);
  for (const Task& task : tasks) {
    EXPECT_EQ(task.kind(), Task::CADENCE);
    EXPECT_EQ(task.assignee(), customer().owner());
    EXPECT_EQ(task.opportunity(), opportunity.name());
  }
}

TEST_P(TasksTest, ATouchDoesATask) {
  OpenWithCadence();
  const Task call = Get("Call"), news = Get("News");
  const v1::Touch touch = Must(Record("", {call.name(), news.name()}));
  for (const char* title : {"Call", "News"}) {
    const Task done = Get(title);
    EXPECT_EQ(done.state(), Task::DONE);
    EXPECT_EQ(done.touch(), touch.name());
    EXPECT_EQ(ToTime(done.done_time()), Now());
  }
  // Nothing is half-written: the touch is not there either.
  const int64_t revision = LatestRevision();
  EXPECT_THAT(Record("", {call.name()}), FailsWith(v1::WRONG_STATE));
  Customer other(api());
  v1::CreateTaskRequest request;
  request.set_parent(other.account());
  *request.mutable_task() = ParseText<Task>("title: 'Other'");
  *request.mutable_task()->mutable_due_date() = ToDate(Today());
  const Task theirs = Must(api().engagement.CreateTask(request));
  EXPECT_THAT(Record("", {theirs.name()}), IsInvalid("completed_tasks"));
  EXPECT_GT(LatestRevision(), revision);
  EXPECT_EQ(Must(api().engagement.ListTouches.Page([&] {
              v1::ListTouchesRequest list;
              list.set_parent(customer().account());
              return list;
            }()))
                .touches_size(),
            1);
}

TEST_P(TasksTest, AWorklistHasWhatIsOverdueDueTodayAndThisWeek) {
  OpenWithCadence();
  Must(Create("title: 'Mine' assignee: 'ada'"));
  const absl::CivilDay sunday = absl::NextWeekday(Today() - 1, absl::Weekday::sunday);
  Must(Create("title: 'Later' due_date " + DateText(sunday + 1)));
  EXPECT_THAT(Titles(Tasks("", ListTasksRequest::OVERDUE)), IsEmpty());
  EXPECT_THAT(Titles(Tasks("", ListTasksRequest::TODAY)), UnorderedElementsAre("Call", "Mine"));
  EXPECT_THAT(Titles(Tasks("assignee = \"ada\"", ListTasksRequest::TODAY)), ElementsAre("Mine"));
  EXPECT_THAT(Titles(Tasks("", ListTasksRequest::THIS_WEEK)), UnorderedElementsAre("Call", "Mine"));
  MoveDays(1);
  EXPECT_THAT(Titles(Tasks("", ListTasksRequest::OVERDUE)), UnorderedElementsAre("Call", "Mine"));
  ListTasksRequest wrong;
  wrong.set_parent(customer().account());
  wrong.set_due(ListTasksRequest::TODAY);
  wrong.set_filter("nobody = 1");
  EXPECT_THAT(api().engagement.ListTasks.Page(wrong), FailsWith(v1::INVALID_FILTER));
}

TEST_P(TasksTest, ATaskIsPutOffOrSkippedWithAReason) {
  OpenWithCadence();
  const Task call = Get("Call");
  EXPECT_THAT(Snooze(call.name(), Today() - 1), IsInvalid("until"));
  const Task snoozed = Must(Snooze(call.name(), Today() + 5));
  EXPECT_EQ(ToCivilDay(snoozed.due_date()), Today() + 5);
  EXPECT_EQ(snoozed.state_reason(), "on holiday");
  EXPECT_EQ(snoozed.state(), Task::OPEN);
  EXPECT_THAT(Snooze(Get("News").name(), Today() + 1), FailsWith(v1::WRONG_STATE))
      << "not expected";
  EXPECT_EQ(Must(Skip(call.name())).state(), Task::SKIPPED);
  EXPECT_THAT(Skip(call.name()), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Snooze(call.name(), Today()), FailsWith(v1::WRONG_STATE));
}

TEST_P(TasksTest, TasksAreHandedOverTogether) {
  OpenWithCadence();
  v1::ReassignTasksRequest request;
  request.set_parent(customer().account());
  request.set_filter(absl::StrCat("assignee = \"", customer().owner(), "\""));
  request.set_assignee("ada");
  request.set_validate_only(true);
  EXPECT_EQ(Must(api().engagement.ReassignTasks(request)).reassigned_count(), 2);
  EXPECT_EQ(Get("Call").assignee(), customer().owner());
  request.set_validate_only(false);
  EXPECT_EQ(Must(api().engagement.ReassignTasks(request)).reassigned_count(), 2);
  EXPECT_EQ(Get("Call").assignee(), "ada");
  EXPECT_EQ(Get("News").assignee(), customer().owner()) << "only what is OPEN";
  request.set_parent("accounts/-");
  request.clear_filter();
  EXPECT_THAT(api().engagement.ReassignTasks(request), IsInvalid("filter"));
}

TEST_P(TasksTest, WhatIsLeftUndoneEndsWithTheRenewalAndComesBackWithIt) {
  const Opportunity opportunity = OpenWithCadence();
  Must(Skip(Get("Offer").name()));
  customer().CloseAsChurned(opportunity.name(), v1::PRICE);
  EXPECT_EQ(Get("Call").state(), Task::SKIPPED);
  EXPECT_EQ(Get("Offer").state(), Task::SKIPPED);
  customer().Reopen(opportunity.name());
  EXPECT_EQ(Get("Call").state(), Task::OPEN);
  EXPECT_EQ(Get("News").state(), Task::NOT_EXPECTED);
  EXPECT_EQ(Get("Offer").state(), Task::SKIPPED) << "by somebody";
}

TEST_P(TasksTest, APlaybooksChangeReachesOpenTasksWhenAsked) {
  OpenWithCadence();
  v1::UpdatePlaybookRequest update;
  *update.mutable_playbook() = playbook_;
  update.mutable_playbook()->clear_cadence_steps();
  *update.mutable_playbook()->add_cadence_steps() = ParseText<v1::Playbook::CadenceStep>(
      "days_before_renewal: 60 channel: IN_PERSON intent: ASK title: 'Offer'");
  *update.mutable_playbook()->add_cadence_steps() =
      ParseText<v1::Playbook::CadenceStep>("days_before_renewal: 10 title: 'Thanks'");
  update.mutable_update_mask()->add_paths("cadence_steps");
  Must(api().pipeline.UpdatePlaybook(update));
  ASSERT_THAT(Titles(Tasks()), ElementsAre("News", "Call", "Offer"));

  v1::ApplyPlaybookRequest apply;
  apply.set_name(playbook_.name());
  apply.set_validate_only(true);
  const v1::ApplyPlaybookResponse preview = Must(api().pipeline.ApplyPlaybook(apply));
  ASSERT_THAT(Titles(Tasks()), ElementsAre("News", "Call", "Offer"));
  apply.set_validate_only(false);
  const v1::ApplyPlaybookResponse applied = Must(api().pipeline.ApplyPlaybook(apply));
  for (const v1::ApplyPlaybookResponse& response : {preview, applied}) {
    EXPECT_EQ(response.opportunity_count(), 1);
    EXPECT_EQ(response.created_tasks_size(), 1);
    EXPECT_EQ(response.updated_tasks_size(), 1);
    EXPECT_EQ(response.removed_tasks_size(), 2);
  }
  ASSERT_THAT(Titles(Tasks()), ElementsAre("Offer", "Thanks"));
  EXPECT_EQ(Get("Offer").channel(), v1::IN_PERSON);
  EXPECT_EQ(Must(api().pipeline.ApplyPlaybook(apply)).created_tasks_size(), 0);
}

TEST_P(TasksTest, TitlesOfStepsDiffer) {
  v1::CreatePlaybookRequest request;
  *request.mutable_playbook() = ParseText<v1::Playbook>(
      "display_name: 'P' cadence_steps {title: 'Call'} cadence_steps {title: 'Call'}");
  EXPECT_THAT(api().pipeline.CreatePlaybook(request), IsInvalid("playbook.cadence_steps[1].title"));
}

TEST_P(TasksTest, WhoeverAskedNotToBeContactedIsLeftAlone) {
  const v1::Contact contact = customer().AddContact("display_name: 'Kim' do_not_contact: true");
  const std::string with = absl::StrCat("contacts: '", contact.name(), "' ");
  EXPECT_THAT(Record(with), FailsWith(v1::DO_NOT_CONTACT));
  // What was recorded before they asked stays right.
  const v1::Contact late = customer().AddContact("display_name: 'Lee'");
  const std::string early = Must(Record(absl::StrCat("contacts: '", late.name(), "'"))).name();
  Must(Create(absl::StrCat("title: 'Call Lee' contact: '", late.name(), "'")));
  v1::UpdateContactRequest asks;
  asks.mutable_contact()->set_name(late.name());
  asks.mutable_contact()->set_do_not_contact(true);
  Must(api().accounts.UpdateContact(asks));
  v1::UpdateTouchRequest correct;
  correct.mutable_touch()->set_name(early);
  correct.mutable_touch()->set_summary("A mistake was put right");
  EXPECT_THAT(api().engagement.UpdateTouch(correct), IsOk());
  correct.mutable_touch()->add_contacts(contact.name());
  EXPECT_THAT(api().engagement.UpdateTouch(correct), FailsWith(v1::DO_NOT_CONTACT));
  EXPECT_EQ(Get("Call Lee").contact(), "") << "somebody else is to be asked";
  Must(Record(with + "do_not_contact_reason: 'a data breach'"));
  EXPECT_THAT(Create(absl::StrCat("title: 'Call' contact: '", contact.name(), "'")),
              FailsWith(v1::DO_NOT_CONTACT));
  // They may call us.
  v1::CreateTouchRequest inbound;
  inbound.set_parent(customer().account());
  *inbound.mutable_touch() = ParseText<v1::Touch>(
      with + "channel: PHONE direction: INBOUND disposition: CONNECTED intent: RESPOND");
  Must(api().engagement.CreateTouch(inbound));
}

TEST_P(TasksTest, ATaskGoesByTheChannelThatTheContactPrefers) {
  const v1::Contact contact =
      customer().AddContact("display_name: 'Kim' preferred_channel: LETTER");
  const std::string with = absl::StrCat("title: 'T' contact: '", contact.name(), "' ");
  EXPECT_EQ(Must(Create(with)).channel(), v1::LETTER);
  EXPECT_EQ(Must(Create(with + "channel: PHONE")).channel(), v1::PHONE);
  EXPECT_THAT(Create("title: 'T' kind: GIVE intent: ASK"), IsInvalid("task.intent"));
  EXPECT_THAT(Create("title: 'T' kind: CADENCE"), IsInvalid("task.kind"));
}

TEST_P(TasksTest, WhenSomebodyWhoDecidesLeavesTheRenewalIsAtRisk) {
  Opportunity opportunity = OpenWithCadence();
  v1::UpdateOpportunityRequest update;
  update.mutable_opportunity()->set_name(opportunity.name());
  update.mutable_opportunity()->set_forecast_category(Opportunity::COMMIT);
  Must(api().pipeline.UpdateOpportunity(update));
  Must(Create(absl::StrCat("title: 'Ask' contact: '", customer().champion(), "'")));
  v1::MarkContactLeftRequest leave;
  leave.set_name(customer().champion());
  leave.set_reason("To the competition");
  Must(api().accounts.MarkContactLeft(leave));

  opportunity = customer().Get(opportunity);
  EXPECT_EQ(opportunity.risk_level(), Opportunity::HIGH);
  EXPECT_THAT(opportunity.risk_reasons(), Contains("CHAMPION_LEFT"));
  EXPECT_EQ(opportunity.forecast_category(), Opportunity::BEST_CASE);
  EXPECT_EQ(Get("Ask").contact(), "");
  const std::vector<Task> successor = Tasks("kind = SUCCESSOR");
  ASSERT_EQ(successor.size(), 1u);
  EXPECT_EQ(successor[0].assignee(), customer().owner());
  v1::ListChangesRequest list;
  list.set_filter("resource_name = \"" + opportunity.name() + "\"");
  EXPECT_EQ(MustList(api().history.ListChanges(list)).back().reason(), "To the competition");
  // Somebody else's leaving is no such loss.
  leave.set_name(customer().user());
  Must(api().accounts.MarkContactLeft(leave));
  EXPECT_EQ(Tasks("kind = SUCCESSOR").size(), 1u);
}

TEST_P(TasksTest, WhoeverIsOnlyAskedIsToBeGivenSomething) {
  customer().Follow("");
  customer().Open({customer().Subscribe().name()});
  customer().Record("intent: ASK");
  MoveDays(1);
  const std::vector<Task> proposed = Tasks("kind = GIVE");
  ASSERT_EQ(proposed.size(), 1u);
  EXPECT_EQ(proposed[0].assignee(), customer().owner());
  EXPECT_EQ(proposed[0].intent(), v1::Touch::GIVE);
  MoveDays(2);
  EXPECT_EQ(Tasks("kind = GIVE").size(), 1u) << "once is enough";
  Must(Skip(proposed[0].name()));
  MoveDays(5);
  EXPECT_EQ(Tasks("kind = GIVE").size(), 1u) << "not again so soon";
  MoveDays(30);
  EXPECT_EQ(Tasks("kind = GIVE").size(), 2u) << "they are still only asked";

  Customer given(api());
  given.Open({given.Subscribe().name()});
  given.Record("intent: ASK");
  given.Record("intent: GIVE");
  MoveDays(1);
  v1::ListTasksRequest list;
  list.set_parent(given.account());
  list.set_filter("kind = GIVE");
  EXPECT_THAT(MustList(api().engagement.ListTasks(list)), IsEmpty());
}

// Also where the answer is no: it is due, somebody is asked to give it, and giving it ends that.
TEST_P(TasksTest, WhoeverToldUsSomethingIsTold) {
  customer().Follow("feedback_acknowledge_days: 2 feedback_decide_days: 5 feedback_answer_days: 3");
  v1::Feedback feedback = customer().Hear(absl::StrCat(
      "type: IDEA topic: 'dark mode' text: 'Dark, please' contact: '", customer().user(), "'"));
  EXPECT_EQ(ToTime(feedback.due_time()), Now() + absl::Hours(48));
  const auto overdue = [&] {
    v1::ListFeedbackRequest list;
    list.set_parent(customer().account());
    list.set_overdue(true);
    return MustList(api().engagement.ListFeedback(list)).size();
  };
  EXPECT_EQ(overdue(), 0u);
  MoveDays(3);
  EXPECT_EQ(overdue(), 1u);
  v1::AcknowledgeFeedbackRequest acknowledge;
  acknowledge.set_name(feedback.name());
  feedback = Must(api().engagement.AcknowledgeFeedback(acknowledge));
  EXPECT_EQ(ToTime(feedback.due_time()), Now() + absl::Hours(5 * 24));
  EXPECT_EQ(overdue(), 0u);

  v1::DecideFeedbackRequest decide;
  decide.set_name(feedback.name());
  decide.set_decision(v1::Feedback::DECLINED);
  decide.set_reason("too few ask");
  Must(api().engagement.DecideFeedback(decide));
  const std::vector<Task> tasks = Tasks("kind = ANSWER AND state = OPEN");
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0].contact(), customer().user());
  EXPECT_EQ(tasks[0].feedback(), feedback.name());
  EXPECT_EQ(ToCivilDay(tasks[0].due_date()), Today() + 3);

  v1::AnswerFeedbackRequest answer;
  answer.set_name(feedback.name());
  answer.set_touch(Must(Record(absl::StrCat("contacts: '", customer().user(), "'"))).name());
  feedback = Must(api().engagement.AnswerFeedback(answer));
  EXPECT_FALSE(feedback.has_due_time());
  EXPECT_EQ(Tasks("kind = ANSWER")[0].state(), Task::DONE);
  EXPECT_EQ(Tasks("kind = ANSWER")[0].touch(), answer.touch());
  MoveDays(30);
  EXPECT_EQ(overdue(), 0u);
}

TEST_P(TasksTest, WhatHappensAroundTheCustomerIsAnOccasionToBeOfUse) {
  customer().Happened("type: REGULATION title: 'A new law'");
  const std::vector<Task> tasks = Tasks("kind = GIVE");
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_THAT(tasks[0].title(), testing::HasSubstr("A new law"));
  EXPECT_EQ(tasks[0].assignee(), customer().owner());
  customer().Happened("type: PERSONNEL title: 'A new chief'");
  EXPECT_EQ(Tasks("kind = GIVE").size(), 1u);
}

}  // namespace
}  // namespace perennial::conformance
