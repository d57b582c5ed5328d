#include "server/workflows/renewals.h"

#include <cstdlib>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/domain/subscriptions.h"
#include "server/workflows/automatic_closing.h"
#include "server/workflows/opportunity_writes.h"
#include "server/workflows/playbooks.h"

namespace perennial {

using v1::Account;
using v1::Opportunity;
using v1::Subscription;

namespace {

using ByAccount = std::map<std::string, std::vector<Subscription>>;

ByAccount GroupByAccount(std::vector<Subscription> subscriptions) {
  ByAccount groups;
  for (Subscription& subscription : subscriptions) {
    groups[std::string(AccountOf(subscription.name()))].push_back(std::move(subscription));
  }
  return groups;
}

absl::StatusOr<std::map<std::string, Account>> AccountsOf(const ByAccount& groups, ReadTx& tx) {
  std::vector<std::string> names;
  for (const auto& [name, subscriptions] : groups) names.push_back(name);
  ASSIGN_OR_RETURN(const std::vector<Account> accounts, tx.GetAll<Account>(names));
  std::map<std::string, Account> by_name;
  for (const Account& account : accounts) by_name[account.name()] = account;
  return by_name;
}

}  // namespace

const std::vector<std::string>& StatesInForce() {
  static const auto& states =
      *new std::vector<std::string>{Subscription::State_Name(Subscription::ACTIVE),
                                    Subscription::State_Name(Subscription::PAST_DUE)};
  return states;
}

Selection MaybeUncovered(const PlaybookChooser& playbooks, absl::CivilDay today) {
  return From<Subscription>()
      .Where("open_opportunity", "=", "")
      .Where("exclusion_reason", "=", "")
      .Where("term_end_date", "<=", today + playbooks.longest_lead_days());
}

absl::StatusOr<std::vector<Subscription>> Uncovered(std::vector<Subscription> candidates,
                                                    const PlaybookChooser& playbooks, ReadTx& tx) {
  ASSIGN_OR_RETURN(const auto accounts, AccountsOf(GroupByAccount(candidates), tx));
  std::vector<Subscription> uncovered;
  for (Subscription& candidate : candidates) {
    const Account& account = accounts.at(std::string(AccountOf(candidate.name())));
    if (IsUncovered(candidate, playbooks.For(account), tx.today())) {
      uncovered.push_back(std::move(candidate));
    }
  }
  return uncovered;
}

namespace {

std::string ExclusionNote(const Subscription& subscription, const v1::Playbook& playbook,
                          Subscription::ExclusionReason reason) {
  if (reason == Subscription::TRIAL) return "The end of a trial is a first sale, not a renewal";
  return absl::StrCat("Terms of ", subscription.term_months(),
                      subscription.term_months() == 1 ? " month are" : " months are",
                      " shorter than the lead time of ", LeadDays(playbook), " days of ",
                      playbook.name());
}

// Puts the uncovered subscriptions of one account up for renewal.
class AccountOpener {
 public:
  AccountOpener(const Account& account, const v1::Playbook& playbook, WriteTx& tx,
                v1::OpenDueOpportunitiesResponse& counts)
      : account_(account), playbook_(playbook), tx_(tx), counts_(counts) {}

