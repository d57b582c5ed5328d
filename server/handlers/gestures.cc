#include "server/handlers/gestures.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/base/date.h"
#include "lib/domain/gestures.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/handlers/standard.h"
#include "server/handlers/tasks.h"

namespace perennial {

using v1::Opportunity;
using v1::Task;
using v1::Touch;

namespace {

constexpr int kRenewalsAtOnce = 200;
constexpr absl::Duration kLedger = absl::Hours(24 * 365);
constexpr absl::Duration kNotAgainWithin = absl::Hours(24 * 30);
constexpr int kDueDays = 3;

// Those that were only asked, and for which nobody was to give something lately.
absl::StatusOr<std::set<std::string>> AccountsToGiveTo(const std::vector<std::string>& accounts,
                                                       ReadTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Touch> touches,
                   tx.Select<Touch>(From<Touch>()
                                        .WhereAnyOf("account", accounts)
                                        .Where("touch_time", ">=", tx.now() - kLedger)
                                        .WhereAnyOf("intent", {Touch::Intent_Name(Touch::ASK),
                                                               Touch::Intent_Name(Touch::GIVE)})));
  std::map<std::string, std::vector<Touch>> ledgers;
  for (const Touch& touch : touches) {
    ledgers[std::string(AccountOf(touch.name()))].push_back(touch);
  }
  std::set<std::string> owed;
  for (const auto& [account, ledger] : ledgers) {
    if (OwesAGift(ledger)) owed.insert(account);
  }
  if (owed.empty()) return owed;
  ASSIGN_OR_RETURN(const std::vector<Task> tasks,
                   tx.Select<Task>(From<Task>()
                                       .WhereAnyOf("account", {owed.begin(), owed.end()})
                                       .Where("kind", "=", Task::Kind_Name(Task::GIVE))));
  for (const Task& task : tasks) {
    const bool lately = ToTime(task.create_time()) >= tx.now() - kNotAgainWithin;
    if (lately || task.state() == Task::OPEN) owed.erase(std::string(AccountOf(task.name())));
  }
  return owed;
}

struct Look {
  std::set<std::string> owed;
  // The last renewal that was looked at; empty where that was the last one.
  std::string last;
};

absl::StatusOr<Look> LookAtSome(const std::string& after, ReadTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Opportunity> open,
                   tx.Select<Opportunity>(
                       From<Opportunity>()
                           .Where("name", ">", after)
                           .Where("outcome", "=", Opportunity::Outcome_Name(Opportunity::OPEN))
                           .OrderBy("name")
                           .Limit(kRenewalsAtOnce)));
  std::set<std::string> accounts;
  for (const Opportunity& opportunity : open) {
    accounts.insert(std::string(AccountOf(opportunity.name())));
  }
  Look look;
  if (accounts.empty()) return look;
  ASSIGN_OR_RETURN(look.owed, AccountsToGiveTo({accounts.begin(), accounts.end()}, tx));
  if (open.size() == kRenewalsAtOnce) look.last = open.back().name();
  return look;
}

absl::Status Propose(const std::set<std::string>& accounts, WriteTx& tx) {
  // Looked at again: somebody may have given something since.
  ASSIGN_OR_RETURN(const std::set<std::string> owed,
                   AccountsToGiveTo({accounts.begin(), accounts.end()}, tx));
  for (const std::string& account : owed) {
    Task task;
    task.set_kind(Task::GIVE);
    task.set_intent(Touch::GIVE);
    task.set_title("Give them something before asking again: thanks, news or advice");
    RETURN_IF_ERROR(AddTask(std::move(task), account, kDueDays, tx));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunGestureJob(Store& store, absl::Time deadline) {
  Call call;
  call.actor = kSystemActor;
  call.role = v1::ADMIN;
  call.method = "GestureJob";
  call.deadline = deadline;
  Look look;
  do {
    const std::string after = look.last;
    // Apart from the writing, which holds up nobody while there is nothing to propose.
    RETURN_IF_ERROR(store.Read(call, [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(look, LookAtSome(after, tx));
      return absl::OkStatus();
    }));
    if (look.owed.empty()) continue;
    RETURN_IF_ERROR(store.Apply(call, [&](WriteTx& tx) { return Propose(look.owed, tx); }));
  } while (!look.last.empty());
  return absl::OkStatus();
}

}  // namespace perennial
