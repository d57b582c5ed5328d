#include "lib/storage/reach.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "lib/domain/cadence.h"
#include "lib/storage/bind.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

using v1::Account;
using v1::Opportunity;
using v1::Subscription;
using v1::Task;
using v1::Touch;

namespace {

constexpr size_t kRenewalsAtOnce = 250;
// Engines bound the number of binds.
constexpr size_t kNamesAtOnce = 1000;

absl::Time StartOf(absl::CivilDay day) { return absl::FromCivil(day, absl::UTCTimeZone()); }

// An enum's value from its column.
template <class Enum>
Enum ParseEnum(absl::string_view name, bool (*parse)(const std::string&, Enum*)) {
  Enum value = static_cast<Enum>(0);
  parse(std::string(name), &value);
  return value;
}

// Those that have an account that the filter matches.
SqlCondition OfAccounts(const Filter& filter) {
  SqlCondition condition = filter.ToSql();
  if (condition.sql.empty()) return condition;
  condition.sql = absl::StrCat(
      "EXISTS (SELECT 1 FROM accounts WHERE accounts.name = opportunities.account AND (",
      condition.sql, "))");
  return condition;
}

// One batch of accounts and what is read of them, each kind with one query.
class Batch {
 public:
  Batch(const ReachQuery& query, ReadTx& tx) : query_(query), tx_(tx) {}

  // `renewals` are all that are due of their accounts, in the order of their names.
  absl::StatusOr<std::vector<ReachAccount>> Read(std::vector<Opportunity> renewals) {
    for (Opportunity& renewal : renewals) Add(std::move(renewal));
    RETURN_IF_ERROR(ReadCycles());
    RETURN_IF_ERROR(ReadTouches());
    RETURN_IF_ERROR(ReadSteps());
    if (query_.with_accounts || IsOfAccount(query_.slice_by)) RETURN_IF_ERROR(ReadAccounts());
    if (query_.slice_by == v1::PRODUCT) RETURN_IF_ERROR(ReadProducts());
    return std::move(accounts_);
  }

 private:
  void Add(Opportunity renewal) {
    const std::string account(AccountOf(renewal.name()));
    if (names_.empty() || names_.back() != account) {
      names_.push_back(account);
      by_name_[account] = accounts_.size();
      accounts_.emplace_back().account.set_name(account);
    }
    renewals_.push_back(renewal.name());
    by_renewal_[renewal.name()] = {accounts_.size() - 1, accounts_.back().due.size()};
    accounts_.back().due.emplace_back().opportunity = std::move(renewal);
  }

  ReachAccount& AccountNamed(absl::string_view name) { return accounts_[by_name_.at(name)]; }
  DueRenewal& RenewalNamed(absl::string_view name) {
    const auto [account, renewal] = by_renewal_.at(name);
    return accounts_[account].due[renewal];
  }

  absl::Status Select(absl::string_view columns, const Selection& selection,
                      absl::FunctionRef<absl::Status(const sql::Row&)> on_row) {
    return tx_.connection().Query(absl::StrCat("SELECT ", columns, selection.ToSql()),
                                  ToBinds(selection.binds()), on_row);
  }

  absl::Status ReadCycles() {
    return Select(
        "account, open_time, close_time", From<Opportunity>().WhereAnyOf("account", names_),
        [&](const sql::Row& row) {
          const int64_t close_time = row.Integer(2);
          AccountNamed(row.Text(0))
              .cycles.push_back({absl::FromUnixMicros(row.Integer(1)),
                                 close_time == 0 ? tx_.now() : absl::FromUnixMicros(close_time)});
          return absl::OkStatus();
        });
  }

  // While they can matter to one of the renewals.
  absl::Status ReadTouches() {
    absl::Time since = StartOf(query_.start - kTouchedWithinDays);
    absl::Time until = StartOf(query_.end + 1);
    for (const ReachAccount& account : accounts_) {
      for (const DueRenewal& renewal : account.due) {
        const Cycle cycle = CycleOf(renewal.opportunity, tx_.now());
        since = std::min(since, cycle.begin);
        until = std::max(until, cycle.end);
      }
    }
    return Select("account, touch_time, channel, direction, disposition",
                  From<Touch>()
                      .WhereAnyOf("account", names_)
                      .Where("touch_time", ">=", since)
                      .Where("touch_time", "<=", until)
                      .OrderBy("account, touch_time"),
                  [&](const sql::Row& row) {
                    AccountNamed(row.Text(0))
                        .touches.push_back({absl::FromUnixMicros(row.Integer(1)),
                                            ParseEnum(row.Text(2), v1::Channel_Parse),
                                            ParseEnum(row.Text(3), Touch::Direction_Parse),
                                            ParseEnum(row.Text(4), Touch::Disposition_Parse)});
                    return absl::OkStatus();
                  });
  }

