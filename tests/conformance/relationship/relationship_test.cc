// How things stand with a customer follows what is recorded, and the passing of time.

#include <functional>
#include <optional>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/conformance/relationship_reference.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using v1::Contact;
using v1::Opportunity;
using v1::RelationshipStanding;
using v1::Touch;

// Short limits, so that little time does much.
constexpr char kLimits[] = R"(
    fading_days: 15 neglect_days: 30 valued_arr: 5000
    stage_targets {stage: OUTREACH target_days: 10}
    stage_targets {stage: ADOPTION_REVIEW target_days: 12}
    stage_targets {stage: UPSELL target_days: 14}
    stage_targets {stage: RENEWAL target_days: 16}
    criteria {stage: OUTREACH type: CONTACTS_VERIFIED days: 40}
    cadence_steps {days_before_renewal: 350 title: 'Call'}
    cadence_steps {days_before_renewal: 300 title: 'Show'}
    cadence_steps {days_before_renewal: 30 title: 'Ask'})";

class RelationshipTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) customer_.emplace(api());
  }

  Customer& customer() { return *customer_; }

  v1::Account Account() {
    v1::GetAccountRequest request;
    request.set_name(customer().account());
    return Must(api().accounts.GetAccount(request));
  }

  void Verify(const std::string& contact) {
    v1::VerifyContactRequest request;
    request.set_name(contact);
    Must(api().accounts.VerifyContact(request));
  }

  std::vector<std::string> Listed(const std::string& filter, const std::string& order = "") {
    v1::ListAccountsRequest request;
    request.set_filter(absl::StrCat("owner = \"", customer().owner(), "\" AND ", filter));
    request.set_order_by(order);
    std::vector<std::string> names;
    for (const v1::Account& account : MustList(api().accounts.ListAccounts(request))) {
      names.push_back(account.name());
    }
    return names;
  }

  std::vector<std::string> Gestures() {
    v1::ListTasksRequest request;
    request.set_parent(customer().account());
    request.set_filter("kind = GIVE");
    std::vector<std::string> titles;
    for (const v1::Task& task : MustList(api().engagement.ListTasks(request))) {
      titles.push_back(task.title());
    }
    return titles;
  }

  std::vector<v1::Change> ChangesOf(const std::string& name) {
    v1::ListChangesRequest request;
    request.set_filter(absl::StrCat("resource_name = \"", name, "\""));
    return MustList(api().history.ListChanges(request));
  }

 private:
  std::optional<Customer> customer_;
};
INSTANTIATE_ON_EVERY_ENGINE(RelationshipTest);

TEST_P(RelationshipTest, TheStandingIsFiltersAndOrders) {
  customer().Follow(kLimits);
  EXPECT_THAT(Listed("standing.state = UNVERIFIED"), ElementsAre(customer().account()));
  Verify(customer().champion());
  EXPECT_THAT(Listed("standing.state = FRESH"), ElementsAre(customer().account()));
  EXPECT_THAT(Listed("standing.reachable_decider_count = 0"), IsEmpty());
  customer().Record("intent: ASK competitor: 'Zephyr'");
  EXPECT_THAT(Listed("standing.state = ONE_SIDED AND standing.competitors:Zephyr"),
              ElementsAre(customer().account()));
  EXPECT_THAT(Listed("standing.gave_percent < 50 AND standing.asked_count = 1"),
              ElementsAre(customer().account()));
  EXPECT_THAT(Listed(absl::StrCat("standing.silent_since >= ", FormatDate(ToDate(Today()))),
                     "standing.silent_since desc, standing.state"),
              ElementsAre(customer().account()));
  v1::ListAccountsRequest request;
  request.set_filter("standing.mood = GOOD");
  EXPECT_THAT(api().accounts.ListAccounts.Page(request), FailsWith(v1::INVALID_FILTER));
}

TEST_P(RelationshipTest, NobodyTypesItIn) {
  const v1::Account before = Account();
  v1::UpdateAccountRequest request;
  *request.mutable_account() = before;
  request.mutable_account()->mutable_standing()->set_state(RelationshipStanding::FRESH);
  EXPECT_THAT(Must(api().accounts.UpdateAccount(request)).standing(),
              EqualsProto(before.standing()));
  request.mutable_update_mask()->add_paths("display_name");
  request.mutable_update_mask()->add_paths("standing");
  EXPECT_THAT(api().accounts.UpdateAccount(request), FailsWith(v1::INVALID_UPDATE_MASK));
}

