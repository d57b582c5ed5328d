// Who the contacts are: several that are one person, and whether what we know of them still holds.

#include <optional>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;
using v1::Change;
using v1::Contact;
using v1::Opportunity;

class ContactsTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) customer_.emplace(api());
  }

  Customer& customer() { return *customer_; }

  std::string Add(const std::string& text) {
    return customer().AddContact("display_name: 'Jo' " + text).name();
  }

  absl::StatusOr<Contact> Get(const std::string& name) {
    v1::GetContactRequest request;
    request.set_name(name);
    return api().accounts.GetContact(request);
  }

  absl::StatusOr<Contact> Merge(const std::string& name,
                                const std::vector<std::string>& duplicates) {
    v1::MergeContactsRequest request;
    request.set_name(name);
    *request.mutable_duplicates() = {duplicates.begin(), duplicates.end()};
    return api().accounts.MergeContacts(request);
  }

  Contact Verify(const std::string& name) {
    v1::VerifyContactRequest request;
    request.set_name(name);
    return Must(api().accounts.VerifyContact(request));
  }

  bool IsVerified(const std::string& name) { return Must(Get(name)).verified(); }

  v1::AccountEvent Happened(const std::string& type, absl::CivilDay day) {
    return customer().Happened(
        absl::StrCat("type: ", type, " title: 'News' event_date ", DateText(day)));
  }

  Contact Leave(const std::string& name) {
    v1::MarkContactLeftRequest request;
    request.set_name(name);
    return Must(api().accounts.MarkContactLeft(request));
  }

  std::vector<Change> ChangesOf(const std::string& name) {
    v1::ListChangesRequest request;
    request.set_filter(absl::StrCat("resource_name = \"", name, "\""));
    return MustList(api().history.ListChanges(request));
  }

  // A resource of one of these types, as it is now.
  v1::Touch Again(const v1::Touch& touch) {
    v1::GetTouchRequest request;
    request.set_name(touch.name());
    return Must(api().engagement.GetTouch(request));
  }
  v1::Feedback Again(const v1::Feedback& feedback) {
    v1::GetFeedbackRequest request;
    request.set_name(feedback.name());
    return Must(api().engagement.GetFeedback(request));
  }
  v1::Task Again(const v1::Task& task) {
    v1::GetTaskRequest request;
    request.set_name(task.name());
    return Must(api().engagement.GetTask(request));
  }
  v1::AdoptionReview Again(const v1::AdoptionReview& review) {
    v1::GetAdoptionReviewRequest request;
    request.set_name(review.name());
    return Must(api().adoption.GetAdoptionReview(request));
  }
  v1::Offer Again(const v1::Offer& offer) {
    v1::GetOfferRequest request;
    request.set_name(offer.name());
    return Must(api().pipeline.GetOffer(request));
  }

 private:
  std::optional<Customer> customer_;
};
INSTANTIATE_ON_EVERY_ENGINE(ContactsTest);

// --- several that are one person ---

TEST_P(ContactsTest, OneContactTakesOverWhatItsDuplicatesHave) {
  const std::string jo = Add("roles: INFLUENCER email: 'jo@acme.example'");
  const std::string titled = Add("roles: CHAMPION title: 'CIO' email: 'other@acme.example'");
  const std::string shy = Add("do_not_contact: true needs: 'quiet'");
  const Contact merged = Must(Merge(jo, {titled, shy}));
  EXPECT_THAT(merged.roles(), ElementsAre(Contact::INFLUENCER, Contact::CHAMPION));
  EXPECT_EQ(merged.email(), "jo@acme.example");
  EXPECT_EQ(merged.title(), "CIO");
  EXPECT_THAT(merged.needs(), ElementsAre("quiet"));
  EXPECT_TRUE(merged.do_not_contact());
  EXPECT_THAT(Must(Get(jo)), EqualsProto(merged));
  EXPECT_THAT(Get(titled), IsNotFound(titled));
  EXPECT_THAT(Get(shy), IsNotFound(shy));
}

