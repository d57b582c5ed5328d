#include "server/workflows/evidence.h"

#include <algorithm>
#include <set>

#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/domain/playbooks.h"
#include "server/workflows/capabilities.h"

namespace perennial {

using v1::AccountEvent;
using v1::AdoptionReview;
using v1::Contact;
using v1::Criterion;
using v1::Feedback;
using v1::Opportunity;
using v1::Touch;

namespace {

// Fills an Evidence, one kind at a time, each with one query (two for usage).
class Gatherer {
 public:
  Gatherer(const Opportunity& opportunity, ReadTx& tx)
      : opportunity_(opportunity), account_(AccountOf(opportunity.name())), tx_(tx) {}

  absl::Status Gather(const Criterion& criterion) {
    switch (criterion.type()) {
      case Criterion::DECISION_ROLE_REACHED:
        return Reach();
      case Criterion::CONTACTS_VERIFIED:
        RETURN_IF_ERROR(Reach());
        return LastUpheaval();
      case Criterion::GAVE_BEFORE_ASKING:
        return LastGift();
      case Criterion::ADOPTION_REVIEW_HELD:
        return Reviews();
      case Criterion::CAPABILITIES_PRESENTED:
        RETURN_IF_ERROR(Touches());
        RETURN_IF_ERROR(Reviews());
        return UnusedCapabilities(CriterionDays(criterion));
      case Criterion::FEEDBACK_ACKNOWLEDGED:
        return WaitingFeedback(CriterionDays(criterion));
      case Criterion::EXPANSION_DECIDED:
        return Load(From<v1::Proposal>().Under(opportunity_.name()), evidence_.proposals);
      case Criterion::OFFER_ACCEPTED:
        return Offers();
      default:
        return absl::OkStatus();
    }
  }

  Evidence Take() && { return std::move(evidence_); }

 private:
  template <class T>
  absl::Status Load(const Selection& selection, std::vector<T>& resources) {
    ASSIGN_OR_RETURN(resources, tx_.Select<T>(selection));
    return absl::OkStatus();
  }

  absl::Status Touches() {
    if (touches_known_) return absl::OkStatus();
    touches_known_ = true;
    ASSIGN_OR_RETURN(evidence_.touches, TouchesOfCycle(opportunity_, tx_));
    return absl::OkStatus();
  }

