// Many at once, each by itself: batches of every change of state, and what one person hands over to
// another.

#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;
using v1::Opportunity;
using v1::Task;

class BulkTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) customer_.emplace(api());
  }

  Customer& customer() { return *customer_; }
  Opportunity Open() { return customer().Open({customer().Subscribe().name()}); }

  Task AddTask(const std::string& text) {
    v1::CreateTaskRequest request;
    request.set_parent(customer().account());
    *request.mutable_task() = ParseText<Task>(text);
    *request.mutable_task()->mutable_due_date() = ToDate(Today());
    return Must(api().engagement.CreateTask(request));
  }

  std::string ReasonOfLatestChange(const std::string& name) {
    v1::ListChangesRequest request;
    request.set_filter(absl::StrCat("resource_name = \"", name, "\""));
    request.set_order_by("revision desc");
    request.set_page_size(1);
    return Must(api().history.ListChanges.Page(request)).changes(0).reason();
  }

 private:
  std::optional<Customer> customer_;
};
INSTANTIATE_ON_EVERY_ENGINE(BulkTest);

TEST_P(BulkTest, ClosesReopensReturnsAndUpdatesRowByRow) {
  const Opportunity one = Open(), two = Open();
  v1::BatchUpdateOpportunitiesRequest update;
  update.set_reason("Spring cleaning");
  for (const Opportunity& opportunity : {one, two}) {
    auto& row = *update.add_requests();
    row.mutable_opportunity()->set_name(opportunity.name());
    row.mutable_opportunity()->set_next_step("Call");
    row.mutable_update_mask()->add_paths("next_step");
  }
  update.mutable_requests(1)->set_reason("Of this one alone");
  update.add_requests()->mutable_opportunity()->set_name(one.name());
  update.mutable_requests(2)->mutable_update_mask()->add_paths("stage");
  const auto updated = Must(api().pipeline.BatchUpdateOpportunities(update));
  EXPECT_EQ(updated.succeeded_count(), 2);
  EXPECT_EQ(updated.failed_count(), 1);
  EXPECT_EQ(updated.results(1).opportunity().next_step(), "Call");
  EXPECT_EQ(updated.results(2).name(), one.name());
  EXPECT_EQ(updated.results(2).error().reason(), "INVALID_UPDATE_MASK");
  EXPECT_EQ(ReasonOfLatestChange(one.name()), "Spring cleaning");
  EXPECT_EQ(ReasonOfLatestChange(two.name()), "Of this one alone");

  customer().BringTo(Opportunity::UPSELL, one.name());
  v1::BatchReturnOpportunitiesRequest back;
  for (const Opportunity& opportunity : {one, two}) {
    auto& row = *back.add_requests();
    row.set_name(opportunity.name());
    row.set_to_stage(Opportunity::OUTREACH);
    row.set_reason("Somebody new decides");
  }
  const auto returned = Must(api().pipeline.BatchReturnOpportunities(back));
  EXPECT_EQ(returned.results(0).opportunity().stage(), Opportunity::OUTREACH);
  EXPECT_EQ(returned.results(1).error().reason(), "WRONG_STATE");

  v1::BatchCloseOpportunitiesRequest close;
  for (const Opportunity& opportunity : {one, two}) {
    auto& row = *close.add_requests();
    row.set_name(opportunity.name());
    row.set_outcome(Opportunity::CHURNED);
    row.set_churn_reason(v1::PRICE);
  }
  close.mutable_requests(1)->set_churn_reason(v1::OTHER);
  const auto closed = Must(api().pipeline.BatchCloseOpportunities(close));
  EXPECT_EQ(closed.results(0).opportunity().outcome(), Opportunity::CHURNED);
  ASSERT_EQ(closed.results(1).error().violations_size(), 1);
  EXPECT_EQ(closed.results(1).error().violations(0).subject(), "note");
  EXPECT_EQ(customer().Get(two).outcome(), Opportunity::OPEN);

  v1::BatchReopenOpportunitiesRequest reopen;
  for (const Opportunity& opportunity : {one, two}) {
    reopen.add_requests()->set_name(opportunity.name());
    reopen.mutable_requests(reopen.requests_size() - 1)->set_reason("A mistake");
  }
  EXPECT_THAT(As(v1::EDITOR).pipeline.BatchReopenOpportunities(reopen),
              FailsWith(v1::ROLE_TOO_LOW));
  v1::BatchReopenOpportunitiesRequest dry = reopen;
  dry.set_validate_only(true);
  EXPECT_EQ(Must(api().pipeline.BatchReopenOpportunities(dry)).succeeded_count(), 1);
  EXPECT_EQ(customer().Get(one).outcome(), Opportunity::CHURNED);
  const auto reopened = Must(api().pipeline.BatchReopenOpportunities(reopen));
  EXPECT_EQ(reopened.results(0).opportunity().outcome(), Opportunity::OPEN);
  EXPECT_EQ(reopened.results(1).error().reason(), "WRONG_STATE");
}