TEST_P(ContactsTest, NothingThatADuplicateHadIsLost) {
  const std::string jo = Add("email: 'jo@acme.example' phone: '+1' note: 'first' title: 'CIO'");
  const std::string joe = Add("email: 'jo@home.example' phone: '+2' note: 'second' title: 'CTO'");
  const Contact merged = Must(Merge(jo, {joe}));
  EXPECT_THAT(merged.other_emails(), ElementsAre("jo@home.example"));
  EXPECT_THAT(merged.other_phones(), ElementsAre("+2"));
  EXPECT_EQ(merged.note(), absl::StrCat("first\nsecond\nMerged from ", joe, ": title: CTO"));
  v1::ListContactsRequest list;
  list.set_parent(customer().account());
  list.set_filter("other_emails:\"jo@home.example\"");
  EXPECT_THAT(MustList(api().accounts.ListContacts(list)), ElementsAre(EqualsProto(merged)));
}

// --- who left, and where to ---

TEST_P(ContactsTest, LeavingByMistakeIsTakenBack) {
  const std::string chief = Add("roles: DECISION_MAKER"), jo = Add("");
  v1::UndoContactLeftRequest undo;
  undo.set_name(chief);
  EXPECT_THAT(api().accounts.UndoContactLeft(undo), FailsWith(v1::WRONG_STATE));
  const Contact before = Must(Get(chief));
  Leave(chief);
  Leave(jo);
  v1::ListTasksRequest tasks;
  tasks.set_parent(customer().account());
  tasks.set_filter("kind = SUCCESSOR AND state = OPEN");
  ASSERT_EQ(MustList(api().engagement.ListTasks(tasks)).size(), 1u);
  const Contact back = Must(api().accounts.UndoContactLeft(undo));
  EXPECT_EQ(back.state(), Contact::ACTIVE);
  EXPECT_FALSE(back.has_leave_time());
  EXPECT_EQ(back.roles_size(), before.roles_size());
  EXPECT_THAT(MustList(api().engagement.ListTasks(tasks)), testing::IsEmpty());
  EXPECT_EQ(Must(Get(jo)).state(), Contact::LEFT);
}

TEST_P(ContactsTest, APersonGoesToAnotherCustomer) {
  const std::string jo =
      Add("email: 'jo@acme.example' roles: DECISION_MAKER needs: 'peace' stance: SUPPORTER");
  const v1::Touch touch = customer().Record(absl::StrCat("contacts: '", jo, "'"));
  Customer other(api());
  v1::MoveContactRequest move;
  move.set_name(jo);
  move.set_destination(customer().account());
  EXPECT_THAT(api().accounts.MoveContact(move), IsInvalid("destination"));
  move.set_destination(other.account());
  move.set_email("jo@other.example");
  const Contact there = Must(api().accounts.MoveContact(move));
  EXPECT_EQ(there.name().rfind(other.account(), 0), 0u);
  EXPECT_EQ(there.email(), "jo@other.example");
  EXPECT_EQ(there.moved_from(), jo);
  EXPECT_EQ(there.state(), Contact::ACTIVE);
  EXPECT_EQ(there.stance(), Contact::SUPPORTER);
  EXPECT_THAT(there.needs(), ElementsAre("peace"));
  EXPECT_EQ(there.roles_size(), 0) << "what they decide there nobody has said yet";
  const Contact here = Must(Get(jo));
  EXPECT_EQ(here.state(), Contact::LEFT);
  EXPECT_EQ(here.moved_to(), there.name());
  EXPECT_THAT(Again(touch).contacts(), ElementsAre(jo)) << "ours stays here";
  EXPECT_THAT(api().accounts.MoveContact(move), FailsWith(v1::WRONG_STATE));
  v1::UndoContactLeftRequest undo;
  undo.set_name(jo);
  EXPECT_THAT(api().accounts.UndoContactLeft(undo), FailsWith(v1::WRONG_STATE));
}

