#include "server/workflows/undo/groups.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "lib/api/resource_name.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/expansion_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

using google::protobuf::Message;
using v1::Change;
using v1::Opportunity;
using v1::Subscription;
using v1::Task;

namespace {

// A renewal that comes, goes, is closed or opened again takes its tasks along.
bool TakesTasks(const Reversal& reversal) {
  return reversal.type == Opportunity::descriptor() &&
         (reversal.operation != Change::UPDATED || TakesOutcome(reversal));
}

void AddNamesIn(const Subscription& subscription, const Reversal& reversal,
                std::set<std::string>& names) {
  if (reversal.operation != Change::UPDATED || reversal.Takes("open_opportunity")) {
    names.insert(subscription.open_opportunity());
  }
  if (reversal.operation != Change::UPDATED || reversal.Takes("state")) {
    names.insert(subscription.renews());
    names.insert(subscription.renewed_by());
  }
}

// The resources that it belongs together with, where those are taken back as well.
std::set<std::string> NamesOf(const Reversal& reversal, const std::set<std::string>& with_tasks) {
  std::set<std::string> names = {reversal.name};
  for (const Message* state : {reversal.before.get(), reversal.now.get()}) {
    if (state == nullptr) continue;
    if (reversal.type == Subscription::descriptor()) {
      AddNamesIn(static_cast<const Subscription&>(*state), reversal, names);
    } else if (reversal.type == Opportunity::descriptor()) {
      const auto& created = static_cast<const Opportunity&>(*state).created_subscriptions();
      if (TakesOutcome(reversal)) names.insert(created.begin(), created.end());
    } else if (reversal.type == Task::descriptor()) {
      const std::string& opportunity = static_cast<const Task&>(*state).opportunity();
      if (with_tasks.count(opportunity) > 0) names.insert(opportunity);
    } else if (reversal.type == v1::Offer::descriptor() ||
               reversal.type == v1::Proposal::descriptor() ||
               reversal.type == v1::StageTransition::descriptor()) {
      names.insert(std::string(ParentOf(reversal.name)));
    }
  }
  names.erase("");
  return names;
}

// Which of them are one.
class Union {
 public:
  explicit Union(size_t size) : first_(size) {
    for (size_t i = 0; i < size; ++i) first_[i] = i;
  }
  size_t First(size_t i) {
    while (first_[i] != i) i = first_[i] = first_[first_[i]];
    return i;
  }
  void Join(size_t a, size_t b) {
    a = First(a);
    b = First(b);
    first_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<size_t> first_;
};

}  // namespace

std::vector<ReversalGroup> GroupReversals(std::vector<Reversal>& reversals) {
  std::set<std::string> with_tasks;
  for (const Reversal& reversal : reversals) {
    if (TakesTasks(reversal)) with_tasks.insert(reversal.name);
  }
  Union one(reversals.size());
  std::map<std::string, size_t> named;
  for (size_t i = 0; i < reversals.size(); ++i) {
    if (reversals[i].operation == Change::OPERATION_UNSPECIFIED) continue;
    for (const std::string& name : NamesOf(reversals[i], with_tasks)) {
      const auto [first, is_new] = named.emplace(name, i);
      if (!is_new) one.Join(i, first->second);
    }
  }
  std::vector<ReversalGroup> groups;
  std::map<size_t, size_t> group_of;
  for (size_t i = 0; i < reversals.size(); ++i) {
    if (reversals[i].operation == Change::OPERATION_UNSPECIFIED) continue;
    const auto [group, is_new] = group_of.emplace(one.First(i), groups.size());
    if (is_new) groups.emplace_back();
    groups[group->second].push_back(&reversals[i]);
  }
  return groups;
}

}  // namespace perennial
