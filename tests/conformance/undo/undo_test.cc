// Taking back what a call has changed: fields, tasks, what was created and what was deleted.

#include "lib/base/date.h"
#include "tests/conformance/undo/undoing.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using v1::Change;
using v1::Opportunity;
using v1::Task;

INSTANTIATE_ON_EVERY_ENGINE(UndoTest);

v1::BatchUpdateOpportunitiesRequest OwnedBy(const std::string& owner,
                                            const std::vector<Opportunity>& opportunities) {
  v1::BatchUpdateOpportunitiesRequest update;
  for (const Opportunity& opportunity : opportunities) {
    auto& row = *update.add_requests();
    row.mutable_opportunity()->set_name(opportunity.name());
    row.mutable_opportunity()->set_owner(owner);
    row.mutable_opportunity()->set_next_step("Call");
    row.mutable_update_mask()->add_paths("owner");
    row.mutable_update_mask()->add_paths("next_step");
  }
  return update;
}

TEST_P(UndoTest, SetsTheFieldsOfABulkUpdateBackAndRefusesWhatMovedOn) {
  const std::vector<Opportunity> before = {Open(), Open(), Open()};
  auto update = OwnedBy("new@example.com", before);
  Must(api().pipeline.BatchUpdateOpportunities(Named(update)));
  Clients ann = As("ann@example.com");
  // Beside what was changed in bulk, and the same field.
  Must(Update(before[0].name(), "owner_risk_note", "Nobody answers", ann));
  Must(Update(before[1].name(), "next_step", "Write a letter", ann));

  v1::RevertChangesRequest dry = Undoing(update.request_id());
  dry.set_validate_only(true);
  const int64_t revision = LatestRevision();
  const auto preview = Must(api().history.RevertChanges(dry));
  EXPECT_EQ(LatestRevision(), revision);
  EXPECT_EQ(customer().Get(before[2]).owner(), "new@example.com");

  std::string own;
  const auto undone = Undo(update.request_id(), &own);
  EXPECT_EQ(undone.reverted_count(), 2);
  EXPECT_EQ(undone.refused_count(), 1);
  EXPECT_EQ(undone.next_revision(), 0);
  v1::RevertChangesResponse same = preview;
  EXPECT_THAT(undone, EqualsProto(same));

  const Result& refused = *Find(undone, before[1].name());
  EXPECT_EQ(refused.error().reason(), "CHANGED_SINCE");
  ASSERT_EQ(refused.error().violations_size(), 1);
  EXPECT_EQ(refused.error().violations(0).subject(), "next_step");
  EXPECT_THAT(refused.error().violations(0).description(), HasSubstr("ann@example.com"));
  EXPECT_EQ(customer().Get(before[1]).owner(), "new@example.com") << "the row is refused whole";

  const Result& changed = *Find(undone, before[2].name());
  EXPECT_EQ(changed.operation(), Change::UPDATED);
  EXPECT_EQ(changed.resource_type(), "Opportunity");
  std::vector<std::string> fields;
  for (const auto& field : changed.fields()) {
    fields.push_back(field.field() + ": " + field.old_value() + " -> " + field.new_value());
  }
  EXPECT_THAT(fields, UnorderedElementsAre("owner: new@example.com -> " + customer().owner(),
                                           "next_step: Call -> "));
  EXPECT_EQ(Difference(before[2], customer().Get(before[2])), "");
  const Opportunity kept = customer().Get(before[0]);
  EXPECT_EQ(kept.owner(), customer().owner());
  EXPECT_EQ(kept.owner_risk_note(), "Nobody answers");

  // An undo is a request like any other, and so is what takes that back.
  const auto redone = Undo(own);
  EXPECT_EQ(redone.reverted_count(), 2);
  EXPECT_EQ(customer().Get(before[0]).owner(), "new@example.com");
  EXPECT_EQ(customer().Get(before[0]).owner_risk_note(), "Nobody answers");
  EXPECT_EQ(customer().Get(before[2]).next_step(), "Call");
}