TEST_P(ContactsTest, APersonWhoMovedIsKnownAtBothCustomersThroughMergingAndDeleting) {
  Customer other(api());
  const std::string jo = Add(""), joe = Add("");
  v1::MoveContactRequest move;
  move.set_name(joe);
  move.set_destination(other.account());
  const std::string there = Must(api().accounts.MoveContact(move)).name();
  v1::MarkContactLeftRequest leave;
  leave.set_name(jo);
  Must(api().accounts.MarkContactLeft(leave));
  EXPECT_EQ(Must(Merge(jo, {joe})).moved_to(), there);
  EXPECT_EQ(Must(Get(there)).moved_from(), jo);
  v1::CreateContactRequest create;
  create.set_parent(other.account());
  create.mutable_contact()->set_display_name("Jo");
  const std::string new_one = Must(api().accounts.CreateContact(create)).name();
  EXPECT_EQ(Must(Merge(new_one, {there})).moved_from(), jo);
  EXPECT_EQ(Must(Get(jo)).moved_to(), new_one);
  v1::DeleteContactRequest erase;
  erase.set_name(jo);
  Must(api().accounts.DeleteContact(erase));
  EXPECT_EQ(Must(Get(new_one)).moved_from(), "");
}

TEST_P(ContactsTest, WhateverNamedADuplicateNamesTheContact) {
  const std::string jo = Add(""), joe = Add(""), joseph = Add("");
  const std::string& user = customer().user();
  const auto named = [](const std::string& field, const std::string& name) {
    return absl::StrCat(field, ": '", name, "' ");
  };
  const v1::Touch touch = customer().Record(named("contacts", joe) + named("contacts", user) +
                                            named("contacts", jo) + named("contacts", joseph));
  const v1::Touch other = customer().Record(named("contacts", user));
  const v1::Feedback feedback =
      customer().Hear("type: IDEA text: 'More' " + named("contact", joseph));
  v1::CreateTaskRequest create;
  create.set_parent(customer().account());
  *create.mutable_task() = ParseText<v1::Task>("title: 'Call' " + named("contact", joe));
  *create.mutable_task()->mutable_due_date() = ToDate(Today());
  const v1::Task task = Must(api().engagement.CreateTask(create));
  const std::string subscription = customer().Subscribe().name();
  const v1::AdoptionReview review = customer().Review(subscription, named("contacts", joe));
  v1::SendOfferRequest send;
  send.set_name(customer()
                    .MakeOffer(customer().Open({subscription}).name(),
                               "arr {currency_code: 'USD' micros: 1000000}")
                    .name());
  Must(api().pipeline.SendOffer(send));
  v1::AcceptOfferRequest accept;
  accept.set_name(send.name());
  accept.set_decided_by(joseph);
  const v1::Offer offer = Must(api().pipeline.AcceptOffer(accept));

  Must(Merge(jo, {joe, joseph}));
  EXPECT_THAT(Again(touch).contacts(), ElementsAre(jo, user)) << "once, where the first stood";
  EXPECT_THAT(Again(other), EqualsProto(other)) << "it named none of them";
  EXPECT_EQ(Again(feedback).contact(), jo);
  EXPECT_EQ(Again(task).contact(), jo);
  EXPECT_THAT(Again(review).contacts(), ElementsAre(jo));
  EXPECT_EQ(Again(offer).decided_by(), jo);
}

TEST_P(ContactsTest, NobodyIsAskedToBeInTouchWithWhoeverIsLeftAlone) {
  const std::string jo = Add(""), shy = Add("do_not_contact: true");
  v1::CreateTaskRequest create;
  create.set_parent(customer().account());
  *create.mutable_task() = ParseText<v1::Task>(absl::StrCat("title: 'Call' contact: '", jo, "'"));
  *create.mutable_task()->mutable_due_date() = ToDate(Today());
  const v1::Task task = Must(api().engagement.CreateTask(create));
  Must(Merge(shy, {jo}));
  EXPECT_EQ(Again(task).contact(), "");
}

