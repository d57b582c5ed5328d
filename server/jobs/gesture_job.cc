#include "server/jobs/gesture_job.h"

#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/base/date.h"
#include "lib/domain/gestures.h"
#include "lib/domain/subscriptions.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"
#include "server/methods/standard.h"
#include "server/methods/system_call.h"
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

constexpr int kReadAtOnce = 200;
// Tasks made in one transaction, which holds up other writers.
constexpr size_t kProposedAtOnce = 25;
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

// Some accounts that a gesture may be due to, and where to go on behind them: empty at the end.
struct Candidates {
  Accounts accounts;
  std::string last;
};

absl::StatusOr<Candidates> InRenewal(const std::string& after, ReadTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Opportunity> open,
                   tx.Select<Opportunity>(
                       From<Opportunity>()
                           .Where("name", ">", after)
                           .Where("outcome", "=", Opportunity::Outcome_Name(Opportunity::OPEN))
                           .OrderBy("name")
                           .Limit(kReadAtOnce)));
  Candidates candidates;
  for (const Opportunity& opportunity : open) {
    candidates.accounts.insert(std::string(AccountOf(opportunity.name())));
  }
  if (open.size() == kReadAtOnce) candidates.last = open.back().name();
  return candidates;
}

absl::StatusOr<Candidates> Neglected(const std::string& after, ReadTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Account> accounts,
                   tx.Select<Account>(
                       From<Account>()
                           .Where("standing.state", "=",
                                  RelationshipStanding::State_Name(RelationshipStanding::NEGLECTED))
                           .Where("name", ">", after)
                           .OrderBy("name")
                           .Limit(kReadAtOnce)));
  Candidates candidates;
  for (const Account& account : accounts) candidates.accounts.insert(account.name());
  if (accounts.size() == kReadAtOnce) candidates.last = accounts.back().name();
  return candidates;
}

// Why something is given.
struct Occasion {
  const char* title;
  absl::StatusOr<Candidates> (*find)(const std::string& after, ReadTx& tx);
  // Of some accounts, those to give something to.
  absl::StatusOr<Accounts> (*choose)(const Accounts& accounts, ReadTx& tx);
};

constexpr Occasion kOccasions[] = {
    {"Give them something before asking again: thanks, news or advice", InRenewal, OnlyAsked},
    {"Nobody has spoken with them for long: thanks, news or advice, and no ask", Neglected,
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

absl::Status ProposeAll(const Occasion& occasion, const Call& call, Store& store) {
  Candidates candidates;
  do {
    const std::string after = candidates.last;
    Accounts chosen;
    // Apart from the writing, which holds up nobody while there is nothing to propose.
    RETURN_IF_ERROR(store.Read(call, [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(candidates, occasion.find(after, tx));
      ASSIGN_OR_RETURN(chosen, Choose(occasion, candidates.accounts, tx));
      return absl::OkStatus();
    }));
    while (!chosen.empty()) {
      const auto end = chosen.size() > kProposedAtOnce ? std::next(chosen.begin(), kProposedAtOnce)
                                                       : chosen.end();
      const Accounts some(chosen.begin(), end);
      RETURN_IF_ERROR(store.Apply(call, [&](WriteTx& tx) { return Propose(occasion, some, tx); }));
      chosen.erase(chosen.begin(), end);
    }
  } while (!candidates.last.empty());
  return absl::OkStatus();
}

}  // namespace

absl::Status RunGestureJob(Store& store, absl::Time deadline) {
  const Call call = SystemCall("GestureJob", deadline);
  for (const Occasion& occasion : kOccasions) {
    RETURN_IF_ERROR(ProposeAll(occasion, call, store));
  }
  return absl::OkStatus();
}

}  // namespace perennial