TEST_P(UndoTest, HasNothingLeftTheSecondTime) {
  auto update = OwnedBy("new@example.com", {Open()});
  Must(api().pipeline.BatchUpdateOpportunities(Named(update)));
  EXPECT_EQ(Undo(update.request_id()).reverted_count(), 1);
  const auto again = Undo(update.request_id());
  EXPECT_EQ(again.reverted_count() + again.refused_count(), 0);
  EXPECT_THAT(again.results(), IsEmpty());
}

// What is shown of the account beside a resource is not the resource's own.
TEST_P(UndoTest, TheAccountMayChangeMeanwhile) {
  const Opportunity opportunity = Open();
  const Task task = AddTask("One");
  auto update = OwnedBy("new@example.com", {opportunity});
  Must(api().pipeline.BatchUpdateOpportunities(Named(update)));
  v1::DeleteTaskRequest remove;
  remove.set_name(task.name());
  Must(api().engagement.DeleteTask(Named(remove)));
  v1::UpdateAccountRequest rename;
  rename.mutable_account()->set_name(customer().account());
  rename.mutable_account()->set_display_name("Another");
  rename.mutable_update_mask()->add_paths("display_name");
  Must(As("ann@example.com").accounts.UpdateAccount(rename));
  Must(Update(opportunity.name(), "owner_risk_note", "Nobody answers", api()));

  const auto undone = Undo(update.request_id());
  ASSERT_EQ(undone.results_size(), 1);
  EXPECT_EQ(undone.results(0).error().reason(), "");
  EXPECT_EQ(undone.results(0).fields_size(), 2);
  EXPECT_EQ(Undo(remove.request_id()).refused_count(), 0);
  EXPECT_EQ(Get(task).title(), "One");
}

TEST_P(UndoTest, WhatTookItsPlaceMayBeTakenBackFirst) {
  const Opportunity before = Open();
  auto first = OwnedBy("one@example.com", {before}), second = OwnedBy("two@example.com", {before});
  Must(api().pipeline.BatchUpdateOpportunities(Named(first)));
  Must(As("ann@example.com").pipeline.BatchUpdateOpportunities(Named(second)));
  EXPECT_EQ(Undo(first.request_id()).refused_count(), 1);
  EXPECT_EQ(Undo(second.request_id()).reverted_count(), 1);
  EXPECT_EQ(customer().Get(before).owner(), "one@example.com");
  EXPECT_EQ(Undo(first.request_id()).reverted_count(), 1);
  EXPECT_EQ(Difference(before, customer().Get(before)), "");
}

TEST_P(UndoTest, AnswersARetryWithTheFirstAnswer) {
  const Opportunity opportunity = Open();
  auto update = OwnedBy("new@example.com", {opportunity});
  Must(api().pipeline.BatchUpdateOpportunities(Named(update)));
  const v1::RevertChangesRequest request = Undoing(update.request_id());
  const auto first = Must(api().history.RevertChanges(request));
  EXPECT_THAT(Must(api().history.RevertChanges(request)), EqualsProto(first));
}

TEST_P(UndoTest, NeedsARequestThatTheHistoryHas) {
  EXPECT_THAT(api().history.RevertChanges(Undoing("no-such-request")),
              FailsWith(v1::RESOURCE_NOT_FOUND));
  EXPECT_THAT(As(v1::EDITOR).history.RevertChanges(Undoing("no-such-request")),
              FailsWith(v1::ROLE_TOO_LOW));
}

TEST_P(UndoTest, AsksWhoseWhereSeveralHaveUsedTheId) {
  const Opportunity one = Open(), two = Open();
  auto update = OwnedBy("new@example.com", {one});
  Must(As("ann@example.com").pipeline.BatchUpdateOpportunities(Named(update)));
  auto other = OwnedBy("other@example.com", {two});
  other.set_request_id(update.request_id());
  Must(As("bob@example.com").pipeline.BatchUpdateOpportunities(other));
  v1::RevertChangesRequest request = Undoing(update.request_id());
  EXPECT_THAT(api().history.RevertChanges(request), IsInvalid("actor"));
  request.set_request_id(NewRequestId());
  request.set_actor("bob@example.com");
  EXPECT_EQ(Must(api().history.RevertChanges(request)).reverted_count(), 1);
  EXPECT_EQ(customer().Get(one).owner(), "new@example.com");
  EXPECT_EQ(customer().Get(two).owner(), customer().owner());
}