TEST_P(ContactsTest, WhatATouchOfADuplicateProvedStaysProven) {
  customer().Follow("criteria {stage: OUTREACH type: DECISION_ROLE_REACHED}");
  const std::string chief = Add("roles: DECISION_MAKER"), boss = Add("");
  const Opportunity renewal = customer().Open({customer().Subscribe().name()});
  customer().Record(absl::StrCat("contacts: '", chief, "'"));
  const Opportunity reached = customer().Get(renewal);
  ASSERT_TRUE(reached.reached());
  ASSERT_TRUE(customer().Gate(renewal.name()).met());
  Must(Merge(boss, {chief}));
  EXPECT_TRUE(customer().Gate(renewal.name()).met());
  EXPECT_TRUE(customer().Get(renewal).reached());
  EXPECT_THAT(customer().Get(renewal).reach_time(), EqualsProto(reached.reach_time()));
}

TEST_P(ContactsTest, WhoeverDecidesMayHaveBeenReachedUnderAnotherName) {
  const std::string chief = Add("roles: DECISION_MAKER"), voice = Add("");
  const Opportunity renewal = customer().Open({customer().Subscribe().name()});
  customer().Record(absl::StrCat("contacts: '", voice, "'"));
  ASSERT_FALSE(customer().Get(renewal).reached());
  Must(Merge(chief, {voice}));
  EXPECT_TRUE(customer().Get(renewal).reached());
}

TEST_P(ContactsTest, TheHistoryKeepsWhatWasMerged) {
  const std::string jo = Add(""), joe = Add("title: 'CIO'");
  const v1::Touch touch = customer().Record(absl::StrCat("contacts: '", joe, "'"));
  Must(Merge(jo, {joe}));
  const auto operations_of = [this](const std::string& name) {
    std::vector<Change::Operation> operations;
    for (const Change& change : ChangesOf(name)) operations.push_back(change.operation());
    return operations;
  };
  EXPECT_THAT(operations_of(jo), ElementsAre(Change::CREATED, Change::UPDATED));
  EXPECT_THAT(operations_of(joe), ElementsAre(Change::CREATED, Change::DELETED));
  EXPECT_EQ(ChangesOf(joe).back().resource().contact().title(), "CIO");
  const std::string reason = absl::StrCat("Merged ", joe.substr(joe.rfind('/') + 1), " into ", jo);
  for (const std::string& name : {jo, joe, touch.name()}) {
    EXPECT_EQ(ChangesOf(name).back().reason(), reason) << name;
  }
}

TEST_P(ContactsTest, OnlyOthersOfTheAccountAreDuplicates) {
  const std::string jo = Add(""), joe = Add(""), gone = Add("");
  customer().Record(absl::StrCat("contacts: '", joe, "'"));
  Leave(gone);
  const std::string elsewhere = Customer(api()).champion();
  const int64_t revision = LatestRevision();
  EXPECT_THAT(Merge(jo, {jo}), IsInvalid("duplicates"));
  EXPECT_THAT(Merge(jo, {joe, joe}), IsInvalid("duplicates"));
  EXPECT_THAT(Merge(jo, {joe, elsewhere}), IsInvalid("duplicates"));
  EXPECT_THAT(Merge(jo, {}), IsInvalid("duplicates"));
  EXPECT_THAT(Merge(jo, {joe, gone}), FailsWith(v1::WRONG_STATE));
  EXPECT_THAT(Merge(gone, {joe}), FailsWith(v1::WRONG_STATE));
  const std::string nobody = customer().account() + "/contacts/nobody";
  EXPECT_THAT(Merge(jo, {joe, nobody}), IsNotFound(nobody));
  EXPECT_EQ(LatestRevision(), revision);
  Leave(jo);
  EXPECT_THAT(Must(Merge(jo, {gone})).state(), Contact::LEFT);
}

TEST_P(ContactsTest, AContactTakesOverNoMoreThanItCanHave) {
  std::string needs;
  for (int i = 0; i < 20; ++i) absl::StrAppend(&needs, "needs: '", i, "' ");
  const std::string jo = Add(needs), same = Add(needs), more = Add("needs: 'one more'");
  const int64_t revision = LatestRevision();
  EXPECT_THAT(Merge(jo, {same, more}), IsInvalid("contact.needs"));
  EXPECT_EQ(LatestRevision(), revision);
  Must(Merge(jo, {same}));
}

