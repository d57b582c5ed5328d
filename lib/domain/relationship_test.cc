#include "lib/domain/relationship.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/support/parse_text.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using v1::Contact;
using v1::Opportunity;
using v1::RelationshipStanding;
using v1::Touch;

const absl::CivilDay kToday(2025, 6, 30);

google::protobuf::Timestamp NoonOf(absl::CivilDay day) {
  return ToTimestamp(absl::FromCivil(day, absl::UTCTimeZone()) + absl::Hours(12));
}

// A customer since long ago, with a verified champion, spoken with and given to a week ago, whose
// renewal opened a month ago.
class RelationshipTest : public testing::Test {
 protected:
  RelationshipTest() {
    facts_.account.set_name("accounts/a");
    facts_.customer_since = kToday - 1000;
    AddContact("champion", "roles: CHAMPION", kToday - 30);
    AddTouch(kToday - 7, "disposition: CONNECTED intent: GIVE contacts: 'champion'");
    renewal_.set_name("accounts/a/opportunities/o");
    renewal_.set_playbook("playbooks/default");
    renewal_.set_stage(Opportunity::OUTREACH);
    renewal_.set_outcome(Opportunity::OPEN);
    *renewal_.mutable_open_time() = NoonOf(kToday - 30);
    *renewal_.mutable_stage_enter_time() = NoonOf(kToday - 30);
    *renewal_.mutable_renewal_date() = ToDate(kToday + 90);
  }

  Contact& AddContact(const std::string& name, const std::string& text, absl::CivilDay verified) {
    Contact& contact = facts_.contacts.emplace_back(ParseText<Contact>(text));
    contact.set_name(name);
    if (contact.state() == Contact::STATE_UNSPECIFIED) contact.set_state(Contact::ACTIVE);
    *contact.mutable_verify_time() = NoonOf(verified);
    return contact;
  }

  Touch& AddTouch(absl::CivilDay day, const std::string& text) {
    Touch touch = ParseText<Touch>(text);
    touch.set_name(absl::StrCat("t", facts_.touches.size()));
    *touch.mutable_touch_time() = NoonOf(day);
    facts_.touches.push_back(touch);
    return facts_.touches.back();
  }

  v1::AccountEvent& AddEvent(v1::AccountEvent::Type type, absl::CivilDay day) {
    v1::AccountEvent& event = facts_.events.emplace_back();
    event.set_name(absl::StrCat("e", facts_.events.size()));
    event.set_type(type);
    *event.mutable_event_date() = ToDate(day);
    return event;
  }

  Assessment AssessOn(absl::CivilDay day) {
    std::stable_sort(facts_.touches.begin(), facts_.touches.end(),
                     [](const Touch& a, const Touch& b) {
                       return ToTime(a.touch_time()) < ToTime(b.touch_time());
                     });
    facts_.last_two_way.reset();
    for (const Touch& touch : facts_.touches) {
      if (touch.disposition() == Touch::CONNECTED) facts_.last_two_way = touch;
    }
    facts_.renewals = {renewal_};
    const auto playbooks = PlaybookChooser::Make({playbook_});
    return Assess(facts_, *playbooks, day);
  }

  RelationshipStanding Standing(absl::CivilDay day = kToday) { return AssessOn(day).standing; }

  std::vector<std::string> States(absl::CivilDay day = kToday) {
    std::vector<std::string> states;
    const RelationshipStanding standing = Standing(day);
    for (const auto& reason : standing.reasons()) {
      states.push_back(RelationshipStanding::State_Name(reason.state()));
    }
    return states;
  }

  std::vector<std::string> Risks(absl::CivilDay day = kToday) {
    const Opportunity renewal = AssessOn(day).renewals.at(0);
    return {renewal.risk_reasons().begin(), renewal.risk_reasons().end()};
  }

  Opportunity::RiskLevel Level(absl::CivilDay day = kToday) {
    return AssessOn(day).renewals.at(0).risk_level();
  }

  RelationshipFacts facts_;
  Opportunity renewal_;
  v1::Playbook playbook_ = DefaultPlaybook();
};