TEST_P(UndoTest, TakesTasksBackToTheirStates) {
  const std::vector<Task> before = {AddTask("One"), AddTask("Two"), AddTask("Three")};
  v1::BatchCompleteTasksRequest complete;
  complete.add_requests()->set_name(before[0].name());
  Must(api().engagement.BatchCompleteTasks(Named(complete)));
  v1::BatchSkipTasksRequest skip;
  skip.add_requests()->set_name(before[1].name());
  skip.mutable_requests(0)->set_reason("Not needed");
  Must(api().engagement.BatchSkipTasks(Named(skip)));
  v1::BatchSnoozeTasksRequest snooze;
  snooze.add_requests()->set_name(before[2].name());
  snooze.mutable_requests(0)->set_reason("Holidays");
  *snooze.mutable_requests(0)->mutable_until() = ToDate(Today() + 7);
  Must(api().engagement.BatchSnoozeTasks(Named(snooze)));

  for (const std::string& id : {complete.request_id(), skip.request_id(), snooze.request_id()}) {
    EXPECT_EQ(Undo(id).reverted_count(), 1);
  }
  for (const Task& task : before) EXPECT_EQ(Difference(task, Get(task)), "");
}

TEST_P(UndoTest, HandsBackWhatWasHandedOver) {
  const Opportunity opportunity = Open();
  const Task task = AddTask("One");
  v1::HandOverRequest hand_over;
  hand_over.set_from_owner(customer().owner());
  hand_over.set_to_owner(UniqueId("heir") + "@example.com");
  Must(api().accounts.HandOver(Named(hand_over)));
  EXPECT_EQ(Get(task).assignee(), hand_over.to_owner());
  const auto undone = Undo(hand_over.request_id());
  EXPECT_EQ(undone.refused_count(), 0);
  EXPECT_EQ(Get(task).assignee(), customer().owner());
  EXPECT_EQ(customer().Get(opportunity).owner(), customer().owner());
  v1::GetAccountRequest get;
  get.set_name(customer().account());
  EXPECT_EQ(Must(api().accounts.GetAccount(get)).owner(), customer().owner());
}

TEST_P(UndoTest, DeletesWhatWasCreatedUnlessOthersNeedIt) {
  v1::CreateContactRequest create;
  create.set_parent(customer().account());
  create.mutable_contact()->set_display_name("Somebody");
  const v1::Contact contact = Must(api().accounts.CreateContact(Named(create)));
  customer().Record("contacts: '" + contact.name() + "'");
  const auto refused = Undo(create.request_id());
  EXPECT_EQ(refused.results(0).error().reason(), "RESOURCE_IN_USE");

  v1::CreateContactRequest other = create;
  const v1::Contact free = Must(api().accounts.CreateContact(Named(other)));
  std::string own;
  const auto undone = Undo(other.request_id(), &own);
  ASSERT_EQ(undone.results_size(), 1);
  EXPECT_EQ(undone.results(0).operation(), Change::DELETED);
  v1::GetContactRequest get;
  get.set_name(free.name());
  EXPECT_THAT(api().accounts.GetContact(get), IsNotFound(free.name()));

  const auto redone = Undo(own);
  EXPECT_EQ(redone.results(0).operation(), Change::CREATED);
  EXPECT_EQ(Difference(free, Must(api().accounts.GetContact(get))), "");
}

