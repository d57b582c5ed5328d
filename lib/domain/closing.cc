#include "lib/domain/closing.h"

#include <map>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/base/status.h"
#include "lib/domain/playbooks.h"
#include "lib/domain/subscriptions.h"

namespace perennial {

using v1::ArrMovement;
using v1::Offer;
using v1::Opportunity;
using v1::Proposal;
using v1::Subscription;

Offer UnchangedTerms(const std::vector<Subscription>& subscriptions) {
  Offer offer;
  for (const Subscription& subscription : subscriptions) {
    Offer::Line& line = *offer.add_lines();
    line.set_subscription(subscription.name());
    *line.mutable_arr() = subscription.arr();
  }
  return offer;
}

namespace {

absl::Status CheckAmount(const v1::Money& arr, const std::vector<Subscription>& subscriptions,
                         absl::string_view path) {
  if (arr.micros() < 0) return InvalidField(path, "must not be negative");
  const std::string& currency = subscriptions.front().arr().currency_code();
  const bool nothing = arr.micros() == 0 && arr.currency_code().empty();
  if (!nothing && arr.currency_code() != currency) {
    return InvalidField(absl::StrCat(path, ".currency_code"),
                        absl::StrCat("must be that of the subscriptions, ", currency));
  }
  return absl::OkStatus();
}

void ShareOut(const std::vector<Subscription>& subscriptions, Offer& offer) {
  std::vector<int64_t> weights;
  for (const Subscription& subscription : subscriptions) {
    weights.push_back(subscription.arr().micros());
  }
  const std::vector<v1::Money> shares = Apportion(offer.arr(), weights);
  for (size_t i = 0; i < subscriptions.size(); ++i) {
    Offer::Line& line = *offer.add_lines();
    line.set_subscription(subscriptions[i].name());
    *line.mutable_arr() = shares[i];
  }
}

absl::Status CheckLines(const std::vector<Subscription>& subscriptions, const Offer& offer) {
  std::set<std::string> missing;
  for (const Subscription& subscription : subscriptions) missing.insert(subscription.name());
  for (int i = 0; i < offer.lines_size(); ++i) {
    const std::string path = absl::StrCat("offer.lines[", i, "]");
    if (missing.erase(offer.lines(i).subscription()) == 0) {
      return InvalidField(absl::StrCat(path, ".subscription"),
                          "must be one of the opportunity's subscriptions, each once");
    }
    RETURN_IF_ERROR(CheckAmount(offer.lines(i).arr(), subscriptions, absl::StrCat(path, ".arr")));
  }
  if (!missing.empty()) {
    return InvalidField("offer.lines", absl::StrCat("has no line for ", *missing.begin()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CompleteOffer(const std::vector<Subscription>& subscriptions, Offer& offer) {
  RETURN_IF_ERROR(CheckAmount(offer.arr(), subscriptions, "offer.arr"));
  if (offer.lines().empty()) {
    if (!offer.has_arr()) return InvalidField("offer.arr", "give it, or one line per subscription");
    ShareOut(subscriptions, offer);
  }
  RETURN_IF_ERROR(CheckLines(subscriptions, offer));
  v1::Money total;
  for (Offer::Line& line : *offer.mutable_lines()) {
    // Nothing may come without a currency; the subscription that it becomes has one.
    line.mutable_arr()->set_currency_code(subscriptions.front().arr().currency_code());
    ASSIGN_OR_RETURN(total, Add(total, line.arr()));
  }
  if (offer.has_arr() && offer.arr().micros() != total.micros()) {
    return InvalidField("offer.arr",
                        absl::StrCat("is not the sum of the lines, ", FormatMoney(total)));
  }
  *offer.mutable_arr() = total;
  return absl::OkStatus();
}

absl::Status CheckUnreachable(const Opportunity& opportunity, const v1::Playbook& playbook,
                              const std::vector<v1::Touch>& touches) {
  int attempts = 0;
  std::set<int> channels;
  for (const v1::Touch& touch : touches) {
    if (touch.direction() != v1::Touch::OUTBOUND) continue;
    ++attempts;
    channels.insert(touch.channel());
  }
  const int needed_attempts = UnreachableAttempts(playbook);
  const int needed_channels = UnreachableChannels(playbook);
  if (attempts >= needed_attempts && static_cast<int>(channels.size()) >= needed_channels) {
    return absl::OkStatus();
  }
  return FailedPrecondition(
      v1::ATTEMPTS_MISSING, opportunity.name(),
      absl::StrCat("UNREACHABLE needs ", needed_attempts, " outbound touches over ",
                   needed_channels, " channels since the opportunity opened; there were ", attempts,
                   " over ", channels.size()));
}

namespace {

// Collects what a renewal writes.
class Renewal {
 public:
  Renewal(const Opportunity& opportunity, const Offer& offer, absl::CivilDay today,
          const std::function<std::string()>& new_id)
      : opportunity_(opportunity), offer_(offer), today_(today), new_id_(new_id) {}

  absl::Status Renew(const Subscription& old, const Offer::Line& line) {
    const absl::CivilDay term_end = ToCivilDay(old.term_end_date());
    const absl::CivilDay effective = EffectiveDay(term_end, today_);
    Subscription next = Begin(AccountOf(old.name()), term_end);
    next.set_product(old.product());
    next.set_seats(line.seats() > 0 ? line.seats() : old.seats());
    *next.mutable_arr() = line.arr();
    next.set_term_months(offer_.term_months() > 0 ? offer_.term_months() : old.term_months());
    next.set_auto_renew(offer_.has_auto_renew() ? offer_.auto_renew() : old.auto_renew());
    next.set_notice_days(old.notice_days());
    *next.mutable_labels() = old.labels();
    next.set_renews(old.name());
    SetTermHolding(term_end, next);

    Subscription ended = old;
    ended.set_state(Subscription::RENEWED);
    *ended.mutable_end_date() = ToDate(effective);
    ended.set_renewed_by(next.name());
    ended.clear_open_opportunity();

    Move(old, effective, Negate(old.arr()), ArrMovement::RENEWAL);
    Move(next, effective, next.arr(), ArrMovement::RENEWAL);
    ASSIGN_OR_RETURN(closing_.closed_arr, Add(closing_.closed_arr, next.arr()));
    closing_.ended.push_back(std::move(ended));
    closing_.created.push_back(std::move(next));
    return absl::OkStatus();
  }

  absl::Status Expand(const Proposal& proposal) {
    ASSIGN_OR_RETURN(closing_.closed_arr, Add(closing_.closed_arr, proposal.arr()));
    if (proposal.type() == Proposal::UPSELL) return Upsell(proposal);
    const absl::string_view account = proposal.type() == Proposal::CROSS_DIVISION
                                          ? absl::string_view(proposal.target_account())
                                          : AccountOf(opportunity_.name());
    const absl::CivilDay start = EffectiveDay(ToCivilDay(opportunity_.renewal_date()), today_);
    Subscription added = Begin(account, start);
    added.set_product(proposal.product());
    added.set_seats(proposal.seats());
    *added.mutable_arr() = proposal.arr();
    added.set_term_months(NewTermMonths(proposal));
    added.set_auto_renew(offer_.auto_renew());
    SetTermHolding(start, added);
    Move(added, start, added.arr(), ArrMovement::NEW);
    closing_.created.push_back(std::move(added));
    return absl::OkStatus();
  }

  Closing Take() && { return std::move(closing_); }

 private:
  Subscription Begin(absl::string_view account, absl::CivilDay start) const {
    Subscription subscription;
    subscription.set_name(ChildName(account, PatternOf(*Subscription::descriptor()), new_id_()));
    subscription.set_state(Subscription::ACTIVE);
    *subscription.mutable_start_date() = ToDate(start);
    return subscription;
  }

  int NewTermMonths(const Proposal& proposal) const {
    if (proposal.term_months() > 0) return proposal.term_months();
    if (offer_.term_months() > 0) return offer_.term_months();
    return closing_.created.front().term_months();
  }

  // The subscription that renews the one proposed for becomes larger.
  absl::Status Upsell(const Proposal& proposal) {
    const auto next = absl::c_find_if(closing_.created, [&](const Subscription& s) {
      return s.renews() == proposal.subscription();
    });
    if (next == closing_.created.end()) {
      return FailedPrecondition(v1::WRONG_STATE, proposal.name(),
                                absl::StrCat(proposal.subscription(),
                                             " is not up for renewal any more: decline the "
                                             "proposal or withdraw it"));
    }
    ASSIGN_OR_RETURN(*next->mutable_arr(), Add(next->arr(), proposal.arr()));
    next->set_seats(next->seats() + proposal.seats());
    const absl::CivilDay effective = EffectiveDay(ToCivilDay(next->start_date()), today_);
    Move(*next, effective, proposal.arr(), ArrMovement::EXPANSION);
    return absl::OkStatus();
  }

  void Move(const Subscription& subscription, absl::CivilDay day, const v1::Money& delta,
            ArrMovement::Cause cause) {
    if (delta.micros() == 0) return;
    closing_.movements.push_back(MakeMovement(subscription, day, delta, cause));
    closing_.movements.back().set_opportunity(opportunity_.name());
  }

  const Opportunity& opportunity_;
  const Offer& offer_;
  const absl::CivilDay today_;
  const std::function<std::string()>& new_id_;
  Closing closing_;
};

}  // namespace

absl::StatusOr<Closing> PlanRenewal(const Opportunity& opportunity,
                                    const std::vector<Subscription>& subscriptions,
                                    const Offer& offer,
                                    const std::vector<Proposal>& accepted_proposals,
                                    absl::CivilDay today,
                                    const std::function<std::string()>& new_id) {
  std::map<absl::string_view, const Offer::Line*> lines;
  for (const Offer::Line& line : offer.lines()) lines[line.subscription()] = &line;
  Renewal renewal(opportunity, offer, today, new_id);
  for (const Subscription& subscription : subscriptions) {
    const auto line = lines.find(subscription.name());
    if (line == lines.end()) {
      return FailedPrecondition(
          v1::WRONG_STATE, offer.name(),
          absl::StrCat("The accepted offer has no line for ", subscription.name(),
                       ", which joined since: reject it and make another"));
    }
    RETURN_IF_ERROR(renewal.Renew(subscription, *line->second));
  }
  for (const Proposal& proposal : accepted_proposals) {
    RETURN_IF_ERROR(renewal.Expand(proposal));
  }
  return std::move(renewal).Take();
}

Closing PlanChurn(const Opportunity& opportunity, const std::vector<Subscription>& subscriptions,
                  v1::ChurnReason reason, absl::string_view note, absl::CivilDay today) {
  Closing closing;
  closing.closed_arr = MakeMoney(opportunity.arr().currency_code(), 0);
  for (const Subscription& subscription : subscriptions) {
    const absl::CivilDay day = EffectiveDay(ToCivilDay(subscription.term_end_date()), today);
    Subscription ended = subscription;
    ended.set_state(Subscription::CANCELLED);
    *ended.mutable_end_date() = ToDate(day);
    ended.set_cancel_reason(reason);
    ended.set_cancel_note(std::string(note));
    ended.clear_open_opportunity();
    if (subscription.arr().micros() != 0) {
      closing.movements.push_back(
          MakeMovement(subscription, day, Negate(subscription.arr()), ArrMovement::CHURN));
      closing.movements.back().set_opportunity(opportunity.name());
    }
    closing.ended.push_back(std::move(ended));
  }
  return closing;
}

}  // namespace perennial