  absl::Status ReadSteps() {
    return Select("opportunity, due_date, state, done_time, state_reason",
                  From<Task>()
                      .WhereAnyOf("opportunity", renewals_)
                      .Where("kind", "=", Task::Kind_Name(Task::CADENCE)),
                  [&](const sql::Row& row) -> absl::Status {
                    std::vector<ReachStep>& steps = RenewalNamed(row.Text(0)).steps;
                    ASSIGN_OR_RETURN(const v1::Date due, ParseDate(row.Text(1)));
                    const absl::Time done = absl::FromUnixMicros(row.Integer(3));
                    steps.push_back({ToCivilDay(due), ParseEnum(row.Text(2), Task::State_Parse),
                                     absl::ToCivilDay(done, absl::UTCTimeZone()),
                                     row.Text(4) == kEndedByClosing});
                    return absl::OkStatus();
                  });
  }

  absl::Status ReadAccounts() {
    ASSIGN_OR_RETURN(const std::vector<Account> accounts,
                     tx_.Select<Account>(From<Account>().WhereAnyOf("name", names_)));
    for (const Account& account : accounts) AccountNamed(account.name()).account = account;
    return absl::OkStatus();
  }

  absl::Status ReadProducts() {
    absl::flat_hash_map<std::string, std::vector<DueRenewal*>> renewals;
    std::vector<std::string> names;
    for (ReachAccount& account : accounts_) {
      for (DueRenewal& renewal : account.due) {
        for (const std::string& name : renewal.opportunity.subscriptions()) {
          names.push_back(name);
          renewals[name].push_back(&renewal);
        }
      }
    }
    for (size_t begin = 0; begin < names.size(); begin += kNamesAtOnce) {
      const size_t end = std::min(names.size(), begin + kNamesAtOnce);
      RETURN_IF_ERROR(Select(
          "name, product",
          From<Subscription>().WhereAnyOf("name", {names.begin() + begin, names.begin() + end}),
          [&](const sql::Row& row) {
            const auto& of = renewals.at(row.Text(0));
            const std::string product(row.Text(1));
            for (DueRenewal* renewal : of) renewal->products.push_back(product);
            return absl::OkStatus();
          }));
    }
    return absl::OkStatus();
  }

  const ReachQuery& query_;
  ReadTx& tx_;
  std::vector<ReachAccount> accounts_;
  std::vector<std::string> names_;     // of the accounts
  std::vector<std::string> renewals_;  // their names
  absl::flat_hash_map<std::string, size_t> by_name_;
  absl::flat_hash_map<std::string, std::pair<size_t, size_t>> by_renewal_;
};

Selection WhatIsDue(const ReachQuery& query) {
  return From<Opportunity>()
      .Where("renewal_date", ">=", query.start)
      .Where("renewal_date", "<=", query.end)
      .Matching(query.filter)
      .Matching(OfAccounts(query.account_filter));
}

// The next ones after a name, and then all of the last account.
absl::StatusOr<std::vector<Opportunity>> NextRenewals(const ReachQuery& query,
                                                      const std::string& after, ReadTx& tx) {
  ASSIGN_OR_RETURN(
      std::vector<Opportunity> renewals,
      tx.Select<Opportunity>(WhatIsDue(query).Where("name", ">", after).Limit(kRenewalsAtOnce)));
  if (renewals.size() < kRenewalsAtOnce) return renewals;
  const std::string last = renewals.back().name();
  ASSIGN_OR_RETURN(
      std::vector<Opportunity> rest,
      tx.Select<Opportunity>(
          WhatIsDue(query).Under(AccountOf(last)).Where("name", ">", last).OrderBy("name")));
  std::move(rest.begin(), rest.end(), std::back_inserter(renewals));
  return renewals;
}

}  // namespace

absl::Status ReadReach(const ReachQuery& query, ReadTx& tx, OnReachAccount on_account) {
  std::string after = absl::StrCat(query.from_account, "/");
  while (true) {
    ASSIGN_OR_RETURN(std::vector<Opportunity> renewals, NextRenewals(query, after, tx));
    if (renewals.empty()) return absl::OkStatus();
    after = renewals.back().name();
    const bool more = renewals.size() >= kRenewalsAtOnce;
    ASSIGN_OR_RETURN(const std::vector<ReachAccount> accounts,
                     Batch(query, tx).Read(std::move(renewals)));
    for (const ReachAccount& account : accounts) {
      ASSIGN_OR_RETURN(const bool go_on, on_account(account));
      if (!go_on) return absl::OkStatus();
    }
    if (!more) return absl::OkStatus();
  }
}

}  // namespace perennial