TEST_F(RelationshipTest, SilenceFadesAndIsNeglect) {
  EXPECT_EQ(Standing().state(), RelationshipStanding::FRESH);
  EXPECT_THAT(States(), IsEmpty());
  const absl::CivilDay spoken = kToday - 7;
  EXPECT_EQ(ToCivilDay(Standing().silent_since()), spoken);
  EXPECT_THAT(States(spoken + 45), IsEmpty());
  EXPECT_THAT(States(spoken + 46), ElementsAre("FADING"));
  EXPECT_THAT(States(spoken + 90), ElementsAre("FADING"));
  EXPECT_EQ(Standing(spoken + 91).state(), RelationshipStanding::NEGLECTED);
  EXPECT_THAT(Standing(spoken + 91).reasons(0).evidence(), ElementsAre("t0"));
  playbook_.set_neglect_days(30);
  EXPECT_EQ(Standing(spoken + 31).state(), RelationshipStanding::NEGLECTED);
}

TEST_F(RelationshipTest, WhoeverWasNeverSpokenWithIsSilentSinceTheyAreCustomers) {
  facts_.touches.clear();
  AddTouch(kToday - 1, "disposition: LEFT_MESSAGE intent: GIVE");
  const RelationshipStanding standing = Standing();
  EXPECT_EQ(ToCivilDay(standing.silent_since()), facts_.customer_since);
  EXPECT_FALSE(standing.has_last_two_way_time());
  EXPECT_EQ(standing.state(), RelationshipStanding::NEGLECTED);
}

TEST_F(RelationshipTest, CountsWhatWasGivenAndAskedInTwelveMonths) {
  AddTouch(kToday - 365, "disposition: NO_REPLY intent: ASK");
  AddTouch(kToday - 366, "disposition: CONNECTED intent: ASK");
  AddTouch(kToday - 1, "disposition: BOUNCED intent: ASK");
  const RelationshipStanding standing = Standing();
  EXPECT_EQ(standing.gave_count(), 1);
  EXPECT_EQ(standing.asked_count(), 1) << "one was too long ago, one did not arrive";
  EXPECT_EQ(standing.gave_percent(), 50);
  EXPECT_EQ(standing.window_touch_count(), 1);
  EXPECT_EQ(standing.other_touch_count(), 1);
  facts_.touches.clear();
  EXPECT_FALSE(Standing().has_gave_percent()) << "nothing can be said of nothing";
}

TEST_F(RelationshipTest, AskingAloneIsOneSided) {
  facts_.touches[0].set_intent(Touch::ASK);
  EXPECT_THAT(States(), ElementsAre("ONE_SIDED"));
  AddTouch(kToday - 1, "disposition: LEFT_MESSAGE intent: GIVE");
  EXPECT_THAT(States(), IsEmpty());
}

TEST_F(RelationshipTest, SomebodyWhoDecidesMustBeVerified) {
  const absl::CivilDay verified = kToday - 30;
  EXPECT_EQ(Standing().reachable_decider_count(), 1);
  EXPECT_EQ(ToTime(Standing().verify_time()), ToTime(NoonOf(verified)));
  facts_.touches.back().set_disposition(Touch::CONNECTED);
  AddTouch(verified + 181, "disposition: CONNECTED intent: GIVE");
  EXPECT_THAT(States(verified + 180), testing::Not(testing::Contains("UNVERIFIED")));
  EXPECT_THAT(States(verified + 181), ElementsAre("UNVERIFIED"));
  AddEvent(v1::AccountEvent::BUDGET, kToday - 1);
  EXPECT_THAT(States(), IsEmpty());
  AddEvent(v1::AccountEvent::REORGANIZATION, verified);
  EXPECT_THAT(States(), IsEmpty()) << "verified on the day itself";
  AddEvent(v1::AccountEvent::PERSONNEL, verified + 1);
  EXPECT_THAT(States(), ElementsAre("UNVERIFIED"));
  EXPECT_THAT(Standing().reasons(0).evidence(), ElementsAre("e3", "champion"));
}

TEST_F(RelationshipTest, OnlyThoseWhoCanBeReachedCount) {
  facts_.contacts[0].set_do_not_contact(true);
  EXPECT_THAT(States(), ElementsAre("UNVERIFIED"));
  facts_.contacts[0].set_do_not_contact(false);
  AddTouch(kToday - 1, "disposition: BOUNCED intent: GIVE contacts: 'champion'");
  EXPECT_EQ(Standing().reachable_decider_count(), 0);
  AddTouch(kToday, "disposition: NO_ANSWER intent: GIVE contacts: 'champion'");
  EXPECT_EQ(Standing().reachable_decider_count(), 1);
  facts_.contacts[0].clear_roles();
  EXPECT_EQ(Standing().reachable_decider_count(), 0);
}

