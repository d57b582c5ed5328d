#include "server/workflows/relationships.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/serialize.h"
#include "lib/base/status.h"
#include "lib/domain/cadence.h"
#include "lib/domain/contacts.h"
#include "lib/domain/gates.h"
#include "lib/domain/relationship.h"
#include "lib/storage/last_touches.h"
#include "perennial/v1/subscription_service.pb.h"
#include "server/workflows/playbooks.h"

namespace perennial {

using v1::Account;
using v1::AccountEvent;
using v1::Feedback;
using v1::Opportunity;
using v1::Subscription;
using v1::Task;
using v1::Touch;

namespace {

// Accounts whose facts are read with the same queries.
constexpr size_t kAssessedAtOnce = 50;

// Reads what is recorded about some accounts, one query for each kind.
class FactsReader {
 public:
  FactsReader(std::vector<std::string> accounts, WriteTx& tx)
      : accounts_(std::move(accounts)), tx_(tx) {}

  absl::StatusOr<std::vector<RelationshipFacts>> Read() && {
    RETURN_IF_ERROR(ReadAccounts());
    RETURN_IF_ERROR(ReadRenewals());
    RETURN_IF_ERROR(ReadTouches());
    RETURN_IF_ERROR(ReadContacts());
    RETURN_IF_ERROR(ReadEvents());
    RETURN_IF_ERROR(ReadConcerns());
    RETURN_IF_ERROR(ReadSteps());
    std::vector<RelationshipFacts> all;
    for (auto& [name, facts] : facts_) all.push_back(std::move(facts));
    return all;
  }

 private:
  // Hands each resource to its account.
  template <class T>
  absl::Status ReadInto(const Selection& selection, std::vector<T> RelationshipFacts::*list) {
    ASSIGN_OR_RETURN(std::vector<T> found, tx_.Select<T>(selection));
    for (T& resource : found) {
      (FactsOf(resource.name()).*list).push_back(std::move(resource));
    }
    return absl::OkStatus();
  }

  RelationshipFacts& FactsOf(absl::string_view name) {
    return facts_.find(std::string(AccountOf(name)))->second;
  }

  // Those that are still there. Nobody else assesses them before COMMIT.
  absl::Status ReadAccounts() {
    RETURN_IF_ERROR(tx_.Hold(ResourceTable::Of<Account>(), accounts_, Holding::kExclusive,
                             [&](absl::string_view name) { facts_[std::string(name)]; }));
    accounts_.clear();
    for (auto& [name, facts] : facts_) {
      ASSIGN_OR_RETURN(facts.account, tx_.Get<Account>(name));
      facts.customer_since = DayOf(facts.account.create_time());
      accounts_.push_back(name);
    }
    return absl::OkStatus();
  }

  absl::Status ReadRenewals() {
    const std::string since = FormatDate(ToDate(EarliestTouchDay({}, tx_.today())));
    RETURN_IF_ERROR(
        ReadInto(From<Opportunity>()
                     .WhereAnyOf("account", accounts_)
                     .Where(absl::StrCat("outcome = OPEN OR close_time >= \"", since, "\""))
                     .OrderBy("name"),
                 &RelationshipFacts::renewals));
    earliest_ = EarliestTouchDay({}, tx_.today());
    for (const auto& [name, facts] : facts_) {
      earliest_ = std::min(earliest_, EarliestTouchDay(facts.renewals, tx_.today()));
    }
    return absl::OkStatus();
  }

  absl::Status ReadTouches() {
    RETURN_IF_ERROR(
        ReadInto(From<Touch>()
                     .WhereAnyOf("account", accounts_)
                     .Where("touch_time", ">=", absl::FromCivil(earliest_, absl::UTCTimeZone()))
                     .OrderBy("touch_time"),
                 &RelationshipFacts::touches));
    std::vector<std::string> silent;
    for (auto& [name, facts] : facts_) {
      const auto last = std::find_if(facts.touches.rbegin(), facts.touches.rend(), IsTwoWay);
      if (last != facts.touches.rend()) {
        facts.last_two_way = *last;
      } else {
        silent.push_back(name);
      }
    }
    return silent.empty() ? absl::OkStatus() : ReadSilence(silent);
  }

  // Of those with whom nobody spoke lately: since when.
  absl::Status ReadSilence(const std::vector<std::string>& silent) {
    ASSIGN_OR_RETURN(const std::vector<Touch> touches, LastTwoWayTouches(silent, tx_));
    for (const Touch& touch : touches) FactsOf(touch.name()).last_two_way = touch;
    ASSIGN_OR_RETURN(const std::vector<Subscription> subscriptions,
                     tx_.Select<Subscription>(From<Subscription>().WhereAnyOf("account", silent)));
    for (const Subscription& subscription : subscriptions) {
      absl::CivilDay& since = FactsOf(subscription.name()).customer_since;
      since = std::min(since, ToCivilDay(subscription.start_date()));
    }
    return absl::OkStatus();
  }

