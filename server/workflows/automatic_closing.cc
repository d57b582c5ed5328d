#include "server/workflows/automatic_closing.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/api/text.h"
#include "lib/base/date.h"
#include "lib/base/ids.h"
#include "lib/base/status.h"
#include "lib/domain/cadence.h"
#include "lib/domain/subscriptions.h"
#include "server/workflows/closing.h"
#include "server/workflows/evidence.h"
#include "server/workflows/opportunity_writes.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Opportunity;
using v1::Subscription;
using v1::Task;

namespace {

constexpr char kTaskTitle[] = "Decide on the renewal: it did not renew by itself";
constexpr int kDueDays = 3;

// From when on it counts: from the end of the term, or when the last of it was agreed after that.
absl::CivilDay DecidedOn(const Opportunity& opportunity, const Agreement& agreement) {
  absl::CivilDay day = ToCivilDay(opportunity.renewal_date());
  const auto take = [&day](const google::protobuf::Timestamp& time) {
    day = std::max(day, absl::ToCivilDay(ToTime(time), absl::UTCTimeZone()));
  };
  if (agreement.offer.has_value()) take(agreement.offer->decide_time());
  for (const v1::Proposal& proposal : agreement.proposals) take(proposal.decide_time());
  return day;
}

// An offer that the customer may still accept.
absl::Status CheckNoneAwaited(const Agreement& agreement, absl::CivilDay day) {
  for (const v1::Offer& offer : agreement.awaited) {
    if (offer.has_expire_date() && ToCivilDay(offer.expire_date()) < day) continue;
    return FailedPrecondition(v1::WRONG_STATE, offer.name(),
                              "It was sent to the customer, who has not decided on it.");
  }
  return absl::OkStatus();
}

// What CloseOpportunity asks of an offer that was accepted.
absl::Status CheckAccepted(Opportunity opportunity, const Agreement& agreement, ReadTx& tx) {
  if (!agreement.offer.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::Playbook playbook, tx.Get<v1::Playbook>(opportunity.playbook()));
  opportunity.set_stage(Opportunity::RENEWAL);
  ASSIGN_OR_RETURN(const v1::GateReport report, CheckGateOf(opportunity, playbook, tx));
  for (const v1::GateReport::CriterionResult& criterion : report.criteria()) {
    if (criterion.met()) continue;
    return FailedPrecondition(v1::GATE_UNMET, opportunity.name(),
                              absl::StrCat(criterion.description(), "."));
  }
  return absl::OkStatus();
}

bool RenewsByItself(const Subscription& subscription) { return subscription.auto_renew(); }

// What was signed is for all of them; without it some renew by themselves.
bool IsForSome(const Agreement& agreement, const std::vector<Subscription>& all) {
  return !agreement.offer.has_value() && !absl::c_all_of(all, RenewsByItself);
}

// What people decided goes before what happens by itself.
absl::Status CheckUndecided(const Opportunity& opportunity, const Agreement& agreement,
                            const std::vector<Subscription>& all, ReadTx& tx) {
  if (opportunity.reopened()) {
    return FailedPrecondition(v1::WRONG_STATE, opportunity.name(), "Somebody opened it again.");
  }
  if (agreement.declined) {
    return FailedPrecondition(v1::WRONG_STATE, opportunity.name(),
                              "The customer rejected what was offered, and accepted nothing else.");
  }
  if (IsForSome(agreement, all) && !agreement.proposals.empty()) {
    return FailedPrecondition(v1::WRONG_STATE, agreement.proposals.front().name(),
                              "It was accepted, and not all of the renewal renews by itself.");
  }
  const absl::CivilDay day = DecidedOn(opportunity, agreement);
  RETURN_IF_ERROR(CheckNoneAwaited(agreement, day));
  RETURN_IF_ERROR(CheckAccepted(opportunity, agreement, tx));
  RETURN_IF_ERROR(CheckAgreementStands(agreement, all, day));
  // Where it is written late, what has changed since would be carried over onto what was signed.
  return CheckAgreementStands(agreement, all, tx.today());
}

// Those that renew by themselves go on in an opportunity of their own: what people have done goes
// on where they do it, for the others.
absl::StatusOr<Opportunity> PartOf(const Opportunity& whole, const std::vector<Subscription>& all,
                                   WriteTx& tx) {
  std::vector<Subscription> renewing;
  absl::c_copy_if(all, std::back_inserter(renewing), RenewsByItself);
  Opportunity part = whole;
  part.set_name(tx.NewName<Opportunity>(AccountOf(whole.name()), ""));
  part.clear_external_ids();
  part.clear_display_name();
  part.clear_next_step();
  part.clear_next_step_date();
  part.clear_no_expansion_reason();
  part.clear_forecast_arr();
  part.clear_forecast_given();
  part.clear_subscriptions();
  std::vector<std::string> names;
  for (const Subscription& subscription : renewing) {
    names.push_back(subscription.name());
    part.add_subscriptions(subscription.name());
  }
  RETURN_IF_ERROR(SetRenewal(renewing, part));
  ASSIGN_OR_RETURN(const v1::Account account,
                   tx.Get<v1::Account>(std::string(AccountOf(whole.name()))));
  Describe(account, part);
  RETURN_IF_ERROR(LeaveOpportunity(whole, names, tx).status());
  ASSIGN_OR_RETURN(part, tx.Create(std::move(part)));
  RETURN_IF_ERROR(PutUpForRenewal(part, std::move(renewing), tx));
  RETURN_IF_ERROR(WriteTransition(
      Opportunity(), part, absl::StrCat("Renews by itself, apart from ", whole.name()), {}, tx));
  return part;
}

Ending AutomaticEnding(const Agreement& agreement) {
  const bool agreed = agreement.offer.has_value() || !agreement.proposals.empty();
  Ending ending;
  ending.outcome = Opportunity::RENEWED;
  ending.automatic = true;
  ending.note = absl::StrCat("Renewed by itself at the end of its term, ",
                             agreed ? "as was agreed" : "at unchanged ARR");
  ending.reason = ending.note;
  return ending;
}

absl::Status Renew(Opportunity opportunity, std::vector<Subscription> all, WriteTx& tx) {
  ASSIGN_OR_RETURN(const Agreement agreement, AgreementOf(opportunity, tx));
  RETURN_IF_ERROR(CheckUndecided(opportunity, agreement, all, tx));
  if (IsForSome(agreement, all)) {
    ASSIGN_OR_RETURN(opportunity, PartOf(opportunity, all, tx));
    ASSIGN_OR_RETURN(all, SubscriptionsOf(opportunity, tx));
  }
  ASSIGN_OR_RETURN(
      const Closing closing,
      PlanAgreed(opportunity, all, agreement, {DecidedOn(opportunity, agreement), tx.today()},
                 [&] { return NewId(tx.now()); }));
  return Close(std::move(opportunity), closing, AutomaticEnding(agreement), tx).status();
}

absl::Status AddTaskOnce(const Opportunity& opportunity, absl::string_view why, WriteTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Task> tasks, TasksOf(opportunity, tx));
  const bool asked = absl::c_any_of(
      tasks, [](const Task& task) { return IsUndone(task) && task.title() == kTaskTitle; });
  if (asked) return absl::OkStatus();
  Task task;
  task.set_title(kTaskTitle);
  task.set_note(std::string(FirstCharacters(why, 1000)));
  task.set_opportunity(opportunity.name());
  task.set_assignee(opportunity.owner());
  return AddTask(std::move(task), AccountOf(opportunity.name()), kDueDays, tx);
}