  absl::Status Reach() {
    if (!evidence_.contacts.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(Touches());
    std::set<std::string> names;
    for (const Touch& touch : evidence_.touches) {
      if (IsTwoWay(touch)) names.insert(touch.contacts().begin(), touch.contacts().end());
    }
    return Contacts(names);
  }

  absl::Status Contacts(const std::set<std::string>& names) {
    if (names.empty()) return absl::OkStatus();
    return Load(From<Contact>().WhereAnyOf("name", {names.begin(), names.end()}),
                evidence_.contacts);
  }

  absl::Status LastUpheaval() {
    ASSIGN_OR_RETURN(
        evidence_.last_upheaval,
        tx_.SelectFirst<AccountEvent>(
            From<AccountEvent>()
                .Under(account_)
                .WhereAnyOf("type", {AccountEvent::Type_Name(AccountEvent::PERSONNEL),
                                     AccountEvent::Type_Name(AccountEvent::REORGANIZATION),
                                     AccountEvent::Type_Name(AccountEvent::OWNERSHIP)})
                .OrderBy("event_date desc")));
    return absl::OkStatus();
  }

  absl::Status LastGift() {
    RETURN_IF_ERROR(Touches());
    absl::Time until = tx_.now() + absl::Microseconds(1);
    for (const Touch& touch : evidence_.touches) {
      if (touch.intent() == Touch::ASK) {
        until = ToTime(touch.touch_time());
        break;
      }
    }
    // A gift that did not arrive is no gift, so the latest few are looked at.
    ASSIGN_OR_RETURN(const std::vector<Touch> gifts,
                     tx_.Select<Touch>(From<Touch>()
                                           .Where("account", "=", account_)
                                           .Where("intent", "=", Touch::Intent_Name(Touch::GIVE))
                                           .Where("touch_time", "<", until)
                                           .OrderBy("touch_time desc")
                                           .Limit(20)));
    const auto gift = std::find_if(gifts.begin(), gifts.end(), WasGiven);
    if (gift != gifts.end()) evidence_.last_gift = *gift;
    return absl::OkStatus();
  }

  absl::Status Reviews() {
    if (!evidence_.reviews.empty()) return absl::OkStatus();
    const absl::Time opened = ToTime(opportunity_.open_time());
    for (const std::string& subscription : opportunity_.subscriptions()) {
      ASSIGN_OR_RETURN(
          std::vector<AdoptionReview> reviews,
          tx_.Select<AdoptionReview>(
              From<AdoptionReview>().Under(subscription).Where("review_time", ">=", opened)));
      std::move(reviews.begin(), reviews.end(), std::back_inserter(evidence_.reviews));
    }
    return absl::OkStatus();
  }

  absl::Status UnusedCapabilities(int days) {
    const absl::CivilDay since = tx_.today() - days;
    std::set<std::string> used, products;
    for (const std::string& name : opportunity_.subscriptions()) {
      ASSIGN_OR_RETURN(const v1::Subscription subscription, tx_.Get<v1::Subscription>(name));
      products.insert(subscription.product());
      ASSIGN_OR_RETURN(const std::vector<std::string> recent,
                       tx_.SelectDistinct("capability", From<v1::UsageSample>()
                                                            .Under(name)
                                                            .Where("sample_date", ">=", since)
                                                            .Where("uses", ">", int64_t{0})));
      used.insert(recent.begin(), recent.end());
    }
    for (const std::string& name : products) {
      ASSIGN_OR_RETURN(const v1::Product product, tx_.Get<v1::Product>(name));
      for (std::string& capability : CapabilityNames(product)) {
        if (used.count(capability) == 0) {
          evidence_.unused_capabilities.push_back(std::move(capability));
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status WaitingFeedback(int days) {
    return Load(From<Feedback>()
                    .Under(account_)
                    .Where("state", "=", Feedback::State_Name(Feedback::RECEIVED))
                    .Where("receive_time", "<", tx_.now() - absl::Hours(24) * days),
                evidence_.waiting_feedback);
  }

  absl::Status Offers() {
    RETURN_IF_ERROR(Load(From<v1::Offer>().Under(opportunity_.name()), evidence_.offers));
    std::set<std::string> names;
    for (const v1::Offer& offer : evidence_.offers) {
      if (!offer.decided_by().empty()) names.insert(offer.decided_by());
    }
    return Contacts(names);
  }

  const Opportunity& opportunity_;
  const absl::string_view account_;
  ReadTx& tx_;
  Evidence evidence_;
  bool touches_known_ = false;
};

}  // namespace

absl::StatusOr<Evidence> GatherEvidence(const Opportunity& opportunity,
                                        const v1::Playbook& playbook, ReadTx& tx) {
  Gatherer gatherer(opportunity, tx);
  for (const Criterion& criterion : GateCriteria(opportunity, playbook)) {
    RETURN_IF_ERROR(gatherer.Gather(criterion));
  }
  return std::move(gatherer).Take();
}

absl::StatusOr<v1::GateReport> CheckGateOf(const Opportunity& opportunity,
                                           const v1::Playbook& playbook, ReadTx& tx) {
  ASSIGN_OR_RETURN(const Evidence evidence, GatherEvidence(opportunity, playbook, tx));
  return EvaluateGate(opportunity, playbook, evidence, tx.now());
}

absl::StatusOr<std::vector<Touch>> TouchesOfCycle(const Opportunity& opportunity, ReadTx& tx) {
  return tx.Select<Touch>(From<Touch>()
                              .Where("account", "=", AccountOf(opportunity.name()))
                              .Where("touch_time", ">=", ToTime(opportunity.open_time()))
                              .OrderBy("touch_time"));
}

}  // namespace perennial