  absl::Status ReadContacts() {
    return ReadInto(From<v1::Contact>().WhereAnyOf("account", accounts_).OrderBy("name"),
                    &RelationshipFacts::contacts);
  }

  absl::Status ReadEvents() {
    return ReadInto(From<AccountEvent>()
                        .WhereAnyOf("account", accounts_)
                        .WhereAnyOf("type", {AccountEvent::Type_Name(AccountEvent::PERSONNEL),
                                             AccountEvent::Type_Name(AccountEvent::REORGANIZATION),
                                             AccountEvent::Type_Name(AccountEvent::OWNERSHIP),
                                             AccountEvent::Type_Name(AccountEvent::COMPETITOR)})
                        .OrderBy("event_date"),
                    &RelationshipFacts::events);
  }

  absl::Status ReadConcerns() {
    return ReadInto(From<Feedback>()
                        .WhereAnyOf("account", accounts_)
                        .Where("type", "=", Feedback::Type_Name(Feedback::CONCERN))
                        .Where("state", "!=", Feedback::State_Name(Feedback::ANSWERED))
                        .OrderBy("receive_time"),
                    &RelationshipFacts::open_concerns);
  }

  absl::Status ReadSteps() {
    std::vector<std::string> open;
    for (const auto& [name, facts] : facts_) {
      for (const Opportunity& renewal : facts.renewals) {
        if (renewal.outcome() == Opportunity::OPEN) open.push_back(renewal.name());
      }
    }
    if (open.empty()) return absl::OkStatus();
    // By nothing else: engines would go by the states, which many tasks share.
    ASSIGN_OR_RETURN(
        std::vector<Task> tasks,
        tx_.Select<Task>(From<Task>().WhereAnyOf("opportunity", open).OrderBy("due_date")));
    for (Task& task : tasks) {
      if (task.kind() != Task::CADENCE || !IsUndone(task)) continue;
      FactsOf(task.name()).undone_steps.push_back(std::move(task));
    }
    return absl::OkStatus();
  }

  std::vector<std::string> accounts_;
  WriteTx& tx_;
  std::map<std::string, RelationshipFacts> facts_;
  absl::CivilDay earliest_;
};

// Those that are not verified any more, or are again.
absl::Status MarkVerified(const RelationshipFacts& facts, WriteTx& tx) {
  for (v1::Contact contact : facts.contacts) {
    const bool verified = IsVerified(contact, facts.events);
    if (contact.verified() == verified) continue;
    contact.set_verified(verified);
    RETURN_IF_ERROR(tx.Update(std::move(contact)).status());
  }
  return absl::OkStatus();
}

absl::Status AssessSome(std::vector<std::string> accounts, const PlaybookChooser& playbooks,
                        WriteTx& tx) {
  ASSIGN_OR_RETURN(std::vector<RelationshipFacts> all, FactsReader(std::move(accounts), tx).Read());
  for (RelationshipFacts& facts : all) {
    RETURN_IF_ERROR(MarkVerified(facts, tx));
    Assessment assessment = Assess(facts, playbooks, tx.today());
    *facts.account.mutable_standing() = std::move(assessment.standing);
    RETURN_IF_ERROR(tx.Update(std::move(facts.account)).status());
    for (Opportunity& renewal : assessment.renewals) {
      RETURN_IF_ERROR(tx.Update(std::move(renewal)).status());
    }
  }
  return absl::OkStatus();
}

absl::Status AssessAll(const std::vector<std::string>& accounts, WriteTx& tx) {
  ASSIGN_OR_RETURN(const PlaybookChooser playbooks, LoadPlaybooks(tx));
  for (size_t begin = 0; begin < accounts.size(); begin += kAssessedAtOnce) {
    const size_t end = std::min(accounts.size(), begin + kAssessedAtOnce);
    RETURN_IF_ERROR(AssessSome({accounts.begin() + begin, accounts.begin() + end}, playbooks, tx));
  }
  return absl::OkStatus();
}

}  // namespace

Consequences RelationshipConsequences() {
  return {
      {// What playbooks may choose accounts by.
       {Account::descriptor(),
        {"display_name", "parent_account", "segment", "industry", "country", "owner", "labels"}},
       {v1::Contact::descriptor(),
        {"roles", "do_not_contact", "verify_time", "state", "leave_time"}},
       {AccountEvent::descriptor(), {"type", "event_date"}},
       {Touch::descriptor(), {"contacts", "disposition", "intent", "touch_time", "competitor"}},
       {Feedback::descriptor(), {"type", "state", "receive_time"}},
       {Task::descriptor(), {"kind", "state", "due_date", "opportunity"}},
       {Opportunity::descriptor(),
        {"stage", "outcome", "renewal_date", "playbook", "owner_risk_level", "open_time",
         "stage_enter_time", "reached", "reach_time", "close_time"}},
       {Subscription::descriptor(), {"start_date"}}},
      AssessAll};
}

}  // namespace perennial
