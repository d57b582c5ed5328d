#include "lib/domain/cadence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/date.h"
#include "tests/support/parse_text.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using v1::Task;

constexpr absl::CivilDay kToday(2025, 3, 1);

v1::Opportunity MakeOpportunity() {
  return ParseText<v1::Opportunity>(R"(
    name: 'accounts/a/opportunities/o' owner: 'jo'
    renewal_date {year: 2025 month: 5 day: 1})");
}

v1::Playbook MakePlaybook() {
  return ParseText<v1::Playbook>(R"(
    cadence_steps {days_before_renewal: 90 channel: EMAIL intent: GIVE title: 'News'}
    cadence_steps {days_before_renewal: 60 channel: PHONE intent: CHECK_IN title: 'Call'}
    cadence_steps {days_before_renewal: 30 channel: VIDEO intent: ASK title: 'Offer'})");
}

std::vector<Task> Named(std::vector<Task> tasks) {
  for (Task& task : tasks) task.set_name("accounts/a/tasks/" + task.title());
  return tasks;
}

std::vector<std::string> Titles(const std::vector<Task>& tasks) {
  std::vector<std::string> titles;
  for (const Task& task : tasks) titles.push_back(task.title());
  return titles;
}

TEST(PlanCadenceTest, CountsBackFromTheRenewalDate) {
  const std::vector<Task> tasks = PlanCadence(MakeOpportunity(), MakePlaybook(), kToday);
  ASSERT_THAT(Titles(tasks), ElementsAre("News", "Call", "Offer"));
  EXPECT_EQ(ToCivilDay(tasks[0].due_date()), absl::CivilDay(2025, 1, 31));
  EXPECT_EQ(tasks[0].state(), Task::NOT_EXPECTED) << "its day is past";
  EXPECT_EQ(ToCivilDay(tasks[1].due_date()), absl::CivilDay(2025, 3, 2));
  EXPECT_EQ(tasks[1].state(), Task::OPEN);
  EXPECT_EQ(tasks[1].channel(), v1::PHONE);
  EXPECT_EQ(tasks[1].intent(), v1::Touch::CHECK_IN);
  EXPECT_EQ(tasks[1].kind(), Task::CADENCE);
  EXPECT_EQ(tasks[1].assignee(), "jo");
  EXPECT_EQ(tasks[1].opportunity(), "accounts/a/opportunities/o");
  EXPECT_EQ(tasks[2].days_before_renewal(), 30);
}

TEST(PlanCadenceTest, WhatIsDueTodayIsNotMissed) {
  const auto tasks = PlanCadence(MakeOpportunity(), MakePlaybook(), absl::CivilDay(2025, 3, 2));
  EXPECT_EQ(tasks[1].state(), Task::OPEN);
}

TEST(PlanCadenceChangeTest, NothingChangesWhereThePlaybookDidNot) {
  const auto tasks = Named(PlanCadence(MakeOpportunity(), MakePlaybook(), kToday));
  const CadenceChange change = PlanCadenceChange(MakeOpportunity(), MakePlaybook(), tasks, kToday);
  EXPECT_THAT(change.created, IsEmpty());
  EXPECT_THAT(change.updated, IsEmpty());
  EXPECT_THAT(change.removed, IsEmpty());
}

TEST(PlanCadenceChangeTest, BringsWhatIsUndoneIntoStep) {
  auto tasks = Named(PlanCadence(MakeOpportunity(), MakePlaybook(), kToday));
  tasks[1].set_state(Task::DONE);
  tasks.push_back(
      ParseText<Task>("name: 'accounts/a/tasks/own' kind: OTHER title: 'Own' state: OPEN"));
  const auto playbook = ParseText<v1::Playbook>(R"(
    cadence_steps {days_before_renewal: 50 channel: PHONE title: 'Call'}
    cadence_steps {days_before_renewal: 20 channel: IN_PERSON intent: ASK title: 'Offer'}
    cadence_steps {days_before_renewal: 10 title: 'Thanks'})");
  const CadenceChange change = PlanCadenceChange(MakeOpportunity(), playbook, tasks, kToday);
  EXPECT_THAT(Titles(change.created), ElementsAre("Thanks")) << "what was done is not asked again";
  EXPECT_THAT(Titles(change.removed), ElementsAre("News"));
  ASSERT_THAT(Titles(change.updated), ElementsAre("Offer"));
  EXPECT_EQ(change.updated[0].name(), "accounts/a/tasks/Offer");
  EXPECT_EQ(change.updated[0].channel(), v1::IN_PERSON);
  EXPECT_EQ(ToCivilDay(change.updated[0].due_date()), absl::CivilDay(2025, 4, 11));
}

TEST(PlanCadenceChangeTest, ADayThatATaskWasPutOffToIsKept) {
  auto tasks = Named(PlanCadence(MakeOpportunity(), MakePlaybook(), kToday));
  *tasks[2].mutable_due_date() = ToDate(absl::CivilDay(2025, 4, 15));
  EXPECT_THAT(PlanCadenceChange(MakeOpportunity(), MakePlaybook(), tasks, kToday).updated,
              IsEmpty());
}

TEST(MoveWithRenewalTest, LeavesWhatWasPutOffWhereItIs) {
  auto opportunity = MakeOpportunity();
  Task offer = PlanCadence(opportunity, MakePlaybook(), kToday)[2];
  offer.set_state_reason("on holiday");
  *offer.mutable_due_date() = ToDate(absl::CivilDay(2025, 4, 10));
  *opportunity.mutable_renewal_date() = ToDate(absl::CivilDay(2025, 4, 20));
  EXPECT_FALSE(MoveWithRenewal(opportunity, kToday, offer));
  *opportunity.mutable_renewal_date() = ToDate(absl::CivilDay(2025, 6, 1));
  EXPECT_TRUE(MoveWithRenewal(opportunity, kToday, offer));
  EXPECT_EQ(ToCivilDay(offer.due_date()), absl::CivilDay(2025, 5, 2));
}

TEST(MoveWithRenewalTest, FollowsTheDate) {
  auto opportunity = MakeOpportunity();
  auto tasks = PlanCadence(opportunity, MakePlaybook(), kToday);
  *opportunity.mutable_renewal_date() = ToDate(absl::CivilDay(2025, 7, 1));
  EXPECT_TRUE(MoveWithRenewal(opportunity, kToday, tasks[0]));
  EXPECT_EQ(ToCivilDay(tasks[0].due_date()), absl::CivilDay(2025, 4, 2));
  EXPECT_EQ(tasks[0].state(), Task::OPEN) << "there is time again";
  EXPECT_FALSE(MoveWithRenewal(opportunity, kToday, tasks[0]));
  tasks[1].set_state(Task::DONE);
  EXPECT_FALSE(MoveWithRenewal(opportunity, kToday, tasks[1]));
}

}  // namespace
}  // namespace perennial
