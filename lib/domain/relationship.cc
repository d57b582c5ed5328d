#include "lib/domain/relationship.h"

#include <algorithm>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/fingerprint.h"
#include "lib/domain/contacts.h"
#include "lib/domain/finding.h"
#include "lib/domain/gates.h"
#include "lib/domain/review_day.h"
#include "lib/domain/risk.h"

namespace perennial {

using v1::AccountEvent;
using v1::Contact;
using v1::Opportunity;
using v1::Playbook;
using v1::RelationshipStanding;
using v1::Touch;

namespace {

// To be counted up where the rules change, so that every account is looked at again.
constexpr char kRules[] = "1";

constexpr size_t kMostCompetitors = 20;

void AddReason(RelationshipStanding::State state, std::string description,
               const std::vector<std::string>& evidence, RelationshipStanding& standing) {
  RelationshipStanding::Reason& reason = *standing.add_reasons();
  reason.set_state(state);
  Explain(std::move(description), evidence, reason);
}

bool WasLost(const Touch& touch) {
  return touch.disposition() == Touch::WRONG_CONTACT || touch.disposition() == Touch::BOUNCED;
}

class StandingAssessor {
 public:
  StandingAssessor(const RelationshipFacts& facts, const Playbook& playbook, ReviewDay& review)
      : facts_(facts), playbook_(playbook), review_(review) {
    const absl::CivilDay since = review.today() - kTwelveMonths;
    for (const Touch& touch : facts.touches) {
      if (DayOf(touch.touch_time()) >= since) touches_.push_back(&touch);
    }
    // What the oldest one counts for ends with it.
    if (!touches_.empty()) {
      review.On(DayOf(touches_.front()->touch_time()) + kTwelveMonths + 1);
    }
  }

  RelationshipStanding Run() && {
    CountTouches();
    FindSilence();
    FindDeciders();
    // Gravest first.
    CheckNeglect();
    CheckVerified();
    CheckOneSided();
    CheckFading();
    standing_.set_state(standing_.reasons().empty() ? RelationshipStanding::FRESH
                                                    : standing_.reasons(0).state());
    return std::move(standing_);
  }

 private:
  bool InWindow(absl::CivilDay day) const {
    return absl::c_any_of(facts_.renewals, [day](const Opportunity& renewal) {
      return DayOf(renewal.open_time()) <= day &&
             (renewal.outcome() == Opportunity::OPEN || day <= DayOf(renewal.close_time()));
    });
  }

  void CountTouches() {
    int gave = 0, asked = 0, window = 0, other = 0;
    std::set<std::string> competitors;
    for (const Touch* touch : touches_) {
      if (!touch->competitor().empty()) competitors.insert(touch->competitor());
      if (!HasArrived(*touch)) continue;
      gave += touch->intent() == Touch::GIVE;
      asked += touch->intent() == Touch::ASK;
      ++(InWindow(DayOf(touch->touch_time())) ? window : other);
    }
    standing_.set_gave_count(gave);
    standing_.set_asked_count(asked);
    if (gave + asked > 0) standing_.set_gave_percent(100 * gave / (gave + asked));
    standing_.set_window_touch_count(window);
    standing_.set_other_touch_count(other);
    for (const std::string& competitor : competitors) {
      if (standing_.competitors().size() == kMostCompetitors) break;
      standing_.add_competitors(competitor);
    }
  }

  void FindSilence() {
    silent_since_ = facts_.customer_since;
    if (facts_.last_two_way.has_value()) {
      silent_since_ = DayOf(facts_.last_two_way->touch_time());
      *standing_.mutable_last_two_way_time() = facts_.last_two_way->touch_time();
    }
    *standing_.mutable_silent_since() = ToDate(silent_since_);
  }

  // Those who decide and can be reached.
  void FindDeciders() {
    absl::flat_hash_map<absl::string_view, const Touch*> latest;
    for (const Touch* touch : touches_) {
      for (const std::string& name : touch->contacts()) latest[name] = touch;
    }
    for (const Contact& contact : facts_.contacts) {
      if (contact.state() != Contact::ACTIVE || contact.do_not_contact() ||
          !HasDecisionRole(contact)) {
        continue;
      }
      const auto touch = latest.find(contact.name());
      if (touch != latest.end() && WasLost(*touch->second)) continue;
      deciders_.push_back(&contact);
      if (contact.has_verify_time() &&
          ToTime(contact.verify_time()) > ToTime(standing_.verify_time())) {
        *standing_.mutable_verify_time() = contact.verify_time();
        last_verified_ = &contact;
      }
    }
    standing_.set_reachable_decider_count(static_cast<int>(deciders_.size()));
  }

  std::string Silence() const {
    return absl::StrCat(facts_.last_two_way.has_value() ? "Nobody was spoken with since "
                                                        : "Never spoken with since ",
                        FormatDate(ToDate(silent_since_)));
  }

  std::vector<std::string> LastTwoWay() const {
    if (!facts_.last_two_way.has_value()) return {};
    return {facts_.last_two_way->name()};
  }