TEST_F(RelationshipTest, ARenewalOnItsWayIsAtLowRisk) {
  EXPECT_THAT(Risks(), IsEmpty());
  EXPECT_EQ(Level(), Opportunity::LOW);
  const Opportunity renewal = AssessOn(kToday).renewals.at(0);
  EXPECT_TRUE(renewal.reached());
  EXPECT_EQ(ToTime(renewal.reach_time()), ToTime(facts_.touches[0].touch_time()));
  renewal_.set_owner_risk_level(Opportunity::MEDIUM);
  EXPECT_EQ(Level(), Opportunity::MEDIUM) << "what the owner sees counts as well";
}

TEST_F(RelationshipTest, WhatTimeBringsAboutEndangersARenewal) {
  EXPECT_THAT(Risks(kToday + 1), ElementsAre("STALLED")) << "after 30 days in OUTREACH";
  EXPECT_EQ(Level(kToday + 1), Opportunity::MEDIUM);
  EXPECT_THAT(Risks(kToday + 84), ElementsAre("NEGLECTED", "STALLED"));
  EXPECT_EQ(Level(kToday + 84), Opportunity::MEDIUM);
  EXPECT_THAT(Risks(kToday + 90), ElementsAre("NEGLECTED", "STALLED", "PAST_DUE"));
  EXPECT_EQ(Level(kToday + 90), Opportunity::HIGH);
}

TEST_F(RelationshipTest, WhoeverReturnsToAStageGoesOnInIt) {
  Opportunity::StageTime& time = *renewal_.add_stage_times();
  time.set_stage(Opportunity::ADOPTION_REVIEW);
  time.set_spent_seconds(absl::ToInt64Seconds(absl::Hours(24 * 300)));
  EXPECT_THAT(Risks(), IsEmpty()) << "another stage";
  time.set_stage(Opportunity::OUTREACH);
  EXPECT_THAT(Risks(), ElementsAre("STALLED"));
  EXPECT_THAT(AssessOn(kToday).renewals.at(0).risks(0).description(),
              testing::HasSubstr(", and 300 days before: more than 30 days"));
  time.set_spent_seconds(0);
  EXPECT_THAT(Risks(), IsEmpty());
}

TEST_F(RelationshipTest, NobodyReachedIsARiskOnceOutreachShouldBeOver) {
  facts_.touches[0].clear_contacts();
  EXPECT_THAT(Risks(), IsEmpty());
  EXPECT_THAT(Risks(kToday + 1), ElementsAre("NEVER_REACHED", "STALLED"));
  EXPECT_EQ(Level(kToday + 1), Opportunity::HIGH);
}

TEST_F(RelationshipTest, AChampionWhoLeftIsMissedUntilSomebodyElseWasSpokenWith) {
  Contact& left = AddContact("gone", "roles: ECONOMIC_BUYER state: LEFT", kToday - 300);
  *left.mutable_leave_time() = NoonOf(kToday - 7);
  *left.mutable_leave_time() = ToTimestamp(ToTime(left.leave_time()) + absl::Hours(1));
  EXPECT_THAT(Risks(), ElementsAre("CHAMPION_LEFT"));
  EXPECT_EQ(Level(), Opportunity::HIGH);
  AddTouch(kToday - 6, "disposition: NO_ANSWER intent: GIVE contacts: 'champion'");
  EXPECT_THAT(Risks(), ElementsAre("CHAMPION_LEFT"));
  AddTouch(kToday - 5, "disposition: CONNECTED intent: GIVE contacts: 'champion'");
  EXPECT_THAT(Risks(), IsEmpty());
}