TEST_P(RelationshipTest, OneCallIsOneChangeOfEach) {
  const Opportunity opportunity = customer().Open({customer().Subscribe().name()});
  const size_t accounts = ChangesOf(customer().account()).size();
  const size_t opportunities = ChangesOf(opportunity.name()).size();
  customer().Record("intent: GIVE competitor: 'Zephyr'");
  EXPECT_EQ(ChangesOf(customer().account()).size(), accounts + 1);
  EXPECT_EQ(ChangesOf(opportunity.name()).size(), opportunities + 1);
  EXPECT_EQ(ChangesOf(opportunity.name()).back().method(), "EngagementService.CreateTouch");

  // What a call answers is what there is after it.
  customer().Earn(customer().Get(opportunity));
  const Opportunity advanced = customer().Advance(opportunity.name());
  EXPECT_THAT(advanced, EqualsProto(customer().Get(opportunity)));
  v1::BatchAdvanceOpportunitiesRequest batch;
  batch.add_requests()->set_name(opportunity.name());
  batch.mutable_requests(0)->set_override_reason("For the test");
  const auto answer = Must(api().pipeline.BatchAdvanceOpportunities(batch));
  EXPECT_THAT(answer.results(0).opportunity(), EqualsProto(customer().Get(opportunity)));
}

TEST_P(RelationshipTest, APlaybooksLimitsCountOnceTheDayIsOver) {
  v1::Playbook playbook = customer().Follow("neglect_days: 100 fading_days: 100");
  Verify(customer().champion());
  customer().Record("intent: GIVE");
  MoveDays(20);
  EXPECT_EQ(Account().standing().state(), RelationshipStanding::FRESH);
  v1::UpdatePlaybookRequest update;
  update.mutable_playbook()->set_name(playbook.name());
  update.mutable_playbook()->set_neglect_days(10);
  Must(api().pipeline.UpdatePlaybook(update));
  MoveDays(1);
  EXPECT_EQ(Account().standing().state(), RelationshipStanding::NEGLECTED);
  // Another playbook fits from now on.
  v1::Playbook gentler = playbook;
  gentler.set_priority(20);
  gentler.set_neglect_days(200);
  v1::CreatePlaybookRequest create;
  create.set_playbook_id(UniqueId("playbook"));
  *create.mutable_playbook() = gentler;
  Must(api().pipeline.CreatePlaybook(create));
  MoveDays(1);
  EXPECT_EQ(Account().standing().state(), RelationshipStanding::FRESH);
}

TEST_P(RelationshipTest, AValuedCustomerIsGivenSomethingAlsoWithoutARenewal) {
  customer().Follow(absl::StrCat(kLimits, " lead_days: 10"));
  customer().Subscribe("arr {currency_code: 'USD' micros: 4999000000}");
  MoveDays(31);
  EXPECT_EQ(Account().standing().state(), RelationshipStanding::NEGLECTED);
  EXPECT_THAT(Gestures(), IsEmpty());
  customer().Subscribe("arr {currency_code: 'USD' micros: 1000000}");
  MoveDays(1);
  EXPECT_THAT(Gestures(),
              ElementsAre("Nobody has spoken with them for long: thanks, news or advice, and no "
                          "ask"));
  MoveDays(3);
  EXPECT_EQ(Gestures().size(), 1u);
}