TEST_P(BulkTest, DoesTasksRowByRow) {
  const Task one = AddTask("title: 'One'"), two = AddTask("title: 'Two'");
  v1::BatchSnoozeTasksRequest snooze;
  for (const Task& task : {one, two}) {
    auto& row = *snooze.add_requests();
    row.set_name(task.name());
    row.set_reason("Holidays");
    *row.mutable_until() = ToDate(Today() + 7);
  }
  *snooze.mutable_requests(1)->mutable_until() = ToDate(Today() - 1);
  const auto snoozed = Must(api().engagement.BatchSnoozeTasks(snooze));
  EXPECT_EQ(ToCivilDay(snoozed.results(0).task().due_date()), Today() + 7);
  EXPECT_EQ(snoozed.results(1).error().violations(0).subject(), "until");

  v1::BatchCompleteTasksRequest complete;
  complete.add_requests()->set_name(one.name());
  complete.add_requests()->set_name(one.name());
  const auto completed = Must(api().engagement.BatchCompleteTasks(complete));
  EXPECT_EQ(completed.results(0).task().state(), Task::DONE);
  EXPECT_EQ(completed.results(1).error().reason(), "WRONG_STATE");

  v1::BatchSkipTasksRequest skip;
  skip.add_requests()->set_name(two.name());
  skip.mutable_requests(0)->set_reason("Not needed");
  EXPECT_EQ(Must(api().engagement.BatchSkipTasks(skip)).results(0).task().state(), Task::SKIPPED);

  v1::BatchUpdateTasksRequest update;
  update.add_requests()->mutable_task()->set_name(two.name());
  update.mutable_requests(0)->mutable_task()->set_title("Another");
  EXPECT_EQ(Must(api().engagement.BatchUpdateTasks(update)).results(0).task().title(), "Another");
}

TEST_P(BulkTest, HandsOverAccountsRenewalsAndTasksTogether) {
  const Opportunity open = Open(), closed = Open();
  customer().CloseAsChurned(closed.name(), v1::PRICE);
  const Customer division(api(), customer().account());
  const std::string from = customer().owner(), to = UniqueId("heir");
  const Task mine = AddTask("title: 'Mine'"), other = AddTask("title: 'Other' assignee: 'max'");
  const Task done = AddTask("title: 'Done'");
  v1::CompleteTaskRequest complete;
  complete.set_name(done.name());
  Must(api().engagement.CompleteTask(complete));
  for (const std::string& name : {division.account()}) {
    v1::UpdateAccountRequest update;
    update.mutable_account()->set_name(name);
    update.mutable_account()->set_owner(from);
    Must(api().accounts.UpdateAccount(update));
  }

  v1::HandOverRequest request;
  request.set_from_owner(from);
  EXPECT_THAT(api().accounts.HandOver(request), IsInvalid("to_owner"));
  request.set_to_owner(from);
  EXPECT_THAT(api().accounts.HandOver(request), IsInvalid("to_owner"));
  request.set_to_owner(to);
  request.set_reason("Left the company");
  v1::HandOverRequest of_division = request;
  of_division.set_account(division.account());
  of_division.set_validate_only(true);
  EXPECT_THAT(Must(api().accounts.HandOver(of_division)).accounts(),
              ElementsAre(division.account()));

  request.set_validate_only(true);
  const int64_t revision = LatestRevision();
  const auto said = Must(api().accounts.HandOver(request));
  EXPECT_EQ(LatestRevision(), revision);
  request.clear_validate_only();
  const auto given = Must(api().accounts.HandOver(request));
  EXPECT_THAT(given, EqualsProto(said));
  EXPECT_THAT(given.accounts(), UnorderedElementsAre(customer().account(), division.account()));
  EXPECT_THAT(given.opportunities(), ElementsAre(open.name()));
  EXPECT_THAT(given.tasks(), testing::Contains(mine.name()));
  EXPECT_EQ(given.opportunity_count(), 1);
  EXPECT_EQ(given.task_count(), given.tasks_size());
  EXPECT_EQ(customer().Get(open).owner(), to);
  EXPECT_EQ(customer().Get(closed).owner(), from);
  const auto assignee = [&](const Task& task) {
    v1::GetTaskRequest get;
    get.set_name(task.name());
    return Must(api().engagement.GetTask(get)).assignee();
  };
  EXPECT_EQ(assignee(mine), to);
  EXPECT_EQ(assignee(other), "max");
  EXPECT_EQ(assignee(done), from);
  EXPECT_EQ(ReasonOfLatestChange(customer().account()), "Left the company");
  EXPECT_EQ(Must(api().accounts.HandOver(request)).account_count(), 0);
}

TEST_P(BulkTest, KeepsWhyAnythingIsWritten) {
  v1::UpdateAccountRequest update;
  update.mutable_account()->set_name(customer().account());
  update.mutable_account()->set_note("Moved");
  update.set_reason("They wrote to us");
  Must(api().accounts.UpdateAccount(update));
  EXPECT_EQ(ReasonOfLatestChange(customer().account()), "They wrote to us");
  const Task task = AddTask("title: 'One'");
  v1::DeleteTaskRequest erase;
  erase.set_name(task.name());
  erase.set_reason("A duplicate");
  Must(api().engagement.DeleteTask(erase));
  EXPECT_EQ(ReasonOfLatestChange(task.name()), "A duplicate");
  update.set_reason(std::string(1001, 'x'));
  EXPECT_THAT(api().accounts.UpdateAccount(update), IsInvalid("reason"));
}

}  // namespace
}  // namespace perennial::conformance