TEST_F(RelationshipTest, CompetitorsConcernsAndMissedStepsAreRisks) {
  AddTouch(kToday - 31, "disposition: CONNECTED intent: CHECK_IN competitor: 'Zephyr'");
  EXPECT_THAT(Risks(), IsEmpty()) << "before it opened";
  AddTouch(kToday - 3, "disposition: CONNECTED intent: CHECK_IN competitor: 'Boreas'");
  EXPECT_THAT(Risks(), ElementsAre("COMPETITOR_ACTIVE"));
  EXPECT_THAT(Standing().competitors(), ElementsAre("Boreas", "Zephyr"));
  facts_.open_concerns.emplace_back().set_name("f");
  v1::Task& step = facts_.undone_steps.emplace_back();
  step.set_name("s");
  step.set_opportunity(renewal_.name());
  step.set_state(v1::Task::OPEN);
  *step.mutable_due_date() = ToDate(kToday);
  EXPECT_THAT(Risks(), ElementsAre("COMPETITOR_ACTIVE", "CONCERN_OPEN"));
  EXPECT_THAT(Risks(kToday + 1),
              ElementsAre("COMPETITOR_ACTIVE", "CONCERN_OPEN", "STALLED", "MISSED_STEPS"));
  step.set_state(v1::Task::MISSED);
  EXPECT_THAT(Risks(), ElementsAre("COMPETITOR_ACTIVE", "CONCERN_OPEN", "MISSED_STEPS"));
}

TEST_F(RelationshipTest, LimitsMakeThePolicy) {
  const std::string before = Standing().policy_version();
  playbook_.set_display_name("Another name");
  EXPECT_EQ(Standing().policy_version(), before);
  playbook_.set_neglect_days(10);
  EXPECT_NE(Standing().policy_version(), before);
  playbook_.clear_neglect_days();
  playbook_.mutable_stage_targets(0)->set_target_days(5);
  EXPECT_NE(Standing().policy_version(), before);
}

// --- what is worked out holds until the review date ---

class RandomRelationshipTest : public RelationshipTest, public testing::WithParamInterface<int> {
 protected:
  int Below(int bound) { return std::uniform_int_distribution<>(0, bound - 1)(random_); }
  absl::CivilDay RecentDay() { return kToday - Below(420); }

  void MakeRandom() {
    facts_.touches.clear();
    for (int i = Below(6); i > 0; --i) {
      Touch& touch = AddTouch(RecentDay(), "");
      touch.set_disposition(static_cast<Touch::Disposition>(1 + Below(7)));
      touch.set_intent(static_cast<Touch::Intent>(1 + Below(4)));
      if (Below(3) > 0) touch.add_contacts(Below(2) == 0 ? "champion" : "other");
      if (Below(4) == 0) touch.set_competitor("Zephyr");
    }
    Contact& other = AddContact("other", "roles: DECISION_MAKER", RecentDay());
    if (Below(2) == 0) {
      other.set_state(Contact::LEFT);
      *other.mutable_leave_time() = NoonOf(RecentDay());
    }
    *facts_.contacts[0].mutable_verify_time() = NoonOf(RecentDay());
    if (Below(3) == 0) AddEvent(v1::AccountEvent::OWNERSHIP, RecentDay());
    for (int i = Below(3); i > 0; --i) {
      v1::Task& step = facts_.undone_steps.emplace_back();
      step.set_name(absl::StrCat("s", i));
      step.set_opportunity(renewal_.name());
      step.set_state(v1::Task::OPEN);
      *step.mutable_due_date() = ToDate(kToday + Below(120) - 20);
    }
    renewal_.set_stage(static_cast<Opportunity::Stage>(1 + Below(4)));
    *renewal_.mutable_open_time() = NoonOf(kToday - Below(120));
    *renewal_.mutable_renewal_date() = ToDate(kToday + Below(120) - 10);
  }

  // As text, without the review date itself.
  std::string Picture(absl::CivilDay day) {
    Assessment assessment = AssessOn(day);
    assessment.standing.clear_review_date();
    return absl::StrCat(assessment.standing.DebugString(), assessment.renewals[0].DebugString());
  }

 private:
  std::mt19937 random_{static_cast<unsigned>(GetParam())};
};

TEST_P(RandomRelationshipTest, HoldsUntilItsReviewDate) {
  MakeRandom();
  absl::CivilDay day = kToday;
  std::string picture = Picture(day);
  absl::CivilDay review = ToCivilDay(Standing(day).review_date());
  for (; day < kToday + 500; ++day) {
    ASSERT_GT(review, day);
    if (day + 1 < review) {
      ASSERT_EQ(Picture(day + 1), picture) << FormatDate(ToDate(day + 1));
    } else {
      picture = Picture(day + 1);
      review = ToCivilDay(Standing(day + 1).review_date());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRelationshipTest, testing::Range(0, 40));

}  // namespace
}  // namespace perennial
