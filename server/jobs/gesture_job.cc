#include "server/jobs/gesture_job.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/domain/gestures.h"
#include "lib/domain/subscriptions.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"
#include "server/jobs/account_sweep.h"
#include "server/workflows/playbooks.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Account;
using v1::Opportunity;
using v1::RelationshipStanding;
using v1::Subscription;
using v1::Task;
using v1::Touch;

namespace {

constexpr absl::Duration kLedger = absl::Hours(24 * 365);
constexpr absl::Duration kNotAgainWithin = absl::Hours(24 * 30);
constexpr int kDueDays = 3;
constexpr int64_t kMicros = 1'000'000;

using Accounts = std::set<std::string>;

std::vector<std::string> ToVector(const Accounts& accounts) {
  return {accounts.begin(), accounts.end()};
}

// Those for whom nobody is to give something yet, and nobody was lately.
absl::StatusOr<Accounts> WithoutGesture(Accounts accounts, ReadTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Task> tasks,
                   tx.Select<Task>(From<Task>()
                                       .WhereAnyOf("account", ToVector(accounts))
                                       .Where("kind", "=", Task::Kind_Name(Task::GIVE))));
  for (const Task& task : tasks) {
    const bool lately = ToTime(task.create_time()) >= tx.now() - kNotAgainWithin;
    if (lately || task.state() == Task::OPEN) accounts.erase(std::string(AccountOf(task.name())));
  }
  return accounts;
}

// Of these, the ones that were only asked.
absl::StatusOr<Accounts> OnlyAsked(const Accounts& accounts, ReadTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Touch> touches,
                   tx.Select<Touch>(From<Touch>()
                                        .WhereAnyOf("account", ToVector(accounts))
                                        .Where("touch_time", ">=", tx.now() - kLedger)
                                        .WhereAnyOf("intent", {Touch::Intent_Name(Touch::ASK),
                                                               Touch::Intent_Name(Touch::GIVE)})));
  std::map<std::string, std::vector<Touch>> ledgers;
  for (const Touch& touch : touches) {
    ledgers[std::string(AccountOf(touch.name()))].push_back(touch);
  }
  Accounts asked;
  for (const auto& [account, ledger] : ledgers) {
    if (OwesAGift(ledger)) asked.insert(account);
  }
  return asked;
}

// Of these, the ones that are neglected although what they pay is valued.
absl::StatusOr<Accounts> ValuedAndNeglected(const Accounts& accounts, ReadTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Account> neglected,
                   tx.Select<Account>(From<Account>()
                                          .WhereAnyOf("name", ToVector(accounts))
                                          .Where("standing.state", "=",
                                                 RelationshipStanding::State_Name(
                                                     RelationshipStanding::NEGLECTED))));
  ASSIGN_OR_RETURN(
      const std::vector<Subscription> subscriptions,
      tx.Select<Subscription>(From<Subscription>().WhereAnyOf("account", ToVector(accounts))));
  std::map<std::string, std::map<std::string, int64_t>> arr;  // by account and currency
  for (const Subscription& subscription : subscriptions) {
    if (!IsInForce(subscription)) continue;
    arr[std::string(AccountOf(subscription.name()))][subscription.arr().currency_code()] +=
        subscription.arr().micros();
  }
  ASSIGN_OR_RETURN(const PlaybookChooser playbooks, LoadPlaybooks(tx));
  Accounts valued;
  for (const Account& account : neglected) {
    const int64_t limit = ValuedArr(playbooks.For(account)) * kMicros;
    for (const auto& [currency, micros] : arr[account.name()]) {
      if (micros >= limit) valued.insert(account.name());
    }
  }
  return valued;
}

Selection InRenewal() {
  return From<Opportunity>().Where("outcome", "=", Opportunity::Outcome_Name(Opportunity::OPEN));
}

Selection Neglected() {
  return From<Account>().Where("standing.state", "=",
                               RelationshipStanding::State_Name(RelationshipStanding::NEGLECTED));
}

// Why something is given.
struct Occasion {
  const char* title;
  // Whom it may be due to, and the field by which they are worked through.
  Selection (*candidates)();
  const char* order_by;
  // Of some accounts, those to give something to.
  absl::StatusOr<Accounts> (*choose)(const Accounts& accounts, ReadTx& tx);
};

constexpr Occasion kOccasions[] = {
    {"Give them something before asking again: thanks, news or advice", InRenewal, "", OnlyAsked},
    {"Nobody has spoken with them for long: thanks, news or advice, and no ask", Neglected, "",
     ValuedAndNeglected},
};

absl::StatusOr<Accounts> Choose(const Occasion& occasion, const Accounts& accounts, ReadTx& tx) {
  ASSIGN_OR_RETURN(Accounts chosen, occasion.choose(accounts, tx));
  return WithoutGesture(std::move(chosen), tx);
}

absl::Status Propose(const Occasion& occasion, const Accounts& accounts, WriteTx& tx) {
  // Looked at again: somebody may have given something since.
  ASSIGN_OR_RETURN(const Accounts chosen, Choose(occasion, accounts, tx));
  for (const std::string& account : chosen) {
    Task task;
    task.set_kind(Task::GIVE);
    task.set_intent(Touch::GIVE);
    task.set_title(occasion.title);
    RETURN_IF_ERROR(AddTask(std::move(task), account, kDueDays, tx));
  }
  return absl::OkStatus();
}

AccountSweep SweepFor(const Occasion& occasion) {
  AccountSweep sweep;
  sweep.select = [&](ReadTx&) { return occasion.candidates(); };
  sweep.order_by = occasion.order_by;
  sweep.choose = [&](const AccountSweep::Accounts& accounts,
                     ReadTx& tx) -> absl::StatusOr<AccountSweep::Accounts> {
    ASSIGN_OR_RETURN(const Accounts chosen,
                     Choose(occasion, {accounts.begin(), accounts.end()}, tx));
    return ToVector(chosen);
  };
  sweep.work = [&](const AccountSweep::Accounts& accounts, WriteTx& tx) {
    return Propose(occasion, {accounts.begin(), accounts.end()}, tx);
  };
  return sweep;
}

}  // namespace

absl::Status RunGestureJob(Store& store, const RunLimit& limit) {
  const Call call = SystemCall("GestureJob", limit);
  for (const Occasion& occasion : kOccasions) {
    RETURN_IF_ERROR(RunSweep(SweepFor(occasion), call, store));
  }
  return absl::OkStatus();
}

}  // namespace perennial
