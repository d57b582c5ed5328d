#include "lib/domain/closing.h"

#include <map>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/base/status.h"
#include "lib/domain/amendments.h"
#include "lib/domain/amounts.h"
#include "lib/domain/playbooks.h"
#include "lib/domain/subscriptions.h"

namespace perennial {

using v1::ArrMovement;
using v1::Offer;
using v1::Opportunity;
using v1::Proposal;
using v1::Subscription;

std::vector<Offer::Line> TermsAtRenewal(const std::vector<Subscription>& subscriptions,
                                        absl::CivilDay decided) {
  std::vector<Offer::Line> lines;
  for (const Subscription& subscription : subscriptions) {
    const absl::CivilDay day = EffectiveDay(ToCivilDay(subscription.term_end_date()), decided);
    const InForce then = InForceOn(subscription, day);
    Offer::Line& line = lines.emplace_back();
    line.set_subscription(subscription.name());
    line.set_seats(then.seats);
    *line.mutable_arr() = then.arr;
  }
  return lines;
}

Offer UnchangedTerms(const std::vector<Subscription>& subscriptions, absl::CivilDay decided) {
  Offer offer;
  for (Offer::Line& line : TermsAtRenewal(subscriptions, decided)) {
    *offer.add_lines() = std::move(line);
  }
  return offer;
}

namespace {

std::string Describe(const Offer::Line& line) {
  return absl::StrCat(line.seats(), line.seats() == 1 ? " seat at " : " seats at ",
                      FormatMoney(line.arr()));
}

using Lines = std::map<std::string, Offer::Line>;

constexpr absl::string_view kProposal = "proposal";

// What something was accepted for, against what there is now.
absl::Status CheckStands(const Offer::Line& then, const Lines& now, const std::string& accepted,
                         absl::string_view kind, absl::string_view undo) {
  const auto changed = [&](absl::string_view what, absl::string_view otherwise) {
    return FailedPrecondition(v1::AGREEMENT_CHANGED, accepted,
                              absl::StrCat("The ", kind, " was accepted ", what, " ", undo, " the ",
                                           kind, " and make another", otherwise));
  };
  constexpr absl::string_view kOverride = ", or close with an override_reason where it stands";
  const auto found = now.find(then.subscription());
  if (found == now.end()) {
    // Nothing is left that a proposal could be written on.
    return changed(
        absl::StrCat("for ", then.subscription(), ", which is not up for renewal any more."),
        kind == kProposal ? "" : kOverride);
  }
  if (found->second.seats() == then.seats() && found->second.arr() == then.arr()) {
    return absl::OkStatus();
  }
  return changed(absl::StrCat("when ", then.subscription(), " had ", Describe(then), "; it has ",
                              Describe(found->second), "."),
                 kOverride);
}

}  // namespace

absl::Status CheckAgreementStands(const Agreement& agreement,
                                  const std::vector<Subscription>& subscriptions,
                                  absl::CivilDay decided) {
  Lines now;
  for (Offer::Line& line : TermsAtRenewal(subscriptions, decided)) {
    const std::string name = line.subscription();
    now[name] = std::move(line);
  }
  if (agreement.offer.has_value()) {
    for (const Offer::Line& then : agreement.offer->accepted_for()) {
      RETURN_IF_ERROR(CheckStands(then, now, agreement.offer->name(), "offer", "Reject"));
    }
  }
  for (const Proposal& proposal : agreement.proposals) {
    if (!proposal.has_accepted_for()) continue;
    RETURN_IF_ERROR(
        CheckStands(proposal.accepted_for(), now, proposal.name(), kProposal, "Decline"));
  }
  return absl::OkStatus();
}

namespace {

// The currency of the offer, where it says one.
std::string CurrencyOf(const Offer& offer) {
  std::string currency = offer.arr().currency_code();
  for (const Offer::Line& line : offer.lines()) {
    if (currency.empty()) currency = line.arr().currency_code();
  }
  return currency;
}

absl::Status CheckAmount(const v1::Money& arr, const std::string& currency,
                         absl::string_view path) {
  if (arr.micros() < 0) return InvalidField(path, "must not be negative");
  const bool nothing = arr.micros() == 0 && arr.currency_code().empty();
  if (nothing || arr.currency_code() == currency) return absl::OkStatus();
  return InvalidField(absl::StrCat(path, ".currency_code"),
                      absl::StrCat("must be ", currency,
                                   ": that of the subscriptions or, where the offer has an "
                                   "exchange_rate_nanos, one other"));
}

// The currency that the new terms are in.
absl::StatusOr<std::string> NewCurrency(const std::vector<Subscription>& subscriptions,
                                        const Offer& offer) {
  const std::string& before = subscriptions.front().arr().currency_code();
  if (offer.exchange_rate_nanos() == 0) return before;
  const std::string after = CurrencyOf(offer);
  if (!after.empty() && after != before) return after;
  return InvalidField("offer.exchange_rate_nanos",
                      absl::StrCat("must be unset where the offer is in the currency of the "
                                   "subscriptions, ",
                                   before));
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

absl::Status CheckLines(const std::vector<Subscription>& subscriptions, const std::string& currency,
                        const Offer& offer) {
  std::set<std::string> missing;
  for (const Subscription& subscription : subscriptions) missing.insert(subscription.name());
  for (int i = 0; i < offer.lines_size(); ++i) {
    const std::string path = absl::StrCat("offer.lines[", i, "]");
    if (missing.erase(offer.lines(i).subscription()) == 0) {
      return InvalidField(absl::StrCat(path, ".subscription"),
                          "must be one of the opportunity's subscriptions, each once");
    }
    RETURN_IF_ERROR(CheckAmount(offer.lines(i).arr(), currency, absl::StrCat(path, ".arr")));
  }
  if (!missing.empty()) {
    return InvalidField("offer.lines", absl::StrCat("has no line for ", *missing.begin()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CompleteOffer(const std::vector<Subscription>& subscriptions, Offer& offer) {
  ASSIGN_OR_RETURN(const std::string currency, NewCurrency(subscriptions, offer));
  RETURN_IF_ERROR(CheckAmount(offer.arr(), currency, "offer.arr"));
  if (offer.lines().empty()) {
    if (!offer.has_arr()) return InvalidField("offer.arr", "give it, or one line per subscription");
    ShareOut(subscriptions, offer);
  }
  RETURN_IF_ERROR(CheckLines(subscriptions, currency, offer));
  v1::Money total;
  for (Offer::Line& line : *offer.mutable_lines()) {
    // Nothing may come without a currency; the subscription that it becomes has one.
    line.mutable_arr()->set_currency_code(currency);
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

constexpr int kMostSeats = 100'000'000;  // Subscription.seats

// Collects what a renewal writes.
class Renewal {
 public:
  Renewal(const Opportunity& opportunity, const Offer& offer, ClosingDays days,
          const std::function<std::string()>& new_id)
      : opportunity_(opportunity), offer_(offer), days_(days), new_id_(new_id) {}

  absl::Status Renew(const Subscription& old, const Offer::Line& line) {
    const absl::CivilDay term_end = ToCivilDay(old.term_end_date());
    const absl::CivilDay effective = EffectiveDay(term_end, days_.decided);
    const InForce at_end = InForceOn(old, effective);
    RETURN_IF_ERROR(CheckCurrency(at_end.arr, line.arr()));
    Subscription next = Begin(AccountOf(old.name()), term_end);
    next.set_anchor_day(AnchorDay(old));
    next.set_product(old.product());
    next.set_seats(line.seats() > 0 ? line.seats() : at_end.seats);
    *next.mutable_arr() = line.arr();
    next.set_term_months(offer_.term_months() > 0 ? offer_.term_months() : old.term_months());
    next.set_auto_renew(offer_.has_auto_renew() ? offer_.auto_renew() : old.auto_renew());
    next.set_notice_days(old.notice_days());
    *next.mutable_labels() = old.labels();
    next.set_renews(old.name());
    // As where a contract is entered that began long ago.
    SetTerm(next.auto_renew() ? TermHolding(days_.decided, next) : 0, next);
    next.set_state(StateOn(days_.today, next));

    Subscription ended = old;
    ended.set_state(Subscription::RENEWED);
    *ended.mutable_end_date() = ToDate(effective);
    ended.set_renewed_by(next.name());
    ended.clear_open_opportunity();
    SetInForce(days_.today, ended);

    Move(old, effective, Negate(at_end.arr), ArrMovement::RENEWAL);
    Move(next, effective, next.arr(), ArrMovement::RENEWAL);
    RETURN_IF_ERROR(AddToClosed(next.arr()));
    closing_.ended.push_back(std::move(ended));
    closing_.created.push_back(std::move(next));
    return absl::OkStatus();
  }

  absl::Status Expand(const Proposal& proposal) {
    RETURN_IF_ERROR(AddToClosed(proposal.arr()));
    if (proposal.type() == Proposal::UPSELL) return Upsell(proposal);
    const absl::string_view account = proposal.type() == Proposal::CROSS_DIVISION
                                          ? absl::string_view(proposal.target_account())
                                          : AccountOf(opportunity_.name());
    const absl::CivilDay start =
        EffectiveDay(ToCivilDay(opportunity_.renewal_date()), days_.decided);
    Subscription added = Begin(account, start);
    added.set_anchor_day(AnchorOf(start));
    added.set_product(proposal.product());
    added.set_seats(proposal.seats());
    *added.mutable_arr() = proposal.arr();
    added.set_term_months(NewTermMonths(proposal));
    added.set_auto_renew(offer_.auto_renew());
    SetTerm(0, added);
    Move(added, start, added.arr(), ArrMovement::NEW);
    closing_.created.push_back(std::move(added));
    return absl::OkStatus();
  }

  // What was recorded for days behind the end of one is in force with the one that renews it: from
  // then on it has what that says, at the offer's rate where it is in another currency.
  absl::Status CarryOver(const Subscription& old) {
    const absl::CivilDay effective = EffectiveDay(ToCivilDay(old.term_end_date()), days_.decided);
    const auto next = RenewalOf(old.name());
    for (Subscription::Amendment& amendment : AmendmentsAfter(effective, old)) {
      if (amendment.sets_arr() && IsInNewCurrency(next->arr())) {
        ASSIGN_OR_RETURN(*amendment.mutable_arr_after(),
                         Exchanged(amendment.arr_after(), next->arr().currency_code(),
                                   offer_.exchange_rate_nanos()));
      }
      AddAmendment(std::move(amendment), *next);
    }
    SetInForce(days_.today, *next);
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

  // What is added on the day on which a term ends has terms that begin with those that follow it.
  int AnchorOf(absl::CivilDay start) const {
    const auto beside = absl::c_find_if(closing_.created, [&](const Subscription& renewed) {
      return ToCivilDay(renewed.start_date()) == start;
    });
    return beside != closing_.created.end() ? beside->anchor_day() : start.day();
  }

  // Without a rate it stays what it was.
  absl::Status CheckCurrency(const v1::Money& before, const v1::Money& after) const {
    const bool same = before.currency_code() == after.currency_code();
    if (same || before.micros() == 0 || after.micros() == 0 || IsInNewCurrency(after)) {
      return absl::OkStatus();
    }
    return FailedPrecondition(
        v1::CURRENCY_MISMATCH, offer_.name(),
        absl::StrCat("The offer is in ", after.currency_code(), ", and what it renews is in ",
                     before.currency_code(), " by now: reject the offer and make another"));
  }

  // In the currency of what was up for renewal.
  absl::Status AddToClosed(v1::Money arr) {
    const std::string& currency = opportunity_.arr().currency_code();
    if (IsInNewCurrency(arr) && arr.currency_code() != currency) {
      ASSIGN_OR_RETURN(arr, ExchangedBack(arr, currency, offer_.exchange_rate_nanos()));
    }
    ASSIGN_OR_RETURN(closing_.closed_arr, Add(closing_.closed_arr, arr));
    return absl::OkStatus();
  }

  bool IsInNewCurrency(const v1::Money& arr) const {
    return offer_.exchange_rate_nanos() > 0 && arr.currency_code() == offer_.arr().currency_code();
  }

  int NewTermMonths(const Proposal& proposal) const {
    if (proposal.term_months() > 0) return proposal.term_months();
    if (offer_.term_months() > 0) return offer_.term_months();
    return closing_.created.front().term_months();
  }

  std::vector<Subscription>::iterator RenewalOf(absl::string_view old) {
    return absl::c_find_if(closing_.created,
                           [&](const Subscription& next) { return next.renews() == old; });
  }

  // The subscription that renews the one proposed for becomes larger.
  absl::Status Upsell(const Proposal& proposal) {
    const auto next = RenewalOf(proposal.subscription());
    if (next == closing_.created.end()) {
      return FailedPrecondition(v1::WRONG_STATE, proposal.name(),
                                absl::StrCat(proposal.subscription(),
                                             " is not up for renewal any more: decline the "
                                             "proposal"));
    }
    if (next->seats() + proposal.seats() > kMostSeats) {
      return FailedPrecondition(
          v1::WRONG_STATE, proposal.name(),
          absl::StrCat("It would give ", proposal.subscription(), " more than ", kMostSeats,
                       " seats: decline it and propose fewer"));
    }
    v1::Money more = proposal.arr();
    if (IsInNewCurrency(next->arr())) {
      ASSIGN_OR_RETURN(more,
                       Exchanged(more, next->arr().currency_code(), offer_.exchange_rate_nanos()));
    }
    ASSIGN_OR_RETURN(*next->mutable_arr(), Add(next->arr(), more));
    next->set_seats(next->seats() + proposal.seats());
    const absl::CivilDay effective = EffectiveDay(ToCivilDay(next->start_date()), days_.decided);
    Move(*next, effective, more, ArrMovement::EXPANSION);
    return absl::OkStatus();
  }

  void Move(const Subscription& subscription, absl::CivilDay day, const v1::Money& delta,
            ArrMovement::Cause cause) {
    if (delta.micros() == 0) return;
    closing_.movements.push_back(MakeMovement(subscription, day, delta, cause));
    closing_.movements.back().set_opportunity(opportunity_.name());
    if (cause == ArrMovement::RENEWAL && IsInNewCurrency(delta)) {
      closing_.movements.back().set_exchange_rate_nanos(offer_.exchange_rate_nanos());
    }
  }

  const Opportunity& opportunity_;
  const Offer& offer_;
  const ClosingDays days_;
  const std::function<std::string()>& new_id_;
  Closing closing_;
};

}  // namespace

absl::StatusOr<Closing> PlanRenewal(const Opportunity& opportunity,
                                    const std::vector<Subscription>& subscriptions,
                                    const Offer& offer,
                                    const std::vector<Proposal>& accepted_proposals,
                                    ClosingDays days, const std::function<std::string()>& new_id) {
  std::map<absl::string_view, const Offer::Line*> lines;
  for (const Offer::Line& line : offer.lines()) lines[line.subscription()] = &line;
  Renewal renewal(opportunity, offer, days, new_id);
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
  for (const Subscription& subscription : subscriptions) {
    RETURN_IF_ERROR(renewal.CarryOver(subscription));
  }
  return std::move(renewal).Take();
}

absl::StatusOr<Closing> PlanAgreed(const Opportunity& opportunity,
                                   const std::vector<Subscription>& subscriptions,
                                   const Agreement& agreement, ClosingDays days,
                                   const std::function<std::string()>& new_id) {
  const Offer offer =
      agreement.offer.has_value() ? *agreement.offer : UnchangedTerms(subscriptions, days.decided);
  return PlanRenewal(opportunity, subscriptions, offer, agreement.proposals, days, new_id);
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
    SetInForce(today, ended);
    const v1::Money arr = InForceOn(subscription, day - 1).arr;
    if (arr.micros() != 0) {
      closing.movements.push_back(MakeMovement(subscription, day, Negate(arr), ArrMovement::CHURN));
      closing.movements.back().set_opportunity(opportunity.name());
    }
    closing.ended.push_back(std::move(ended));
  }
  return closing;
}

bool EndedBy(const Opportunity& opportunity, const Subscription& subscription,
             const std::vector<ArrMovement>& ledger) {
  if (subscription.state() == Subscription::RENEWED) {
    return absl::c_linear_search(opportunity.created_subscriptions(), subscription.renewed_by());
  }
  if (subscription.state() != Subscription::CANCELLED ||
      opportunity.outcome() != Opportunity::CHURNED) {
    return false;
  }
  for (const ArrMovement* movement : StandingIn(ledger)) {
    if (movement->cause() != ArrMovement::CHURN) continue;
    return movement->opportunity() == opportunity.name();
  }
  // Where it was worth nothing, the ledger does not say.
  return subscription.cancel_reason() == opportunity.churn_reason() &&
         subscription.cancel_note() == opportunity.close_note();
}

}  // namespace perennial
