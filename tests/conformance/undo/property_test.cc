// Whatever was done in bulk, and whatever others do meanwhile: what is taken back is as it was
// before, what is refused is as it was, and nothing that others wrote is lost.

#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/undo/undoing.h"

namespace perennial::conformance {
namespace {

using v1::Opportunity;
using v1::Task;

constexpr int kOfEach = 5;
constexpr int kRounds = 20;
constexpr int kMostBeside = 7;
constexpr uint32_t kSeeds[] = {1, 2, 3};
constexpr absl::CivilDay kLongAfter(2099, 1, 1);

class Random {
 public:
  explicit Random(uint32_t seed) : generator_(seed) {}
  int Below(int bound) { return static_cast<int>(generator_() % static_cast<uint32_t>(bound)); }
  bool OneIn(int n) { return Below(n) == 0; }
  // Few, so that several people say the same.
  std::string Text() { return std::string(1, static_cast<char>('a' + Below(3))); }

 private:
  std::mt19937 generator_;
};

// The fields of each resource, as texts.
using Fields = std::map<std::string, std::string>;
using State = std::map<std::string, Fields>;

class UndoPropertyTest : public UndoTest {
 protected:
  void Begin() {
    opportunities_.clear();
    tasks_.clear();
    for (int i = 0; i < kOfEach; ++i) {
      opportunities_.push_back(Open().name());
      tasks_.push_back(AddTask(absl::StrCat("Task ", i)).name());
    }
  }

  State Here() {
    State here;
    for (const Opportunity& one : customer().Opportunities()) {
      const auto plan = one.labels().find("plan");
      here[one.name()] = {{"owner", one.owner()},
                          {"next_step", one.next_step()},
                          {"plan", plan == one.labels().end() ? "" : plan->second},
                          {"stage", Opportunity::Stage_Name(one.stage())},
                          {"probability", absl::StrCat(one.probability_percent())},
                          {"arr", one.arr().ShortDebugString()},
                          {"weighted", one.weighted_arr().ShortDebugString()},
                          {"outcome", Opportunity::Outcome_Name(one.outcome())}};
    }
    v1::ListTasksRequest list;
    list.set_parent(customer().account());
    for (const Task& one : MustList(api().engagement.ListTasks(list))) {
      here[one.name()] = {{"title", one.title()},
                          {"assignee", one.assignee()},
                          {"due", FormatDate(one.due_date())},
                          {"state", Task::State_Name(one.state())},
                          {"why", one.state_reason()}};
    }
    for (const v1::Subscription& one : customer().Subscriptions()) {
      if (one.state() == v1::Subscription::VOID) continue;
      here[one.name()] = {{"state", v1::Subscription::State_Name(one.state())},
                          {"end", one.end_date().ShortDebugString()},
                          {"in", one.open_opportunity()}};
    }
    return here;
  }

  std::string ValueHere(const std::string& name, const std::string& field) {
    return Here()[name][field];
  }

  // Each of them by chance.
  std::vector<std::string> Some(const std::vector<std::string>& names, Random& random) {
    std::vector<std::string> some;
    for (const std::string& name : names) {
      if (random.OneIn(2)) some.push_back(name);
    }
    if (some.empty()) some.push_back(names.front());
    return some;
  }

  // A change of many; answers its request id.
  std::string DoInBulk(Random& random) {
    switch (random.Below(6)) {
      case 0: {
        v1::BatchUpdateOpportunitiesRequest update;
        for (const std::string& name : Some(opportunities_, random)) {
          auto& row = *update.add_requests();
          row.mutable_opportunity()->set_name(name);
          row.mutable_opportunity()->set_owner(random.Text());
          row.mutable_update_mask()->add_paths("owner");
          if (random.OneIn(2)) {
            (*row.mutable_opportunity()->mutable_labels())["plan"] = random.Text();
            row.mutable_update_mask()->add_paths("labels.plan");
          }
        }
        Must(api().pipeline.BatchUpdateOpportunities(Named(update)));
        return update.request_id();
      }
      case 1: {
        v1::BatchAdvanceOpportunitiesRequest advance;
        for (const std::string& name : Some(opportunities_, random)) {
          advance.add_requests()->set_name(name);
          advance.mutable_requests(advance.requests_size() - 1)->set_override_reason("Known");
        }
        Must(api().pipeline.BatchAdvanceOpportunities(Named(advance)));
        return advance.request_id();
      }
      case 2: {
        v1::BatchCloseOpportunitiesRequest close;
        for (const std::string& name : Some(opportunities_, random)) {
          auto& row = *close.add_requests();
          row.set_name(name);
          row.set_outcome(Opportunity::CHURNED);
          row.set_churn_reason(v1::PRICE);
        }
        Must(api().pipeline.BatchCloseOpportunities(Named(close)));
        return close.request_id();
      }
      case 3: {
        v1::BatchSkipTasksRequest skip;
        for (const std::string& name : Some(tasks_, random)) {
          skip.add_requests()->set_name(name);
          skip.mutable_requests(skip.requests_size() - 1)->set_reason("Not needed");
        }
        Must(api().engagement.BatchSkipTasks(Named(skip)));
        return skip.request_id();
      }
      case 4: {
        v1::BatchSnoozeTasksRequest snooze;
        for (const std::string& name : Some(tasks_, random)) {
          auto& row = *snooze.add_requests();
          row.set_name(name);
          row.set_reason("Later");
          *row.mutable_until() = ToDate(Today() + 1 + random.Below(9));
        }
        Must(api().engagement.BatchSnoozeTasks(Named(snooze)));
        return snooze.request_id();
      }
      default: {
        v1::ReassignTasksRequest reassign;
        reassign.set_parent(customer().account());
        reassign.set_assignee(random.Text());
        Must(api().engagement.ReassignTasks(Named(reassign)));
        return reassign.request_id();
      }
    }
  }

