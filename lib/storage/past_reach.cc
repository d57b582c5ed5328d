// The reach report from the history: see reach.h.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "lib/domain/cadence.h"
#include "lib/storage/account_summary.h"
#include "lib/storage/past.h"
#include "lib/storage/reach.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

using v1::Account;
using v1::Opportunity;
using v1::Subscription;
using v1::Task;
using v1::Touch;

namespace {

constexpr size_t kAccountsAtOnce = 250;

template <class T>
absl::StatusOr<T> ParseAs(const PastResource& resource) {
  T message;
  if (message.ParseFromString(resource.data)) return message;
  return DataDamaged(resource.name);
}

// Gathers one account after the other from its opportunities, subscriptions, tasks and touches,
// which come in this order: that of their names.
class Gatherer {
 public:
  Gatherer(const ReachQuery& query, absl::Time as_of) : query_(query), as_of_(as_of) {}

  absl::Status Take(const PastResource& resource) {
    const absl::string_view account = AccountOf(resource.name);
    if (account != current_.account.name()) {
      Finish();
      current_.account.set_name(std::string(account));
    }
    if (resource.type == "Opportunity") return TakeOpportunity(resource);
    // Without a renewal that is due, nothing else of it matters.
    if (current_.due.empty()) return absl::OkStatus();
    if (resource.type == "Subscription") return TakeSubscription(resource);
    return resource.type == "Task" ? TakeTask(resource) : TakeTouch(resource);
  }

  // What was taken last is all there is of its account.
  void Finish() {
    if (!current_.due.empty()) {
      std::stable_sort(current_.touches.begin(), current_.touches.end(),
                       [](const ReachTouch& a, const ReachTouch& b) { return a.time < b.time; });
      gathered_.push_back(std::move(current_));
    }
    current_ = ReachAccount();
  }

  // Accounts that are complete.
  std::vector<ReachAccount>& gathered() { return gathered_; }

 private:
  absl::Status TakeOpportunity(const PastResource& resource) {
    ASSIGN_OR_RETURN(Opportunity opportunity, ParseAs<Opportunity>(resource));
    current_.cycles.push_back(CycleOf(opportunity, as_of_));
    const absl::CivilDay date = ToCivilDay(opportunity.renewal_date());
    if (date < query_.start || date > query_.end) return absl::OkStatus();
    // What a filter asks of the account is not known yet: see KeepMatching.
    if (!query_.filter.joins() && !query_.filter.Matches(opportunity)) return absl::OkStatus();
    current_.due.emplace_back().opportunity = std::move(opportunity);
    return absl::OkStatus();
  }

  absl::Status TakeSubscription(const PastResource& resource) {
    ASSIGN_OR_RETURN(const Subscription subscription, ParseAs<Subscription>(resource));
    for (DueRenewal& renewal : current_.due) {
      for (const std::string& name : renewal.opportunity.subscriptions()) {
        if (name == resource.name) renewal.products.push_back(subscription.product());
      }
    }
    return absl::OkStatus();
  }

  absl::Status TakeTask(const PastResource& resource) {
    ASSIGN_OR_RETURN(const Task task, ParseAs<Task>(resource));
    if (task.kind() != Task::CADENCE) return absl::OkStatus();
    for (DueRenewal& renewal : current_.due) {
      if (renewal.opportunity.name() != task.opportunity()) continue;
      renewal.steps.push_back({ToCivilDay(task.due_date()), task.state(), DayOf(task.done_time()),
                               task.state_reason() == kEndedByClosing});
    }
    return absl::OkStatus();
  }

  absl::Status TakeTouch(const PastResource& resource) {
    ASSIGN_OR_RETURN(const Touch touch, ParseAs<Touch>(resource));
    current_.touches.push_back(
        {ToTime(touch.touch_time()), touch.channel(), touch.direction(), touch.disposition()});
    return absl::OkStatus();
  }

  const ReachQuery& query_;
  const absl::Time as_of_;
  ReachAccount current_;
  std::vector<ReachAccount> gathered_;
};

// Fills in the accounts themselves.
absl::Status ReadAccounts(absl::Time as_of, sql::Connection& connection,
                          std::vector<ReachAccount>& accounts) {
  std::vector<std::string> names;
  absl::flat_hash_map<std::string, ReachAccount*> by_name;
  for (ReachAccount& account : accounts) {
    names.push_back(account.account.name());
    by_name[account.account.name()] = &account;
  }
  return SelectPast(names, as_of, connection, [&](const PastResource& resource) -> absl::Status {
    ASSIGN_OR_RETURN(by_name.at(resource.name)->account, ParseAs<Account>(resource));
    return absl::OkStatus();
  });
}

// Of an account that was read.
void KeepMatching(const Filter& filter, ReachAccount& account) {
  const auto fails = [&](DueRenewal& renewal) {
    SetSummary(account.account, renewal.opportunity);
    return !filter.Matches(renewal.opportunity);
  };
  account.due.erase(std::remove_if(account.due.begin(), account.due.end(), fails),
                    account.due.end());
}

}  // namespace

absl::Status ReadPastReach(const ReachQuery& query, absl::Time as_of, ReadTx& tx,
                           OnReachAccount on_account) {
  std::vector<std::string> types = {"Opportunity", "Task", "Touch"};
  if (query.slice_by == v1::PRODUCT) types.push_back("Subscription");
  PastScan scan(std::move(types), absl::StrCat(query.from_account, "/"), as_of);
  Gatherer gatherer(query, as_of);
  bool more = true;
  while (more) {
    ASSIGN_OR_RETURN(more, scan.Next(tx.connection(), [&](const PastResource& resource) {
      return gatherer.Take(resource);
    }));
    if (!more) gatherer.Finish();
    std::vector<ReachAccount>& accounts = gatherer.gathered();
    if (more && accounts.size() < kAccountsAtOnce) continue;
    if (query.with_accounts || IsOfAccount(query.slice_by) || !query.account_filter.empty() ||
        query.filter.joins()) {
      RETURN_IF_ERROR(ReadAccounts(as_of, tx.connection(), accounts));
    }
    for (ReachAccount& account : accounts) {
      if (!query.account_filter.Matches(account.account)) continue;
      if (query.filter.joins()) KeepMatching(query.filter, account);
      if (account.due.empty()) continue;
      ASSIGN_OR_RETURN(const bool go_on, on_account(account));
      if (!go_on) return absl::OkStatus();
    }
    accounts.clear();
  }
  return absl::OkStatus();
}

}  // namespace perennial
