#include "server/jobs/relationship_review.h"

#include <map>
#include <utility>
#include <vector>

#include "lib/api/resource_name.h"
#include "lib/domain/relationship.h"
#include "server/jobs/account_sweep.h"
#include "server/workflows/playbooks.h"

namespace perennial {

using v1::Account;
using v1::Opportunity;

namespace {

absl::Status AssessAnew(const AccountSweep::Accounts& accounts, WriteTx& tx) {
  for (const std::string& account : accounts) tx.Unsettle(account);
  return absl::OkStatus();
}

// The playbooks that the open renewals of each of these accounts follow.
absl::StatusOr<std::map<std::string, std::vector<std::string>>> FollowedBy(
    const AccountSweep::Accounts& names, ReadTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Opportunity> renewals,
                   tx.Select<Opportunity>(From<Opportunity>().WhereAnyOf("account", names)));
  std::map<std::string, std::vector<std::string>> followed;
  for (const Opportunity& renewal : renewals) {
    if (renewal.outcome() != Opportunity::OPEN) continue;
    followed[std::string(AccountOf(renewal.name()))].push_back(renewal.playbook());
  }
  return followed;
}

// Those that were not assessed by the rules and limits of now.
absl::StatusOr<AccountSweep::Accounts> Outdated(const AccountSweep::Accounts& names, ReadTx& tx) {
  ASSIGN_OR_RETURN(const PlaybookChooser playbooks, LoadPlaybooks(tx));
  ASSIGN_OR_RETURN(const std::vector<Account> accounts,
                   tx.Select<Account>(From<Account>().WhereAnyOf("name", names)));
  ASSIGN_OR_RETURN(auto followed, FollowedBy(names, tx));
  AccountSweep::Accounts outdated;
  for (const Account& account : accounts) {
    const std::string version = PolicyVersion(account, followed[account.name()], playbooks);
    if (account.standing().policy_version() != version) outdated.push_back(account.name());
  }
  return outdated;
}

}  // namespace

absl::Status RelationshipReview::Run(const RunLimit& limit) {
  const Call call = SystemCall("RelationshipReview", limit);
  RETURN_IF_ERROR(ReviewDue(call));
  return ReviewChangedPolicies(call);
}

absl::Status RelationshipReview::ReviewDue(const Call& call) {
  AccountSweep sweep;
  sweep.select = [](ReadTx& tx) {
    return From<Account>().Where("standing.review_date", "<=", tx.today());
  };
  sweep.order_by = "standing.review_date";
  sweep.work = AssessAnew;
  return RunSweep(sweep, call, store_);
}

absl::Status RelationshipReview::ReviewChangedPolicies(const Call& call) {
  absl::MutexLock lock(&mutex_);
  std::string current;
  RETURN_IF_ERROR(store_.Read(call, [&](ReadTx& tx) -> absl::Status {
    current.clear();
    return tx.SelectData(From<v1::Playbook>().OrderBy("name"), [&](absl::string_view data) {
      current.append(data.data(), data.size());
      return absl::OkStatus();
    });
  }));
  if (current == assessed_by_) return absl::OkStatus();
  AccountSweep sweep;
  sweep.select = [](ReadTx&) { return From<Account>(); };
  sweep.choose = Outdated;
  sweep.work = AssessAnew;
  bool all = true;
  sweep.on_passed_over = [&](const std::string&, const absl::Status&) { all = false; };
  RETURN_IF_ERROR(RunSweep(sweep, call, store_));
  // Those that were passed over are tried again in the next run.
  if (all) assessed_by_ = std::move(current);
  return absl::OkStatus();
}

}  // namespace perennial