TEST_P(RelationshipTest, AYearOfOneCustomer) {
  // January. They buy a year; the champion is verified, spoken with, and given something.
  customer().Follow(R"(lead_days: 120
      stage_targets {stage: OUTREACH target_days: 30}
      cadence_steps {days_before_renewal: 90 channel: PHONE intent: CHECK_IN title: 'Call'})");
  const v1::Subscription pro = customer().Subscribe();
  Verify(customer().champion());
  customer().Record("intent: GIVE");
  EXPECT_EQ(Account().standing().state(), RelationshipStanding::FRESH);

  // Nobody gets in touch any more.
  MoveDays(46);
  EXPECT_EQ(Account().standing().state(), RelationshipStanding::FADING);
  MoveDays(45);
  EXPECT_EQ(Account().standing().state(), RelationshipStanding::NEGLECTED);
  EXPECT_THAT(Gestures(), ElementsAre(testing::StartsWith("Nobody has spoken with them")));

  // July. Somebody does, but only to ask; and they reorganize.
  MoveDays(100);
  customer().Record("intent: ASK");
  EXPECT_EQ(Account().standing().state(), RelationshipStanding::UNVERIFIED) << "180 days ago";
  Verify(customer().champion());
  EXPECT_EQ(Account().standing().state(), RelationshipStanding::FRESH);
  customer().Happened("type: REORGANIZATION title: 'Regions were merged'");
  EXPECT_EQ(Account().standing().state(), RelationshipStanding::FRESH) << "verified that day";
  MoveDays(1);
  customer().Happened("type: PERSONNEL title: 'A new head of IT'");
  EXPECT_EQ(Account().standing().state(), RelationshipStanding::UNVERIFIED);

  // September. The renewal opens by itself, and nobody calls.
  MoveDays(60);
  Opportunity renewal = customer().Opportunities("outcome = OPEN").at(0);
  EXPECT_THAT(renewal.risk_reasons(), Contains("UNVERIFIED"));
  EXPECT_FALSE(renewal.reached());
  MoveDays(31);
  renewal = customer().Get(renewal);
  EXPECT_THAT(renewal.risk_reasons(),
              ElementsAre("NEGLECTED", "NEVER_REACHED", "UNVERIFIED", "STALLED", "MISSED_STEPS"));
  EXPECT_EQ(renewal.risk_level(), Opportunity::HIGH);

  // October. One call, which gives and does the cadence's step, puts most of it right.
  v1::ListTasksRequest steps;
  steps.set_parent(customer().account());
  steps.set_filter("kind = CADENCE");
  v1::CreateTouchRequest call;
  call.set_parent(customer().account());
  *call.mutable_touch() = ParseText<Touch>(absl::StrCat(
      "channel: PHONE direction: OUTBOUND disposition: CONNECTED intent: GIVE contacts: '",
      customer().champion(), "'"));
  call.add_completed_tasks(MustList(api().engagement.ListTasks(steps)).at(0).name());
  Must(api().engagement.CreateTouch(call));
  Verify(customer().champion());
  renewal = customer().Get(renewal);
  EXPECT_TRUE(renewal.reached());
  EXPECT_THAT(renewal.risk_reasons(), ElementsAre("STALLED"));
  EXPECT_EQ(renewal.risk_level(), Opportunity::MEDIUM);
  customer().Advance(renewal.name());
  EXPECT_THAT(customer().Get(renewal).risk_reasons(), IsEmpty());

  // November. The champion leaves.
  v1::MarkContactLeftRequest left;
  left.set_name(customer().champion());
  Must(api().accounts.MarkContactLeft(left));
  EXPECT_THAT(customer().Get(renewal).risk_reasons(), ElementsAre("CHAMPION_LEFT", "UNVERIFIED"));
  const Contact successor =
      customer().AddContact("display_name: 'A successor' roles: DECISION_MAKER");
  Verify(successor.name());
  MoveDays(1);
  customer().Record(absl::StrCat("contacts: '", successor.name(), "'"));
  EXPECT_THAT(customer().Get(renewal).risk_reasons(), IsEmpty());
  EXPECT_EQ(Account().standing().state(), RelationshipStanding::FRESH);

  // January again. The term ends and nobody has decided.
  const int rest = static_cast<int>(ToCivilDay(pro.term_end_date()) - Today());
  MoveDays(rest);
  EXPECT_THAT(customer().Get(renewal).risk_reasons(), Contains("PAST_DUE"));
  const Opportunity churned = customer().CloseAsChurned(renewal.name(), v1::BUDGET);
  EXPECT_THAT(churned.risk_reasons(), Contains("PAST_DUE")) << "closing keeps what there was";
  // The champion asked once and gave twice in these twelve months.
  EXPECT_EQ(Account().standing().asked_count(), 1);
}

TEST_P(RelationshipTest, TouchesAtTheSameTimeAllCount) {
  constexpr int kPeople = 6, kTouches = 8;
  customer().Follow(kLimits);
  const Opportunity opportunity = customer().Open({customer().Subscribe().name()});
  v1::CreateTaskRequest create;
  create.set_parent(customer().account());
  *create.mutable_task() = ParseText<v1::Task>("title: 'Call them'");
  *create.mutable_task()->mutable_due_date() = ToDate(Today());
  const std::string task = Must(api().engagement.CreateTask(create)).name();
  std::atomic<int> done = 0, refused = 0;
  std::vector<std::thread> people;
  for (int person = 0; person < kPeople; ++person) {
    people.emplace_back([&, person] {
      for (int i = 0; i < kTouches; ++i) {
        v1::CreateTouchRequest request;
        request.set_parent(customer().account());
        *request.mutable_touch() = ParseText<Touch>(
            absl::StrCat("channel: PHONE direction: OUTBOUND disposition: CONNECTED contacts: '",
                         customer().champion(), "' intent: ", person % 2 == 0 ? "GIVE" : "ASK"));
        // All of them have done the task, so they say; one of them has.
        if (i == 0) request.add_completed_tasks(task);
        const auto touch = api().engagement.CreateTouch(request);
        if (i > 0 || touch.ok()) {
          EXPECT_THAT(touch, IsOk());
          done += i == 0;
        } else {
          EXPECT_THAT(touch, FailsWith(v1::WRONG_STATE));
          ++refused;
        }
      }
    });
  }
  for (std::thread& person : people) person.join();
  EXPECT_EQ(done, 1);
  EXPECT_EQ(refused, kPeople - 1);
  const RelationshipStanding standing = Account().standing();
  EXPECT_EQ(standing.gave_count() + standing.asked_count(), kPeople * (kTouches - 1) + 1);
  EXPECT_TRUE(customer().Get(opportunity).reached());
}

