#include "server/jobs/relationship_review.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "lib/api/resource_name.h"
#include "lib/domain/relationship.h"
#include "server/methods/system_call.h"
#include "server/workflows/playbooks.h"

namespace perennial {

using v1::Account;
using v1::Opportunity;

namespace {

// Accounts looked at with one query, and assessed in one transaction, which holds up other writers.
constexpr int kReadAtOnce = 500;
constexpr size_t kWrittenAtOnce = 25;

absl::Status AssessInSteps(const std::vector<std::string>& accounts, const Call& call,
                           Store& store) {
  for (size_t begin = 0; begin < accounts.size(); begin += kWrittenAtOnce) {
    const size_t end = std::min(accounts.size(), begin + kWrittenAtOnce);
    RETURN_IF_ERROR(store.Apply(call, [&](WriteTx& tx) {
      for (size_t i = begin; i < end; ++i) tx.Unsettle(accounts[i]);
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> AccountsDue(ReadTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Account> accounts,
                   tx.Select<Account>(From<Account>()
                                          .Where("standing.review_date", "<=", tx.today())
                                          .OrderBy("standing.review_date")
                                          .Limit(kReadAtOnce)));
  std::vector<std::string> names;
  for (const Account& account : accounts) names.push_back(account.name());
  return names;
}

// The playbooks that the open renewals of each of these accounts follow.
absl::StatusOr<std::map<std::string, std::vector<std::string>>> FollowedBy(
    const std::vector<Account>& accounts, ReadTx& tx) {
  std::vector<std::string> names;
  for (const Account& account : accounts) names.push_back(account.name());
  ASSIGN_OR_RETURN(const std::vector<Opportunity> renewals,
                   tx.Select<Opportunity>(From<Opportunity>().WhereAnyOf("account", names)));
  std::map<std::string, std::vector<std::string>> followed;
  for (const Opportunity& renewal : renewals) {
    if (renewal.outcome() != Opportunity::OPEN) continue;
    followed[std::string(AccountOf(renewal.name()))].push_back(renewal.playbook());
  }
  return followed;
}

struct PolicyScan {
  std::vector<std::string> outdated;
  // The last account that was looked at; empty where that was the last one.
  std::string last;
};

absl::StatusOr<PolicyScan> ScanPolicies(const std::string& after, ReadTx& tx) {
  PolicyScan scan;
  ASSIGN_OR_RETURN(const PlaybookChooser playbooks, LoadPlaybooks(tx));
  ASSIGN_OR_RETURN(
      const std::vector<Account> accounts,
      tx.Select<Account>(From<Account>().Where("name", ">", after).OrderBy("").Limit(kReadAtOnce)));
  if (accounts.empty()) return scan;
  ASSIGN_OR_RETURN(const auto followed, FollowedBy(accounts, tx));
  for (const Account& account : accounts) {
    const auto playbooks_of = followed.find(account.name());
    const std::string version = PolicyVersion(
        account, playbooks_of == followed.end() ? std::vector<std::string>() : playbooks_of->second,
        playbooks);
    if (account.standing().policy_version() != version) scan.outdated.push_back(account.name());
  }
  if (accounts.size() == static_cast<size_t>(kReadAtOnce)) scan.last = accounts.back().name();
  return scan;
}

}  // namespace

absl::Status RelationshipReview::Run(absl::Time deadline) {
  const Call call = SystemCall("RelationshipReview", deadline);
  RETURN_IF_ERROR(ReviewDue(call));
  return ReviewChangedPolicies(call);
}

absl::Status RelationshipReview::ReviewDue(const Call& call) {
  std::vector<std::string> due;
  do {
    RETURN_IF_ERROR(store_.Read(call, [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(due, AccountsDue(tx));
      return absl::OkStatus();
    }));
    RETURN_IF_ERROR(AssessInSteps(due, call, store_));
  } while (due.size() == static_cast<size_t>(kReadAtOnce));
  return absl::OkStatus();
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
  PolicyScan scan;
  do {
    const std::string after = scan.last;
    RETURN_IF_ERROR(store_.Read(call, [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(scan, ScanPolicies(after, tx));
      return absl::OkStatus();
    }));
    RETURN_IF_ERROR(AssessInSteps(scan.outdated, call, store_));
  } while (!scan.last.empty());
  assessed_by_ = std::move(current);
  return absl::OkStatus();
}

}  // namespace perennial