  void CheckNeglect() {
    const int limit = NeglectDays(playbook_);
    neglected_ = review_.HasPassed(silent_since_, limit);
    if (!neglected_) return;
    AddReason(RelationshipStanding::NEGLECTED,
              absl::StrCat(Silence(), ": more than ", limit, " days"), LastTwoWay(), standing_);
  }

  void CheckFading() {
    const int limit = FadingDays(playbook_);
    if (!review_.HasPassed(silent_since_, limit) || neglected_) return;
    AddReason(RelationshipStanding::FADING, absl::StrCat(Silence(), ": more than ", limit, " days"),
              LastTwoWay(), standing_);
  }

  const AccountEvent* LastUpheaval() const {
    const AccountEvent* last = nullptr;
    for (const AccountEvent& event : facts_.events) {
      if (!IsUpheaval(event)) continue;
      if (last == nullptr || ToCivilDay(last->event_date()) < ToCivilDay(event.event_date())) {
        last = &event;
      }
    }
    return last;
  }

  void CheckVerified() {
    if (deciders_.empty()) {
      return AddReason(RelationshipStanding::UNVERIFIED,
                       "No contact in a decision role can be reached", {}, standing_);
    }
    const int days = VerifyDays(playbook_);
    const AccountEvent* upheaval = LastUpheaval();
    // Verified later, it counts for longer: the standing changes with the last of them.
    if (last_verified_ != nullptr && IsVerified(*last_verified_, facts_.events) &&
        !review_.HasPassed(DayOf(last_verified_->verify_time()), days)) {
      return;
    }
    std::vector<std::string> evidence;
    for (const Contact* contact : deciders_) evidence.push_back(contact->name());
    std::string description =
        absl::StrCat("No reachable contact in a decision role was verified within ", days, " days");
    if (upheaval != nullptr) {
      absl::StrAppend(&description, " and since ", AccountEvent::Type_Name(upheaval->type()),
                      " on ", FormatDate(upheaval->event_date()));
      evidence.insert(evidence.begin(), upheaval->name());
    }
    AddReason(RelationshipStanding::UNVERIFIED, std::move(description), evidence, standing_);
  }

  void CheckOneSided() {
    if (standing_.asked_count() == 0 || standing_.gave_count() > 0) return;
    std::vector<std::string> asks;
    for (const Touch* touch : touches_) {
      if (touch->intent() == Touch::ASK && HasArrived(*touch)) asks.push_back(touch->name());
    }
    AddReason(RelationshipStanding::ONE_SIDED,
              absl::StrCat("Asked ", standing_.asked_count(),
                           standing_.asked_count() == 1 ? " time" : " times",
                           " within 12 months, and given nothing"),
              asks, standing_);
  }

  const RelationshipFacts& facts_;
  const Playbook& playbook_;
  ReviewDay& review_;
  // Within 12 months.
  std::vector<const Touch*> touches_;
  std::vector<const Contact*> deciders_;
  // Of these; null where none ever was.
  const Contact* last_verified_ = nullptr;
  absl::CivilDay silent_since_;
  bool neglected_ = false;
  RelationshipStanding standing_;
};

bool IsOpen(const Opportunity& renewal) { return renewal.outcome() == Opportunity::OPEN; }

}  // namespace

absl::CivilDay EarliestTouchDay(const std::vector<Opportunity>& renewals, absl::CivilDay today) {
  absl::CivilDay earliest = today - kTwelveMonths;
  for (const Opportunity& renewal : renewals) {
    if (IsOpen(renewal)) earliest = std::min(earliest, DayOf(renewal.open_time()));
  }
  return earliest;
}

Assessment Assess(const RelationshipFacts& facts, const PlaybookChooser& playbooks,
                  absl::CivilDay today) {
  ReviewDay review(today);
  Assessment assessment;
  assessment.standing = StandingAssessor(facts, playbooks.For(facts.account), review).Run();
  std::vector<std::string> followed;
  for (const Opportunity& renewal : facts.renewals) {
    if (!IsOpen(renewal)) continue;
    followed.push_back(renewal.playbook());
    assessment.renewals.push_back(renewal);
    AssessRisks(facts, assessment.standing, playbooks.Named(renewal.playbook()), review,
                assessment.renewals.back());
  }
  *assessment.standing.mutable_review_date() = ToDate(review.next());
  assessment.standing.set_policy_version(PolicyVersion(facts.account, followed, playbooks));
  return assessment;
}

std::string PolicyVersion(const v1::Account& account, const std::vector<std::string>& followed,
                          const PlaybookChooser& playbooks) {
  const Playbook& fit = playbooks.For(account);
  std::string limits = absl::StrCat(FadingDays(fit), " ", NeglectDays(fit), " ", VerifyDays(fit));
  const std::set<std::string> distinct(followed.begin(), followed.end());
  for (const std::string& name : distinct) {
    const Playbook& playbook = playbooks.Named(name);
    absl::StrAppend(&limits, "\n", name);
    for (int stage = Opportunity::OUTREACH; stage <= Opportunity::RENEWAL; ++stage) {
      const auto target = StageTargetOf(playbook, static_cast<Opportunity::Stage>(stage));
      absl::StrAppend(&limits, " ", target.target_days());
    }
  }
  return absl::StrCat(kRules, "-", absl::Hex(Fingerprint(limits)));
}

}  // namespace perennial