// --- random histories ---

class RandomHistoryTest : public RelationshipTest {
 protected:
  int Below(int bound) { return std::uniform_int_distribution<>(0, bound - 1)(random_); }
  bool OneIn(int n) { return Below(n) == 0; }
  template <class T>
  const T& Of(const std::vector<T>& list) {
    return list[static_cast<size_t>(Below(static_cast<int>(list.size())))];
  }

  google::protobuf::Timestamp RecentTime() {
    return ToTimestamp(Now() - absl::Hours(24) * Below(OneIn(4) ? 400 : 30) -
                       absl::Minutes(Below(1440)));
  }

  std::vector<Contact> Contacts(const std::string& filter = "") {
    v1::ListContactsRequest request;
    request.set_parent(customer().account());
    request.set_filter(filter);
    return MustList(api().accounts.ListContacts(request));
  }

  Touch RandomTouch() {
    Touch touch;
    touch.set_channel(static_cast<v1::Channel>(1 + Below(8)));
    touch.set_direction(OneIn(3) ? Touch::INBOUND : Touch::OUTBOUND);
    touch.set_disposition(static_cast<Touch::Disposition>(OneIn(2) ? 1 : 1 + Below(7)));
    touch.set_intent(static_cast<Touch::Intent>(1 + Below(4)));
    if (OneIn(6)) touch.set_competitor(OneIn(2) ? "Zephyr" : "Boreas");
    touch.set_do_not_contact_reason("A test");
    *touch.mutable_touch_time() = RecentTime();
    if (!OneIn(4)) touch.add_contacts(Of(Contacts()).name());
    return touch;
  }

  void RecordTouch() {
    v1::CreateTouchRequest request;
    request.set_parent(customer().account());
    *request.mutable_touch() = RandomTouch();
    Must(api().engagement.CreateTouch(request));
  }

  std::vector<Touch> Touches() {
    v1::ListTouchesRequest request;
    request.set_parent(customer().account());
    return MustList(api().engagement.ListTouches(request));
  }

  void ChangeTouch() {
    const std::vector<Touch> touches = Touches();
    if (touches.empty()) return;
    if (OneIn(2)) {
      v1::UpdateTouchRequest request;
      *request.mutable_touch() = RandomTouch();
      request.mutable_touch()->set_name(Of(touches).name());
      Must(api().engagement.UpdateTouch(request));
      return;
    }
    v1::DeleteTouchRequest request;
    request.set_name(Of(touches).name());
    // One that answered feedback stays.
    api().engagement.DeleteTouch(request).IgnoreError();
  }

  void ChangeContact() {
    v1::UpdateContactRequest request;
    request.mutable_contact()->set_name(Of(Contacts()).name());
    if (OneIn(2)) request.mutable_contact()->add_roles(static_cast<Contact::Role>(1 + Below(8)));
    request.mutable_contact()->set_do_not_contact(OneIn(4));
    request.mutable_update_mask()->add_paths("roles");
    request.mutable_update_mask()->add_paths("do_not_contact");
    Must(api().accounts.UpdateContact(request));
  }

  void AddContact() {
    customer().AddContact(
        absl::StrCat("display_name: 'Somebody' roles: ",
                     Contact::Role_Name(static_cast<Contact::Role>(1 + Below(8)))));
  }

  void VerifySomebody() {
    const std::vector<Contact> active = Contacts("state = ACTIVE");
    if (!active.empty()) Verify(Of(active).name());
  }

  void SomebodyLeaves() {
    const std::vector<Contact> active = Contacts("state = ACTIVE");
    if (active.size() < 2) return;
    v1::MarkContactLeftRequest request;
    request.set_name(Of(active).name());
    Must(api().accounts.MarkContactLeft(request));
  }