  // What somebody else does: adds what they wrote to `theirs`.
  void DoBeside(Random& random, Clients& ann, State& theirs) {
    if (random.OneIn(2)) {
      const std::string& name = opportunities_[static_cast<size_t>(random.Below(kOfEach))];
      // Mostly what is changed in bulk as well.
      const std::string field = random.OneIn(4) ? "next_step" : "owner";
      const std::string text = random.Text();
      if (ValueHere(name, field) == text) return;
      if (Update(name, field, text, ann).ok()) theirs[name][field] = text;
      return;
    }
    v1::UpdateTaskRequest update;
    update.mutable_task()->set_name(tasks_[static_cast<size_t>(random.Below(kOfEach))]);
    const std::string text = random.Text();
    const bool renames = random.OneIn(4);
    update.mutable_update_mask()->add_paths(renames ? "title" : "assignee");
    if (renames) update.mutable_task()->set_title(text);
    if (!renames) update.mutable_task()->set_assignee(text);
    if (ValueHere(update.task().name(), renames ? "title" : "assignee") == text) return;
    if (ann.engagement.UpdateTask(update).ok()) {
      theirs[update.task().name()][renames ? "title" : "assignee"] = text;
    }
  }

  // Of what stays as it was: as the bulk found it, with what was written beside it.
  static void Expect(const State& before, const State& theirs, const std::set<std::string>& refused,
                     const State& until, const State& after) {
    for (const auto& [name, fields] : before) {
      ASSERT_EQ(after.count(name), 1u) << name;
      for (const auto& [field, value] : fields) {
        const std::string& now = after.at(name).at(field);
        const auto written = theirs.find(name);
        if (refused.count(name) > 0) {
          EXPECT_EQ(now, until.at(name).at(field)) << name << " was refused, but " << field;
        } else if (written != theirs.end() && written->second.count(field) > 0) {
          EXPECT_EQ(now, written->second.at(field)) << name << " lost " << field;
        } else {
          EXPECT_EQ(now, value) << name << " did not come back: " << field;
        }
      }
    }
  }

  std::vector<std::string> opportunities_, tasks_;
};
INSTANTIATE_ON_EVERY_ENGINE(UndoPropertyTest);

TEST_P(UndoPropertyTest, WhatIsTakenBackIsAsItWasAndNothingOfOthersIsLost) {
  Clients ann = As("ann@example.com");
  int reverted = 0, refused_rows = 0;
  for (const uint32_t seed : kSeeds) {
    Random random(seed);
    Begin();
    for (int round = 0; round < kRounds && !HasFailure(); ++round) {
      SCOPED_TRACE(absl::StrCat("seed ", seed, ", round ", round));
      const State before = Here();
      const int64_t arr = customer().Arr(kLongAfter);
      const std::string bulk = DoInBulk(random);
      State theirs;
      for (int i = random.Below(kMostBeside + 1); i > 0; --i) DoBeside(random, ann, theirs);
      const State until = Here();
      const auto answer = api().history.RevertChanges(Undoing(bulk));
      // Perhaps none of its rows could be carried out.
      if (absl::IsNotFound(answer.status())) continue;
      const v1::RevertChangesResponse undone = Must(answer);
      std::set<std::string> refused;
      for (const Result& result : undone.results()) {
        if (result.has_error()) refused.insert(result.resource_name());
      }
      reverted += undone.reverted_count();
      refused_rows += undone.refused_count();
      Expect(before, theirs, refused, until, Here());
      if (refused.empty()) {
        EXPECT_EQ(customer().Arr(kLongAfter), arr);
      }
    }
  }
  EXPECT_GT(reverted, 20);
  EXPECT_GT(refused_rows, 2);
}

}  // namespace
}  // namespace perennial::conformance
