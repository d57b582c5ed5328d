#include "tests/conformance/relationship_reference.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/matchers.h"

namespace perennial::conformance {
namespace {

using v1::AccountEvent;
using v1::Contact;
using v1::Opportunity;
using v1::RelationshipStanding;
using v1::Touch;
using Risk = v1::Opportunity::Risk;

// Everything about one account.
struct Records {
  v1::Account account;
  std::vector<Touch> touches;
  std::vector<Contact> contacts;
  std::vector<AccountEvent> events;
  std::vector<Opportunity> opportunities;
  std::vector<v1::Feedback> feedback;
  std::vector<v1::Task> tasks;
  std::vector<v1::Subscription> subscriptions;
};

template <class Request, class Method>
auto ListAll(const std::string& account, const Method& method) {
  Request request;
  request.set_parent(account);
  return MustList(method(request));
}

Records ReadRecords(const std::string& account, Clients& api) {
  Records records;
  v1::GetAccountRequest get;
  get.set_name(account);
  records.account = Must(api.accounts.GetAccount(get));
  records.touches = ListAll<v1::ListTouchesRequest>(account, api.engagement.ListTouches);
  records.contacts = ListAll<v1::ListContactsRequest>(account, api.accounts.ListContacts);
  records.events = ListAll<v1::ListAccountEventsRequest>(account, api.accounts.ListAccountEvents);
  records.opportunities =
      ListAll<v1::ListOpportunitiesRequest>(account, api.pipeline.ListOpportunities);
  records.feedback = ListAll<v1::ListFeedbackRequest>(account, api.engagement.ListFeedback);
  records.tasks = ListAll<v1::ListTasksRequest>(account, api.engagement.ListTasks);
  records.subscriptions =
      ListAll<v1::ListSubscriptionsRequest>(account, api.subscriptions.ListSubscriptions);
  std::stable_sort(records.touches.begin(), records.touches.end(),
                   [](const Touch& a, const Touch& b) {
                     return ToTime(a.touch_time()) < ToTime(b.touch_time());
                   });
  return records;
}

bool Decides(const Contact& contact) {
  const std::set<int> roles(contact.roles().begin(), contact.roles().end());
  return roles.count(Contact::DECISION_MAKER) + roles.count(Contact::ECONOMIC_BUYER) +
             roles.count(Contact::EXECUTIVE_SPONSOR) + roles.count(Contact::CHAMPION) >
         0;
}

bool Names(const Touch& touch, const Contact& contact) {
  return std::count(touch.contacts().begin(), touch.contacts().end(), contact.name()) > 0;
}

bool Arrived(const Touch& touch) {
  return touch.disposition() == Touch::CONNECTED || touch.disposition() == Touch::LEFT_MESSAGE ||
         touch.disposition() == Touch::NO_REPLY;
}

class Reference {
 public:
  Reference(const Records& records, const v1::Playbook& playbook, absl::CivilDay today)
      : records_(records), playbook_(playbook), today_(today) {
    for (const Touch& touch : records.touches) {
      if (today - DayOf(touch.touch_time()) <= 365) year_.push_back(touch);
    }
  }

  RelationshipPicture Run() {
    RelationshipPicture picture;
    picture.standing = Standing();
    for (const Opportunity& opportunity : records_.opportunities) {
      if (opportunity.outcome() == Opportunity::OPEN) {
        picture.renewals.push_back(Renewal(opportunity));
      }
    }
    return picture;
  }

 private:
  int CountArrived(Touch::Intent intent) const {
    return static_cast<int>(std::count_if(year_.begin(), year_.end(), [&](const Touch& touch) {
      return touch.intent() == intent && Arrived(touch);
    }));
  }

  bool InRenewal(absl::CivilDay day) const {
    for (const Opportunity& opportunity : records_.opportunities) {
      const bool open = opportunity.outcome() == Opportunity::OPEN;
      const absl::CivilDay end = open ? today_ : DayOf(opportunity.close_time());
      if (DayOf(opportunity.open_time()) <= day && day <= end) return true;
    }
    return false;
  }

  const Touch* LastTwoWay() const {
    const Touch* last = nullptr;
    for (const Touch& touch : records_.touches) {
      if (touch.disposition() == Touch::CONNECTED) last = &touch;
    }
    return last;
  }

  absl::CivilDay SilentSince() const {
    if (LastTwoWay() != nullptr) return DayOf(LastTwoWay()->touch_time());
    absl::CivilDay since = DayOf(records_.account.create_time());
    for (const v1::Subscription& subscription : records_.subscriptions) {
      since = std::min(since, ToCivilDay(subscription.start_date()));
    }
    return since;
  }

  std::vector<Contact> ReachableDeciders() const {
    std::vector<Contact> deciders;
    for (const Contact& contact : records_.contacts) {
      bool lost = false;
      for (const Touch& touch : year_) {
        if (!Names(touch, contact)) continue;
        lost = touch.disposition() == Touch::WRONG_CONTACT || touch.disposition() == Touch::BOUNCED;
      }
      if (contact.state() == Contact::ACTIVE && !contact.do_not_contact() && Decides(contact) &&
          !lost) {
        deciders.push_back(contact);
      }
    }
    return deciders;
  }

