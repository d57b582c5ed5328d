#include "server/workflows/automatic_closing.h"

#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/api/text.h"
#include "lib/base/ids.h"
#include "lib/base/status.h"
#include "lib/domain/cadence.h"
#include "lib/domain/subscriptions.h"
#include "server/workflows/closing.h"
#include "server/workflows/opportunity_writes.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Opportunity;
using v1::Subscription;
using v1::Task;

namespace {

constexpr char kTaskTitle[] = "Decide on the renewal: it did not renew by itself";
constexpr int kDueDays = 3;

// What people decided goes before what happens by itself.
absl::Status CheckUndecided(const Opportunity& opportunity, const Agreement& agreement,
                            const std::vector<Subscription>& subscriptions, absl::CivilDay today) {
  if (opportunity.reopened()) {
    return FailedPrecondition(v1::WRONG_STATE, opportunity.name(), "Somebody opened it again.");
  }
  if (agreement.declined) {
    return FailedPrecondition(v1::WRONG_STATE, opportunity.name(),
                              "The customer rejected what was offered, and accepted nothing else.");
  }
  return CheckAgreementStands(agreement, subscriptions, today);
}

// What was signed is for all of them; without it some renew by themselves.
std::vector<Subscription> Renewing(const std::vector<Subscription>& all,
                                   const Agreement& agreement) {
  if (agreement.offer.has_value()) return all;
  std::vector<Subscription> renewing;
  absl::c_copy_if(all, std::back_inserter(renewing),
                  [](const Subscription& subscription) { return subscription.auto_renew(); });
  return renewing;
}

absl::StatusOr<Closing> Plan(const Opportunity& opportunity, const Agreement& agreement,
                             const std::vector<Subscription>& all, WriteTx& tx) {
  RETURN_IF_ERROR(CheckUndecided(opportunity, agreement, all, tx.today()));
  return PlanAgreed(opportunity, Renewing(all, agreement), agreement, tx.today(),
                    [&] { return NewId(tx.now()); });
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

absl::StatusOr<Opportunity> WithoutTheOthers(Opportunity opportunity,
                                             const std::vector<Subscription>& all,
                                             const Agreement& agreement, WriteTx& tx) {
  if (agreement.offer.has_value()) return opportunity;
  for (Subscription subscription : all) {
    if (subscription.auto_renew()) continue;
    ASSIGN_OR_RETURN(opportunity, LeaveOpportunity(opportunity, subscription.name(), tx));
    subscription.clear_open_opportunity();
    RETURN_IF_ERROR(tx.Update(std::move(subscription)).status());
  }
  return opportunity;
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

}  // namespace

absl::Status CloseAutomatically(const std::string& name, WriteTx& tx,
                                v1::SettleEndedTermsResponse& counts) {
  ASSIGN_OR_RETURN(Opportunity opportunity, tx.Get<Opportunity>(name));
  ASSIGN_OR_RETURN(const std::vector<Subscription> all, SubscriptionsOf(opportunity, tx));
  ASSIGN_OR_RETURN(const Agreement agreement, AgreementOf(opportunity, tx));
  const absl::StatusOr<Closing> closing = Plan(opportunity, agreement, all, tx);
  if (absl::IsFailedPrecondition(closing.status()) || absl::IsOutOfRange(closing.status())) {
    return StayOpen(opportunity, all, closing.status().message(), tx, counts);
  }
  RETURN_IF_ERROR(closing.status());
  ASSIGN_OR_RETURN(opportunity, WithoutTheOthers(std::move(opportunity), all, agreement, tx));
  counts.set_auto_renewed_count(counts.auto_renewed_count() + 1);
  return Close(std::move(opportunity), *closing, AutomaticEnding(agreement), tx).status();
}

}  // namespace perennial