  void SomethingHappens() {
    customer().Happened(
        absl::StrCat("title: 'Something' type: ",
                     v1::AccountEvent::Type_Name(static_cast<v1::AccountEvent::Type>(1 + Below(8))),
                     " event_date ", DateText(Today() - Below(60))));
  }

  void ForgetAnEvent() {
    v1::ListAccountEventsRequest list;
    list.set_parent(customer().account());
    const auto events = MustList(api().accounts.ListAccountEvents(list));
    if (events.empty()) return;
    v1::DeleteAccountEventRequest request;
    request.set_name(Of(events).name());
    Must(api().accounts.DeleteAccountEvent(request));
  }

  void HearSomething() {
    customer().Hear(OneIn(2) ? "type: CONCERN text: 'It is slow'" : "type: IDEA text: 'Faster'");
  }

  // One step further with a concern.
  void Listen() {
    v1::ListFeedbackRequest list;
    list.set_parent(customer().account());
    list.set_filter("type = CONCERN AND state != ANSWERED");
    const auto concerns = MustList(api().engagement.ListFeedback(list));
    const std::vector<Touch> touches = Touches();
    if (concerns.empty() || touches.empty()) return;
    v1::DecideFeedbackRequest decide;
    decide.set_name(concerns[0].name());
    decide.set_decision(v1::Feedback::DECLINED);
    decide.set_reason("Not now");
    api().engagement.DecideFeedback(decide).status().IgnoreError();
    v1::AnswerFeedbackRequest answer;
    answer.set_name(concerns[0].name());
    answer.set_touch(touches[0].name());
    Must(api().engagement.AnswerFeedback(answer));
  }

  void OpenOrMove() {
    const std::vector<Opportunity> open = customer().Opportunities("outcome = OPEN");
    if (open.empty()) {
      customer().Open({customer().Subscribe().name()});
    } else if (OneIn(5)) {
      customer().CloseAsChurned(open[0].name(), v1::PRICE);
    } else if (open[0].stage() < Opportunity::RENEWAL) {
      v1::AdvanceOpportunityRequest request;
      request.set_name(open[0].name());
      request.set_override_reason("A test");
      Must(api().pipeline.AdvanceOpportunity(request));
    } else {
      v1::ReturnOpportunityRequest request;
      request.set_name(open[0].name());
      request.set_to_stage(Opportunity::OUTREACH);
      request.set_reason("A test");
      Must(api().pipeline.ReturnOpportunity(request));
    }
  }

  void DoTask() {
    v1::ListTasksRequest list;
    list.set_parent(customer().account());
    list.set_filter("kind = CADENCE AND (state = OPEN OR state = MISSED)");
    const auto tasks = MustList(api().engagement.ListTasks(list));
    if (tasks.empty()) return;
    v1::CompleteTaskRequest request;
    request.set_name(Of(tasks).name());
    Must(api().engagement.CompleteTask(request));
  }

  void LetTimePass() { MoveDays(OneIn(3) ? 1 + Below(40) : 1 + Below(5)); }

  void DoSomething() {
    using Self = RandomHistoryTest;
    static constexpr void (Self::*kDeeds[])() = {
        &Self::RecordTouch,      &Self::RecordTouch,    &Self::RecordTouch,
        &Self::ChangeTouch,      &Self::ChangeContact,  &Self::AddContact,
        &Self::VerifySomebody,   &Self::VerifySomebody, &Self::SomebodyLeaves,
        &Self::SomethingHappens, &Self::ForgetAnEvent,  &Self::HearSomething,
        &Self::Listen,           &Self::OpenOrMove,     &Self::OpenOrMove,
        &Self::DoTask,           &Self::LetTimePass,    &Self::LetTimePass,
    };
    (this->*kDeeds[Below(std::size(kDeeds))])();
  }

 private:
  std::mt19937 random_{7};
};
INSTANTIATE_ON_EVERY_ENGINE(RandomHistoryTest);

TEST_P(RandomHistoryTest, StandsAsTheProtosSay) {
  constexpr int kDeeds = 200;
  const v1::Playbook playbook = customer().Follow(kLimits);
  // Its deadline for a first look: the account was recorded before the playbook.
  MoveDays(1);
  for (int deed = 0; deed < kDeeds && !HasFailure(); ++deed) {
    DoSomething();
    ASSERT_EQ(ReadPicture(customer().account(), api()).Text(),
              WorkOutPicture(customer().account(), playbook, Today(), api()).Text())
        << "after deed " << deed;
  }
}

}  // namespace
}  // namespace perennial::conformance