  bool IsVerified(const Contact& contact) const {
    if (!contact.has_verify_time()) return false;
    const absl::CivilDay day = DayOf(contact.verify_time());
    for (const AccountEvent& event : records_.events) {
      const bool upheaval = event.type() == AccountEvent::PERSONNEL ||
                            event.type() == AccountEvent::REORGANIZATION ||
                            event.type() == AccountEvent::OWNERSHIP;
      if (upheaval && ToCivilDay(event.event_date()) > day) return false;
    }
    for (const v1::Criterion& criterion : playbook_.criteria()) {
      if (criterion.type() == v1::Criterion::CONTACTS_VERIFIED) {
        return today_ - day <= criterion.days();
      }
    }
    return false;
  }

  bool Unverified() const {
    const std::vector<Contact> deciders = ReachableDeciders();
    return std::none_of(deciders.begin(), deciders.end(),
                        [&](const Contact& contact) { return IsVerified(contact); });
  }

  bool Neglected() const { return today_ - SilentSince() > playbook_.neglect_days(); }

  RelationshipStanding Standing() const {
    RelationshipStanding standing;
    *standing.mutable_silent_since() = ToDate(SilentSince());
    if (LastTwoWay() != nullptr) *standing.mutable_last_two_way_time() = LastTwoWay()->touch_time();
    const int gave = CountArrived(Touch::GIVE), asked = CountArrived(Touch::ASK);
    standing.set_gave_count(gave);
    standing.set_asked_count(asked);
    if (gave + asked > 0) standing.set_gave_percent(gave * 100 / (gave + asked));
    std::set<std::string> competitors;
    for (const Touch& touch : year_) {
      if (!touch.competitor().empty()) competitors.insert(touch.competitor());
      if (!Arrived(touch)) continue;
      if (InRenewal(DayOf(touch.touch_time()))) {
        standing.set_window_touch_count(standing.window_touch_count() + 1);
      } else {
        standing.set_other_touch_count(standing.other_touch_count() + 1);
      }
    }
    for (const std::string& competitor : competitors) standing.add_competitors(competitor);
    for (const Contact& contact : ReachableDeciders()) {
      standing.set_reachable_decider_count(standing.reachable_decider_count() + 1);
      if (contact.has_verify_time() &&
          ToTime(contact.verify_time()) > ToTime(standing.verify_time())) {
        *standing.mutable_verify_time() = contact.verify_time();
      }
    }
    const auto add = [&](RelationshipStanding::State state, bool holds) {
      if (holds) standing.add_reasons()->set_state(state);
    };
    add(RelationshipStanding::NEGLECTED, Neglected());
    add(RelationshipStanding::UNVERIFIED, Unverified());
    add(RelationshipStanding::ONE_SIDED, asked > 0 && gave == 0);
    add(RelationshipStanding::FADING,
        today_ - SilentSince() > playbook_.fading_days() && !Neglected());
    standing.set_state(standing.reasons().empty() ? RelationshipStanding::FRESH
                                                  : standing.reasons(0).state());
    return standing;
  }

  const Touch* FirstReach(const Opportunity& opportunity) const {
    for (const Touch& touch : records_.touches) {
      if (touch.disposition() != Touch::CONNECTED ||
          ToTime(touch.touch_time()) < ToTime(opportunity.open_time())) {
        continue;
      }
      for (const Contact& contact : records_.contacts) {
        const bool there = contact.state() == Contact::ACTIVE ||
                           ToTime(touch.touch_time()) <= ToTime(contact.leave_time());
        if (Names(touch, contact) && Decides(contact) && there) return &touch;
      }
    }
    return nullptr;
  }

  bool ChampionLeft(const Opportunity& opportunity) const {
    for (const Contact& left : records_.contacts) {
      if (left.state() != Contact::LEFT || !Decides(left)) continue;
      const absl::CivilDay day = DayOf(left.leave_time());
      if (day < DayOf(opportunity.open_time()) && today_ - day > 365) continue;
      bool replaced = false;
      for (const Touch& touch : records_.touches) {
        for (const Contact& contact : records_.contacts) {
          replaced |= touch.disposition() == Touch::CONNECTED &&
                      ToTime(touch.touch_time()) > ToTime(left.leave_time()) &&
                      Names(touch, contact) && Decides(contact) &&
                      contact.state() == Contact::ACTIVE;
        }
      }
      if (!replaced) return true;
    }
    return false;
  }

  bool CompetitorActive(const Opportunity& opportunity) const {
    for (const Touch& touch : records_.touches) {
      if (!touch.competitor().empty() &&
          ToTime(touch.touch_time()) >= ToTime(opportunity.open_time())) {
        return true;
      }
    }
    for (const AccountEvent& event : records_.events) {
      if (event.type() == AccountEvent::COMPETITOR &&
          ToCivilDay(event.event_date()) >= DayOf(opportunity.open_time())) {
        return true;
      }
    }
    return false;
  }