// --- whether what we know of them still holds ---

TEST_P(ContactsTest, AnUpheavalPutsContactsInDoubtUntilTheyAreVerifiedAgain) {
  const std::string known = Add(""), unknown = Add("");
  EXPECT_FALSE(IsVerified(known));
  EXPECT_TRUE(Verify(known).verified());
  MoveDays(2);
  for (const char* type : {"PERSONNEL", "REORGANIZATION", "OWNERSHIP"}) {
    Happened(type, Today());
    EXPECT_FALSE(IsVerified(known)) << type;
    EXPECT_TRUE(Verify(known).verified()) << type << ": on its day is late enough";
    MoveDays(1);
  }
  Happened("MARKET", Today());
  EXPECT_TRUE(IsVerified(known)) << "no upheaval";
  EXPECT_FALSE(IsVerified(unknown));
}

TEST_P(ContactsTest, OnlyAnUpheavalSinceTheyWereVerifiedPutsContactsInDoubt) {
  const std::string known = Add("");
  MoveDays(3);
  const Contact verified = Verify(known);
  Happened("PERSONNEL", Today() - 1);
  Happened("OWNERSHIP", Today());
  EXPECT_THAT(Must(Get(known)), EqualsProto(verified)) << "nothing is written";
}

TEST_P(ContactsTest, AMistakenUpheavalIsTakenBack) {
  const std::string known = Add("");
  Verify(known);
  MoveDays(2);
  v1::UpdateAccountEventRequest update;
  *update.mutable_account_event() = Happened("PERSONNEL", Today());
  const auto change = [&](const std::string& path) {
    update.mutable_update_mask()->clear_paths();
    update.mutable_update_mask()->add_paths(path);
    update.mutable_account_event()->clear_etag();
    Must(api().accounts.UpdateAccountEvent(update));
    return IsVerified(known);
  };
  EXPECT_FALSE(IsVerified(known));
  *update.mutable_account_event()->mutable_event_date() = ToDate(Today() - 2);
  EXPECT_TRUE(change("event_date")) << "it was before";
  *update.mutable_account_event()->mutable_event_date() = ToDate(Today() - 1);
  EXPECT_FALSE(change("event_date"));
  update.mutable_account_event()->set_type(v1::AccountEvent::BUDGET);
  EXPECT_TRUE(change("type")) << "it was another";
  update.mutable_account_event()->set_type(v1::AccountEvent::OWNERSHIP);
  EXPECT_FALSE(change("type"));
  v1::DeleteAccountEventRequest erase;
  erase.set_name(update.account_event().name());
  Must(api().accounts.DeleteAccountEvent(erase));
  EXPECT_TRUE(IsVerified(known)) << "it never was";
}

TEST_P(ContactsTest, WhoIsToBeVerifiedCanBeListed) {
  const std::string early = Add(""), late = Add("");
  for (const std::string& name : {customer().champion(), customer().user(), early}) Verify(name);
  MoveDays(1);
  Happened("OWNERSHIP", Today());
  Verify(late);
  Verify(customer().user());
  v1::ListContactsRequest list;
  list.set_parent(customer().account());
  list.set_filter("verified = false");
  std::vector<std::string> names;
  for (const Contact& contact : MustList(api().accounts.ListContacts(list))) {
    names.push_back(contact.name());
  }
  EXPECT_THAT(names, UnorderedElementsAre(customer().champion(), early));
}

TEST_P(ContactsTest, WhoeverIsMergedIsVerifiedWhenOneOfThemWasSinceTheUpheaval) {
  const std::string jo = Add(""), joe = Add(""), joseph = Add("");
  Verify(jo);
  Verify(joe);
  MoveDays(1);
  Happened("PERSONNEL", Today());
  Verify(joseph);
  EXPECT_FALSE(Must(Merge(jo, {joe})).verified());
  EXPECT_TRUE(Must(Merge(jo, {joseph})).verified());
}

}  // namespace
}  // namespace perennial::conformance
