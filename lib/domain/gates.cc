#include "lib/domain/gates.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "lib/domain/playbooks.h"

namespace perennial {

using v1::Contact;
using v1::Criterion;
using v1::GateReport;
using v1::Opportunity;
using v1::Proposal;
using v1::Touch;

namespace {

using Result = GateReport::CriterionResult;

struct Question {
  const Opportunity& opportunity;
  const Evidence& evidence;
  int days;
  absl::Time now;
};

std::string Day(absl::Time time) {
  return FormatDate(ToDate(absl::ToCivilDay(time, absl::UTCTimeZone())));
}

template <class Timestamp>
std::string Day(const Timestamp& timestamp) {
  return Day(ToTime(timestamp));
}

void Met(absl::string_view description, absl::string_view evidence, Result& result) {
  result.set_met(true);
  result.set_description(std::string(description));
  if (!evidence.empty()) result.add_evidence(std::string(evidence));
}

void Unmet(absl::string_view description, Result& result) {
  result.set_met(false);
  result.set_description(std::string(description));
}

const Contact* FindContact(absl::string_view name, const std::vector<Contact>& contacts) {
  const auto it = absl::c_find_if(contacts, [&](const Contact& c) { return c.name() == name; });
  return it == contacts.end() ? nullptr : &*it;
}

bool Decides(const Contact& contact) {
  return contact.state() == Contact::ACTIVE && HasDecisionRole(contact);
}

// Those who decide and were spoken to, each with the first touch that did.
std::vector<std::pair<const Contact*, const Touch*>> ReachedDeciders(
    const std::vector<Touch>& touches, const std::vector<Contact>& contacts) {
  std::vector<std::pair<const Contact*, const Touch*>> reached;
  for (const Touch& touch : touches) {
    if (!IsTwoWay(touch)) continue;
    for (const std::string& name : touch.contacts()) {
      const Contact* contact = FindContact(name, contacts);
      if (contact == nullptr || !Decides(*contact)) continue;
      const bool known = absl::c_any_of(reached, [&](auto& r) { return r.first == contact; });
      if (!known) reached.emplace_back(contact, &touch);
    }
  }
  return reached;
}

// The earliest two-way touch with a contact that `decides`.
template <class Predicate>
const Touch* EarliestReach(const std::vector<Touch>& touches, const std::vector<Contact>& contacts,
                           Predicate decides) {
  const Touch* earliest = nullptr;
  for (const Touch& touch : touches) {
    if (!IsTwoWay(touch)) continue;
    if (earliest != nullptr && ToTime(earliest->touch_time()) <= ToTime(touch.touch_time()))
      continue;
    const bool reached = absl::c_any_of(touch.contacts(), [&](const std::string& name) {
      const Contact* contact = FindContact(name, contacts);
      return contact != nullptr && decides(*contact, touch);
    });
    if (reached) earliest = &touch;
  }
  return earliest;
}

void DecisionRoleReached(const Question& q, Result& result) {
  const Touch* touch =
      EarliestReach(q.evidence.touches, q.evidence.contacts,
                    [](const Contact& contact, const Touch&) { return Decides(contact); });
  if (touch != nullptr) {
    return Met(absl::StrCat("Spoke with a decision role on ", Day(touch->touch_time())),
               touch->name(), result);
  }
  Unmet(absl::StrCat("Record a CONNECTED touch, since ", Day(q.opportunity.open_time()),
                     ", with an active contact who is DECISION_MAKER, ECONOMIC_BUYER, "
                     "EXECUTIVE_SPONSOR or CHAMPION"),
        result);
}

void ContactsVerified(const Question& q, Result& result) {
  absl::Time since = q.now - absl::Hours(24) * q.days;
  std::string because = absl::StrCat("within the last ", q.days, " days");
  const auto& upheaval = q.evidence.last_upheaval;
  if (upheaval.has_value()) {
    const absl::Time day = absl::FromCivil(ToCivilDay(upheaval->event_date()), absl::UTCTimeZone());
    if (day > since) {
      since = day;
      because = absl::StrCat("since ", v1::AccountEvent::Type_Name(upheaval->type()), " on ",
                             Day(day), " (", upheaval->title(), ")");
    }
  }
  const auto reached = ReachedDeciders(q.evidence.touches, q.evidence.contacts);
  for (const auto& [contact, touch] : reached) {
    if (contact->has_verify_time() && ToTime(contact->verify_time()) >= since) {
      return Met(
          absl::StrCat(contact->display_name(), " was verified on ", Day(contact->verify_time())),
          contact->name(), result);
    }
  }
  if (reached.empty()) {
    return Unmet("Reach a contact in a decision role, then verify that contact", result);
  }
  std::vector<std::string> names;
  for (const auto& [contact, touch] : reached) {
    names.push_back(contact->display_name());
    result.add_evidence(contact->name());
  }
  Unmet(absl::StrCat("Verify ", absl::StrJoin(names, " or "), ": not verified ", because), result);
}

void GaveBeforeAsking(const Question& q, Result& result) {
  const auto ask =
      absl::c_find_if(q.evidence.touches, [](const Touch& t) { return t.intent() == Touch::ASK; });
  const bool asked = ask != q.evidence.touches.end();
  const absl::Time until = asked ? ToTime(ask->touch_time()) : q.now;
  const absl::Time since = until - absl::Hours(24) * q.days;
  const auto& gift = q.evidence.last_gift;
  if (gift.has_value() && ToTime(gift->touch_time()) >= since) {
    return Met(absl::StrCat("Gave on ", Day(gift->touch_time())), gift->name(), result);
  }
  if (asked) {
    result.add_evidence(ask->name());
    return Unmet(absl::StrCat("This cycle's first ASK was on ", Day(until),
                              ", without a GIVE in the ", q.days,
                              " days before it: record one that was made, or have a manager "
                              "override"),
                 result);
  }
  Unmet("Record a touch with intent GIVE: something useful to the customer that asks for nothing",
        result);
}

void AdoptionReviewHeld(const Question& q, Result& result) {
  std::vector<std::string> missing;
  for (const std::string& subscription : q.opportunity.subscriptions()) {
    const auto review = absl::c_find_if(q.evidence.reviews, [&](const v1::AdoptionReview& r) {
      return absl::StartsWith(r.name(), absl::StrCat(subscription, "/"));
    });
    if (review == q.evidence.reviews.end()) {
      missing.push_back(subscription);
    } else {
      result.add_evidence(review->name());
    }
  }
  if (missing.empty()) return Met("Every subscription was reviewed", "", result);
  Unmet(absl::StrCat("Hold an adoption review, since ", Day(q.opportunity.open_time()), ", of ",
                     absl::StrJoin(missing, ", ")),
        result);
}

void CapabilitiesPresented(const Question& q, Result& result) {
  std::set<absl::string_view> handled;
  for (const Touch& touch : q.evidence.touches) {
    if (HasArrived(touch)) handled.insert(touch.capabilities().begin(), touch.capabilities().end());
  }
  for (const v1::AdoptionReview& review : q.evidence.reviews) {
    for (const auto& finding : review.capabilities()) {
      if (finding.presented() || !finding.reason().empty()) handled.insert(finding.capability());
    }
  }
  std::vector<std::string> missing;
  for (const std::string& capability : q.evidence.unused_capabilities) {
    if (handled.count(capability) == 0) missing.push_back(capability);
  }
  if (missing.empty()) {
    return Met(
        absl::StrCat("Every capability unused for ", q.days, " days was presented or set aside"),
        "", result);
  }
  for (const std::string& capability : missing) result.add_evidence(capability);
  Unmet(absl::StrCat("Present, or set aside with a reason in an adoption review, what was not used "
                     "for ",
                     q.days, " days: ", absl::StrJoin(missing, ", ")),
        result);
}

void FeedbackAcknowledged(const Question& q, Result& result) {
  if (q.evidence.waiting_feedback.empty()) {
    return Met(absl::StrCat("No feedback has waited for longer than ", q.days, " days"), "",
               result);
  }
  std::vector<std::string> names;
  for (const v1::Feedback& feedback : q.evidence.waiting_feedback) {
    names.push_back(feedback.name());
    result.add_evidence(feedback.name());
  }
  Unmet(absl::StrCat("Acknowledge the feedback that has waited for longer than ", q.days,
                     " days: ", absl::StrJoin(names, ", ")),
        result);
}

void ExpansionDecided(const Question& q, Result& result) {
  std::vector<std::string> undecided;
  for (const Proposal& proposal : q.evidence.proposals) {
    if (proposal.state() == Proposal::PROPOSED) undecided.push_back(proposal.name());
    result.add_evidence(proposal.name());
  }
  if (!undecided.empty()) {
    return Unmet(absl::StrCat("Accept, decline or withdraw ", absl::StrJoin(undecided, ", ")),
                 result);
  }
  if (!q.evidence.proposals.empty()) return Met("Every proposal is decided", "", result);
  if (!q.opportunity.no_expansion_reason().empty()) {
    return Met(absl::StrCat("No expansion: ", q.opportunity.no_expansion_reason()), "", result);
  }
  Unmet("Make a proposal and have it decided, or set no_expansion_reason on the opportunity",
        result);
}

void OfferAccepted(const Question& q, Result& result) {
  for (const v1::Offer& offer : q.evidence.offers) {
    if (offer.state() != v1::Offer::ACCEPTED) continue;
    const Contact* contact = FindContact(offer.decided_by(), q.evidence.contacts);
    if (contact != nullptr && HasDecisionRole(*contact)) {
      return Met(absl::StrCat(contact->display_name(), " accepted the offer on ",
                              Day(offer.decide_time())),
                 offer.name(), result);
    }
    result.add_evidence(offer.name());
  }
  if (!result.evidence().empty()) {
    return Unmet(
        "The offer was accepted by a contact without a decision role: have one who holds "
        "such a role accept it",
        result);
  }
  Unmet("Have a contact in a decision role accept an offer", result);
}

void Evaluate(Criterion::Type type, const Question& question, Result& result) {
  switch (type) {
    case Criterion::DECISION_ROLE_REACHED:
      return DecisionRoleReached(question, result);
    case Criterion::CONTACTS_VERIFIED:
      return ContactsVerified(question, result);
    case Criterion::GAVE_BEFORE_ASKING:
      return GaveBeforeAsking(question, result);
    case Criterion::ADOPTION_REVIEW_HELD:
      return AdoptionReviewHeld(question, result);
    case Criterion::CAPABILITIES_PRESENTED:
      return CapabilitiesPresented(question, result);
    case Criterion::FEEDBACK_ACKNOWLEDGED:
      return FeedbackAcknowledged(question, result);
    case Criterion::EXPANSION_DECIDED:
      return ExpansionDecided(question, result);
    case Criterion::OFFER_ACCEPTED:
      return OfferAccepted(question, result);
    default:
      return Unmet("This server does not know the criterion", result);
  }
}

}  // namespace

bool HasDecisionRole(const Contact& contact) {
  return absl::c_any_of(contact.roles(), [](int role) {
    return role == Contact::DECISION_MAKER || role == Contact::ECONOMIC_BUYER ||
           role == Contact::EXECUTIVE_SPONSOR || role == Contact::CHAMPION;
  });
}

bool IsTwoWay(const Touch& touch) { return touch.disposition() == Touch::CONNECTED; }

bool HasArrived(const Touch& touch) { return MeansArrived(touch.disposition()); }

bool MeansArrived(Touch::Disposition disposition) {
  return disposition == Touch::CONNECTED || disposition == Touch::LEFT_MESSAGE ||
         disposition == Touch::NO_REPLY;
}

bool IsUpheaval(const v1::AccountEvent& event) {
  return event.type() == v1::AccountEvent::PERSONNEL ||
         event.type() == v1::AccountEvent::REORGANIZATION ||
         event.type() == v1::AccountEvent::OWNERSHIP;
}

bool WasGiven(const Touch& touch) { return touch.intent() == Touch::GIVE && HasArrived(touch); }

std::vector<Criterion> GateCriteria(const Opportunity& opportunity, const v1::Playbook& playbook) {
  std::vector<Criterion> criteria;
  for (const Criterion& criterion : playbook.criteria()) {
    if (criterion.stage() == opportunity.stage()) criteria.push_back(criterion);
  }
  return criteria;
}

GateReport EvaluateGate(const Opportunity& opportunity, const v1::Playbook& playbook,
                        const Evidence& evidence, absl::Time now) {
  GateReport report;
  report.set_opportunity(opportunity.name());
  report.set_stage(opportunity.stage());
  report.set_met(true);
  for (const Criterion& criterion : GateCriteria(opportunity, playbook)) {
    Result& result = *report.add_criteria();
    result.set_type(criterion.type());
    Evaluate(criterion.type(), {opportunity, evidence, CriterionDays(criterion), now}, result);
    if (!result.met()) report.set_met(false);
  }
  return report;
}

absl::Status GateStatus(const GateReport& report) {
  if (report.met()) return absl::OkStatus();
  std::vector<UnmetCondition> unmet;
  for (const Result& result : report.criteria()) {
    if (!result.met()) {
      unmet.push_back({Criterion::Type_Name(result.type()), result.description()});
    }
  }
  return FailedPreconditions(
      v1::GATE_UNMET, report.opportunity(),
      absl::StrCat("The gate out of ", Opportunity::Stage_Name(report.stage()), " is not met: ",
                   absl::StrJoin(unmet, ", ",
                                 [](std::string* out, const UnmetCondition& condition) {
                                   absl::StrAppend(out, condition.type);
                                 })),
      unmet);
}

const Touch* FirstReach(const std::vector<Touch>& touches, const std::vector<Contact>& contacts) {
  return EarliestReach(touches, contacts, [](const Contact& contact, const Touch& touch) {
    const bool was_there = contact.state() == Contact::ACTIVE ||
                           ToTime(touch.touch_time()) <= ToTime(contact.leave_time());
    return was_there && HasDecisionRole(contact);
  });
}

}  // namespace perennial