absl::Status StayOpen(const Opportunity& opportunity, const std::vector<Subscription>& all,
                      absl::string_view why, WriteTx& tx, v1::SettleEndedTermsResponse& counts) {
  for (Subscription subscription : all) {
    if (!HasEnded(subscription, tx.today())) continue;
    SetPastDue(subscription);
    RETURN_IF_ERROR(tx.Update(std::move(subscription)).status());
    counts.set_past_due_count(counts.past_due_count() + 1);
  }
  counts.set_undecided_count(counts.undecided_count() + 1);
  return AddTaskOnce(opportunity, why, tx);
}

}  // namespace

absl::Status CloseAutomatically(const std::string& name, WriteTx& tx,
                                v1::SettleEndedTermsResponse& counts) {
  ASSIGN_OR_RETURN(const Opportunity opportunity, tx.Get<Opportunity>(name));
  ASSIGN_OR_RETURN(const std::vector<Subscription> all, SubscriptionsOf(opportunity, tx));
  const absl::Status renewed = tx.Try([&] { return Renew(opportunity, all, tx); });
  if (absl::IsFailedPrecondition(renewed) || absl::IsOutOfRange(renewed)) {
    return StayOpen(opportunity, all, renewed.message(), tx, counts);
  }
  RETURN_IF_ERROR(renewed);
  counts.set_auto_renewed_count(counts.auto_renewed_count() + 1);
  return absl::OkStatus();
}

}  // namespace perennial