TEST_P(UndoTest, RefusesToDeleteWhatSomebodyHasWorkedOn) {
  v1::CreateTaskRequest create;
  create.set_parent(customer().account());
  create.mutable_task()->set_title("One");
  *create.mutable_task()->mutable_due_date() = ToDate(Today());
  const Task task = Must(api().engagement.CreateTask(Named(create)));
  v1::UpdateTaskRequest update;
  update.mutable_task()->set_name(task.name());
  update.mutable_task()->set_title("Another");
  Must(As("ann@example.com").engagement.UpdateTask(update));
  const auto undone = Undo(create.request_id());
  EXPECT_EQ(undone.results(0).error().reason(), "CHANGED_SINCE");
  EXPECT_EQ(undone.results(0).error().violations(0).subject(), "title");
  EXPECT_EQ(Get(task).title(), "Another");
}

TEST_P(UndoTest, CreatesWhatWasDeletedAgain) {
  const Opportunity opportunity = Open();
  v1::ListTasksRequest list;
  list.set_parent(customer().account());
  list.set_order_by("name");
  const auto tasks = MustList(api().engagement.ListTasks(list));
  const auto transitions = customer().Transitions(opportunity.name());
  v1::DeleteOpportunityRequest remove;
  remove.set_name(opportunity.name());
  Must(api().pipeline.DeleteOpportunity(Named(remove)));

  std::string own;
  EXPECT_EQ(Undo(remove.request_id(), &own).refused_count(), 0);
  EXPECT_EQ(Difference(opportunity, customer().Get(opportunity)), "");
  EXPECT_EQ(customer().Transitions(opportunity.name()).size(), transitions.size());
  EXPECT_EQ(MustList(api().engagement.ListTasks(list)).size(), tasks.size());
  EXPECT_EQ(customer().Subscriptions()[0].open_opportunity(), opportunity.name());

  std::string redo;
  EXPECT_EQ(Undo(own, &redo).refused_count(), 0);
  EXPECT_THAT(customer().Opportunities(), IsEmpty());
  EXPECT_EQ(customer().Subscriptions()[0].open_opportunity(), "");
  // What has come back is as if it had never been away.
  EXPECT_EQ(Undo(redo).refused_count(), 0);
  EXPECT_THAT(Undo(remove.request_id()).results(), IsEmpty());
  EXPECT_EQ(Difference(opportunity, customer().Get(opportunity)), "");
}

TEST_P(UndoTest, DoesNotCreateARenewalAgainForWhatIsInAnother) {
  const Opportunity opportunity = Open();
  v1::DeleteOpportunityRequest remove;
  remove.set_name(opportunity.name());
  Must(api().pipeline.DeleteOpportunity(Named(remove)));
  const Opportunity other = customer().Open({opportunity.subscriptions(0)});
  const auto undone = Undo(remove.request_id());
  EXPECT_EQ(undone.reverted_count(), 0);
  EXPECT_GT(undone.refused_count(), 0);
  EXPECT_EQ(customer().Opportunities().size(), 1u);
  EXPECT_EQ(customer().Get(other).outcome(), Opportunity::OPEN);
}

TEST_P(UndoTest, GoesOnPageByPage) {
  std::vector<Opportunity> before;
  for (int i = 0; i < 5; ++i) {
    Customer one(api());
    before.push_back(one.Open({one.Subscribe().name()}));
  }
  auto update = OwnedBy("new@example.com", before);
  Must(api().pipeline.BatchUpdateOpportunities(Named(update)));
  v1::RevertChangesRequest request = Undoing(update.request_id());
  request.set_run(NewRequestId());
  request.set_page_size(2);
  int calls = 0, reverted = 0;
  do {
    request.set_request_id(NewRequestId());
    const auto page = Must(api().history.RevertChanges(request));
    reverted += page.reverted_count();
    request.set_before_revision(page.next_revision());
  } while (request.before_revision() != 0 && ++calls < 10);
  EXPECT_GT(calls, 0);
  EXPECT_EQ(reverted, 5);
  // The run is taken back as one.
  EXPECT_EQ(Undo(request.run()).reverted_count(), 5);
  EXPECT_EQ(customer().Get(before[0]).owner(), "new@example.com");
}

}  // namespace
}  // namespace perennial::conformance