  absl::Status Run(std::vector<Subscription> subscriptions) {
    std::vector<Subscription> renewable;
    for (Subscription& subscription : subscriptions) {
      if (!IsUncovered(subscription, playbook_, tx_.today())) continue;
      const auto reason = ExclusionFor(subscription, playbook_);
      if (reason == Subscription::EXCLUSION_REASON_UNSPECIFIED) {
        renewable.push_back(std::move(subscription));
      } else {
        RETURN_IF_ERROR(Exclude(std::move(subscription), reason));
      }
    }
    if (renewable.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(renewable, JoinOpen(std::move(renewable)));
    for (std::vector<Subscription>& bundle : Bundle(std::move(renewable), BundleDays(playbook_))) {
      Opportunity draft;
      draft.set_name(tx_.NewName<Opportunity>(account_.name(), ""));
      RETURN_IF_ERROR(
          OpenOpportunity(std::move(draft), std::move(bundle), account_, playbook_, tx_).status());
      counts_.set_opened_count(counts_.opened_count() + 1);
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Exclude(Subscription subscription, Subscription::ExclusionReason reason) {
    subscription.set_exclusion_reason(reason);
    subscription.set_exclusion_note(ExclusionNote(subscription, playbook_, reason));
    counts_.set_excluded_count(counts_.excluded_count() + 1);
    return tx_.Update(std::move(subscription)).status();
  }

  // An open opportunity, with its subscriptions.
  struct Open {
    Opportunity opportunity;
    std::vector<Subscription> subscriptions;
  };

  // Those that others may join: not yet past their adoption review, and nothing signed.
  absl::StatusOr<std::vector<Open>> OpenToOthers() {
    ASSIGN_OR_RETURN(std::vector<Opportunity> all, OpenOpportunitiesOf(account_.name(), tx_));
    std::vector<Open> open;
    for (Opportunity& opportunity : all) {
      if (opportunity.stage() > Opportunity::ADOPTION_REVIEW ||
          !opportunity.accepted_offer().empty()) {
        continue;
      }
      ASSIGN_OR_RETURN(std::vector<Subscription> subscriptions, SubscriptionsOf(opportunity, tx_));
      open.push_back({std::move(opportunity), std::move(subscriptions)});
    }
    return open;
  }

  // The one that its term ends nearest to; of those that are equally near, the earliest, then the
  // one that was opened first.
  Open* Nearest(std::vector<Open>& open, const Subscription& subscription) {
    const auto rank = [&](const Open& one) {
      const absl::CivilDay day = ToCivilDay(one.opportunity.renewal_date());
      return std::make_tuple(std::abs(ToCivilDay(subscription.term_end_date()) - day), day,
                             ToTime(one.opportunity.open_time()));
    };
    Open* nearest = nullptr;
    for (Open& one : open) {
      if (!FitsBundle(one.subscriptions, subscription, BundleDays(playbook_))) continue;
      if (nearest == nullptr || rank(one) < rank(*nearest)) nearest = &one;
    }
    return nearest;
  }

  // Those that fit an opportunity that is open already join it. Answers the others.
  absl::StatusOr<std::vector<Subscription>> JoinOpen(std::vector<Subscription> subscriptions) {
    ASSIGN_OR_RETURN(std::vector<Open> open, OpenToOthers());
    SortByEnd(subscriptions);
    std::vector<Subscription> others;
    for (Subscription& subscription : subscriptions) {
      Open* one = Nearest(open, subscription);
      if (one == nullptr) {
        others.push_back(std::move(subscription));
        continue;
      }
      ASSIGN_OR_RETURN(one->opportunity, JoinOpportunity(one->opportunity, {subscription}, tx_));
      one->subscriptions.push_back(std::move(subscription));
      counts_.set_joined_count(counts_.joined_count() + 1);
    }
    return others;
  }

  const Account& account_;
  const v1::Playbook& playbook_;
  WriteTx& tx_;
  v1::OpenDueOpportunitiesResponse& counts_;
};

}  // namespace

absl::StatusOr<v1::OpenDueOpportunitiesResponse> OpenUncovered(
    const std::vector<std::string>& names, WriteTx& tx) {
  v1::OpenDueOpportunitiesResponse counts;
  ASSIGN_OR_RETURN(const PlaybookChooser playbooks, LoadPlaybooks(tx));
  ASSIGN_OR_RETURN(std::vector<Subscription> subscriptions, SubscriptionsOf(names, tx));
  ByAccount groups = GroupByAccount(std::move(subscriptions));
  ASSIGN_OR_RETURN(const auto accounts, AccountsOf(groups, tx));
  for (auto& [name, group] : groups) {
    const Account& account = accounts.at(name);
    RETURN_IF_ERROR(
        AccountOpener(account, playbooks.For(account), tx, counts).Run(std::move(group)));
  }
  return counts;
}

namespace {

absl::Status SettleTerm(const std::string& name, WriteTx& tx,
                        v1::SettleEndedTermsResponse& counts) {
  // Read anew: one that went before may have closed its opportunity.
  ASSIGN_OR_RETURN(Subscription subscription, tx.Get<Subscription>(name));
  if (!HasEnded(subscription, tx.today())) return absl::OkStatus();
  if (!subscription.auto_renew()) {
    SetPastDue(subscription);
    counts.set_past_due_count(counts.past_due_count() + 1);
    return tx.Update(std::move(subscription)).status();
  }
  if (!subscription.open_opportunity().empty()) {
    return CloseAutomatically(subscription.open_opportunity(), tx, counts);
  }
  // Neither excluded nor in an opportunity: that is put right first.
  if (subscription.exclusion_reason() == Subscription::EXCLUSION_REASON_UNSPECIFIED) {
    return absl::OkStatus();
  }
  while (HasEnded(subscription, tx.today())) RollTerm(subscription);
  counts.set_rolled_count(counts.rolled_count() + 1);
  return tx.Update(std::move(subscription)).status();
}

}  // namespace

Selection EndedTerms(absl::CivilDay today) {
  return From<Subscription>()
      .Where("state", "=", Subscription::State_Name(Subscription::ACTIVE))
      .Where("term_end_date", "<=", today);
}

absl::StatusOr<v1::SettleEndedTermsResponse> SettleTerms(const std::vector<std::string>& accounts,
                                                         WriteTx& tx) {
  v1::SettleEndedTermsResponse counts;
  ASSIGN_OR_RETURN(const std::vector<Subscription> subscriptions, SubscriptionsOf(accounts, tx));
  for (const Subscription& subscription : subscriptions) {
    if (!HasEnded(subscription, tx.today())) continue;
    RETURN_IF_ERROR(SettleTerm(subscription.name(), tx, counts));
  }
  return counts;
}

}  // namespace perennial