  bool ConcernOpen() const {
    return std::any_of(records_.feedback.begin(), records_.feedback.end(),
                       [](const v1::Feedback& feedback) {
                         return feedback.type() == v1::Feedback::CONCERN &&
                                feedback.state() != v1::Feedback::ANSWERED;
                       });
  }

  bool MissedSteps(const Opportunity& opportunity) const {
    return std::any_of(records_.tasks.begin(), records_.tasks.end(), [&](const v1::Task& task) {
      return task.kind() == v1::Task::CADENCE && task.opportunity() == opportunity.name() &&
             (task.state() == v1::Task::MISSED ||
              (task.state() == v1::Task::OPEN && ToCivilDay(task.due_date()) < today_));
    });
  }

  int TargetDays(Opportunity::Stage stage) const {
    for (const auto& target : playbook_.stage_targets()) {
      if (target.stage() == stage) return target.target_days();
    }
    return 0;
  }

  Opportunity Renewal(const Opportunity& opportunity) const {
    Opportunity renewal;
    renewal.set_name(opportunity.name());
    if (const Touch* reach = FirstReach(opportunity)) {
      renewal.set_reached(true);
      *renewal.mutable_reach_time() = reach->touch_time();
    }
    bool grave = false;
    const auto add = [&](Risk::Reason reason, bool holds, bool is_grave) {
      if (!holds) return;
      renewal.add_risk_reasons(Risk::Reason_Name(reason));
      renewal.add_risks()->set_reason(reason);
      grave |= is_grave;
    };
    const auto days_since = [&](const google::protobuf::Timestamp& time) {
      return static_cast<int>(today_ - DayOf(time));
    };
    add(Risk::NEGLECTED, Neglected(), false);
    add(Risk::NEVER_REACHED,
        !renewal.reached() &&
            days_since(opportunity.open_time()) > TargetDays(Opportunity::OUTREACH),
        true);
    add(Risk::CHAMPION_LEFT, ChampionLeft(opportunity), true);
    add(Risk::UNVERIFIED, Unverified(), false);
    add(Risk::COMPETITOR_ACTIVE, CompetitorActive(opportunity), true);
    add(Risk::CONCERN_OPEN, ConcernOpen(), false);
    int64_t days_in_stage = days_since(opportunity.stage_enter_time());
    for (const auto& time : opportunity.stage_times()) {
      if (time.stage() == opportunity.stage()) days_in_stage += time.spent_seconds() / 86400;
    }
    add(Risk::STALLED, days_in_stage > TargetDays(opportunity.stage()), false);
    add(Risk::MISSED_STEPS, MissedSteps(opportunity), false);
    add(Risk::PAST_DUE, ToCivilDay(opportunity.renewal_date()) <= today_, true);
    renewal.set_risk_level(renewal.risks().empty()                ? Opportunity::LOW
                           : grave || renewal.risks().size() >= 3 ? Opportunity::HIGH
                                                                  : Opportunity::MEDIUM);
    return renewal;
  }

  const Records& records_;
  const v1::Playbook& playbook_;
  const absl::CivilDay today_;
  // The touches of the last 12 months, oldest first.
  std::vector<Touch> year_;
};

}  // namespace

std::string RelationshipPicture::Text() const {
  std::string text = standing.DebugString();
  for (const Opportunity& renewal : renewals) absl::StrAppend(&text, renewal.DebugString());
  return text;
}

RelationshipPicture ReadPicture(const std::string& account, Clients& api) {
  const Records records = ReadRecords(account, api);
  RelationshipPicture picture;
  picture.standing = records.account.standing();
  picture.standing.clear_review_date();
  picture.standing.clear_policy_version();
  for (auto& reason : *picture.standing.mutable_reasons()) {
    reason.clear_description();
    reason.clear_evidence();
  }
  for (const Opportunity& opportunity : records.opportunities) {
    if (opportunity.outcome() != Opportunity::OPEN) continue;
    Opportunity& renewal = picture.renewals.emplace_back();
    renewal.set_name(opportunity.name());
    renewal.set_reached(opportunity.reached());
    if (opportunity.has_reach_time()) *renewal.mutable_reach_time() = opportunity.reach_time();
    *renewal.mutable_risk_reasons() = opportunity.risk_reasons();
    for (const Risk& risk : opportunity.risks()) renewal.add_risks()->set_reason(risk.reason());
    renewal.set_risk_level(opportunity.risk_level());
  }
  return picture;
}

RelationshipPicture WorkOutPicture(const std::string& account, const v1::Playbook& playbook,
                                   absl::CivilDay today, Clients& api) {
  const Records records = ReadRecords(account, api);
  return Reference(records, playbook, today).Run();
}

}  // namespace perennial::conformance
