#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/divisions.h"

namespace perennial {

using v1::Account;
using v1::Opportunity;
using v1::Task;

namespace {

constexpr int kMostHandedOver = 10'000;
constexpr int kMostNamed = 1000;

// What is selected and of one of the accounts; of any where there are none.
template <class T>
absl::StatusOr<std::vector<T>> Owned(Selection selection, const std::set<std::string>& accounts,
                                     ReadTx& tx) {
  ASSIGN_OR_RETURN(std::vector<T> all, tx.Select<T>(selection.Limit(kMostHandedOver + 1)));
  if (all.size() > kMostHandedOver) {
    return InvalidField("account", absl::StrCat("must be given: ", kMostHandedOver,
                                                " resources of a type are handed over at most"));
  }
  if (accounts.empty()) return all;
  std::vector<T> owned;
  for (T& resource : all) {
    if (accounts.count(std::string(OwnAccount(resource.name()))) == 0) continue;
    owned.push_back(std::move(resource));
  }
  return owned;
}

// Those that may still be done.
absl::StatusOr<std::vector<Task>> TasksOf(const std::string& assignee,
                                          const std::set<std::string>& accounts, ReadTx& tx) {
  std::vector<Task> tasks;
  // One state at a time: in the order of the index.
  for (const Task::State state : {Task::OPEN, Task::MISSED, Task::NOT_EXPECTED}) {
    ASSIGN_OR_RETURN(std::vector<Task> some,
                     Owned<Task>(From<Task>()
                                     .Where("assignee", "=", assignee)
                                     .Where("state", "=", Task::State_Name(state))
                                     .OrderBy("due_date"),
                                 accounts, tx));
    std::move(some.begin(), some.end(), std::back_inserter(tasks));
  }
  return tasks;
}

void SetOwner(const std::string& owner, Task& task) { task.set_assignee(owner); }
template <class T>
void SetOwner(const std::string& owner, T& resource) {
  resource.set_owner(owner);
}

// Answers how many there were.
template <class T>
absl::StatusOr<int64_t> Give(std::vector<T> resources, const std::string& owner, WriteTx& tx,
                             google::protobuf::RepeatedPtrField<std::string>& names) {
  for (T& resource : resources) {
    if (names.size() < kMostNamed) names.Add(std::string(resource.name()));
    SetOwner(owner, resource);
    RETURN_IF_ERROR(tx.Update(std::move(resource)).status());
  }
  return static_cast<int64_t>(resources.size());
}

template <class T>
void AddNames(const std::vector<T>& resources, std::vector<std::string>& names) {
  for (const T& resource : resources) names.push_back(resource.name());
}

absl::StatusOr<v1::HandOverResponse> HandOver(const v1::HandOverRequest& request, WriteTx& tx) {
  const std::string& from = request.from_owner();
  if (from == request.to_owner()) return InvalidField("to_owner", "must be somebody else");
  std::set<std::string> tree;
  if (!request.account().empty()) {
    ASSIGN_OR_RETURN(tree, AccountsBelow(request.account(), tx));
  }
  ASSIGN_OR_RETURN(std::vector<Account> accounts,
                   Owned<Account>(From<Account>().Where("owner", "=", from), tree, tx));
  ASSIGN_OR_RETURN(
      std::vector<Opportunity> opportunities,
      Owned<Opportunity>(From<Opportunity>()
                             .Where("owner", "=", from)
                             .Where("outcome", "=", Opportunity::Outcome_Name(Opportunity::OPEN)),
                         tree, tx));
  ASSIGN_OR_RETURN(std::vector<Task> tasks, TasksOf(from, tree, tx));
  std::vector<std::string> all;
  AddNames(accounts, all);
  AddNames(opportunities, all);
  AddNames(tasks, all);
  RETURN_IF_ERROR(tx.HoldAccountsOf(all));
  v1::HandOverResponse response;
  const auto give = [&](auto resources, auto& names) {
    return Give(std::move(resources), request.to_owner(), tx, names);
  };
  ASSIGN_OR_RETURN(const int64_t account_count,
                   give(std::move(accounts), *response.mutable_accounts()));
  ASSIGN_OR_RETURN(const int64_t opportunity_count,
                   give(std::move(opportunities), *response.mutable_opportunities()));
  ASSIGN_OR_RETURN(const int64_t task_count, give(std::move(tasks), *response.mutable_tasks()));
  response.set_account_count(account_count);
  response.set_opportunity_count(opportunity_count);
  response.set_task_count(task_count);
  return response;
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("AccountService.HandOver", HandOver);
});

}  // namespace
}  // namespace perennial
