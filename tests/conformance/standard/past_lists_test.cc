// What a list answered at a time, it answers of that time ever after.

#include <random>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {
namespace {

using v1::ListContactsRequest;
using v1::ListContactsResponse;

constexpr int kSteps = 12;
constexpr int kRequestsAtAStep = 4;

class PastListsTest : public EngineTest {
 protected:
  int Below(int bound) { return static_cast<int>(random_() % static_cast<uint32_t>(bound)); }
  const char* Of(const std::vector<const char*>& texts) {
    return texts[static_cast<size_t>(Below(static_cast<int>(texts.size())))];
  }
  const char* SomeName() { return Of({"Ann Lee", "Ann", "Bo", "Lee", "\u00c4nn Lee"}); }
  const char* SomeNote() { return Of({"", "met Ann", "likes boats"}); }

  // Something happens to the contacts of the account.
  void Step(Customer& customer) {
    for (int i = Below(4); i >= 0; --i) {
      contacts_.push_back(
          customer
              .AddContact(absl::StrCat("display_name: '", SomeName(), "' note: '", SomeNote(), "'"))
              .name());
    }
    const size_t index = static_cast<size_t>(Below(static_cast<int>(contacts_.size())));
    if (Below(3) == 0) {
      v1::DeleteContactRequest request;
      request.set_name(contacts_[index]);
      Must(api().accounts.DeleteContact(request));
      contacts_.erase(contacts_.begin() + static_cast<std::ptrdiff_t>(index));
    } else {
      v1::UpdateContactRequest request;
      request.mutable_contact()->set_name(contacts_[index]);
      request.mutable_contact()->set_display_name(SomeName());
      request.mutable_contact()->set_note(SomeNote());
      request.mutable_update_mask()->add_paths("display_name");
      request.mutable_update_mask()->add_paths("note");
      Must(api().accounts.UpdateContact(request));
    }
  }

  ListContactsRequest RandomRequest(const Customer& customer) {
    ListContactsRequest request;
    request.set_parent(Below(3) == 0 ? "accounts/-" : customer.account());
    const std::string filter = Of({"", "search:ann", "search:\"le an\"", "note:boats",
                                   "NOT search:boats", "display_name < \"Bo\""});
    // Of everybody's only the account's are the same every time.
    request.set_filter(absl::StrCat("account = \"", customer.account(), "\" ", filter));
    request.set_order_by(Of({"", "display_name", "note desc", "update_time desc"}));
    if (request.order_by() == "note desc") request.set_order_by("display_name desc, create_time");
    request.set_page_size(1 + Below(5));
    request.set_include_total_size(true);
    return request;
  }

  // Page by page, and then back to the one before the last, without tokens.
  std::vector<ListContactsResponse> Answers(ListContactsRequest request) {
    std::vector<ListContactsResponse> answers;
    do {
      answers.push_back(Must(api().accounts.ListContacts.Page(request)));
      request.set_page_token(answers.back().next_page_token());
    } while (!request.page_token().empty());
    request.set_page_token(answers.back().previous_page_token());
    if (!request.page_token().empty()) {
      answers.push_back(Must(api().accounts.ListContacts.Page(request)));
    }
    for (ListContactsResponse& answer : answers) {
      answer.clear_resume_token();
      for (std::string* token :
           {answer.mutable_next_page_token(), answer.mutable_previous_page_token()}) {
        if (!token->empty()) *token = "some";
      }
    }
    return answers;
  }

  void Tick() {
    v1::MoveTimeRequest request;
    *request.mutable_time() = ToTimestamp(Now() + absl::Seconds(1));
    Must(api().clock.MoveTime(request));
  }

  std::mt19937 random_{2025};
  std::vector<std::string> contacts_;
};
INSTANTIATE_ON_EVERY_ENGINE(PastListsTest);

TEST_P(PastListsTest, AnswerAsTheyDidThen) {
  Customer customer(api());
  contacts_ = {customer.champion(), customer.user()};
  struct Recorded {
    ListContactsRequest request;
    std::vector<ListContactsResponse> answers;
  };
  std::vector<Recorded> recorded;
  for (int step = 0; step < kSteps; ++step) {
    Step(customer);
    for (int i = 0; i < kRequestsAtAStep; ++i) {
      Recorded& record = recorded.emplace_back();
      record.request = RandomRequest(customer);
      record.answers = Answers(record.request);
      *record.request.mutable_read_time() = ToTimestamp(Now());
    }
    Tick();
  }
  for (const Recorded& record : recorded) {
    SCOPED_TRACE(record.request.ShortDebugString());
    const std::vector<ListContactsResponse> answers = Answers(record.request);
    ASSERT_EQ(answers.size(), record.answers.size());
    for (size_t i = 0; i < answers.size(); ++i) {
      EXPECT_THAT(answers[i], EqualsProto(record.answers[i])) << i;
    }
  }
}

// A worklist is that of the day.
TEST_P(PastListsTest, GoByTheDayThatTheyAreOf) {
  Customer customer(api());
  v1::CreateTaskRequest task;
  task.set_parent(customer.account());
  task.mutable_task()->set_title("Call");
  *task.mutable_task()->mutable_due_date() = ToDate(Today() + 1);
  Must(api().engagement.CreateTask(task));
  v1::ListTasksRequest list;
  list.set_parent(customer.account());
  list.set_due(v1::ListTasksRequest::OVERDUE);
  list.set_include_total_size(true);
  *list.mutable_read_time() = ToTimestamp(Now());
  MoveDays(2);
  EXPECT_EQ(Must(api().engagement.ListTasks.Page(list)).total_size(), 0);
  *list.mutable_read_time() = ToTimestamp(Now());
  EXPECT_EQ(Must(api().engagement.ListTasks.Page(list)).total_size(), 1);
}

// A watch from it goes on from now.
TEST_P(PastListsTest, TellWhereAWatchGoesOnFromNow) {
  Customer customer(api());
  ListContactsRequest request;
  request.set_parent(customer.account());
  const std::string now = Must(api().accounts.ListContacts.Page(request)).resume_token();
  *request.mutable_read_time() = ToTimestamp(Now() - absl::Hours(1));
  EXPECT_EQ(Must(api().accounts.ListContacts.Page(request)).resume_token(), now);
}

}  // namespace
}  // namespace perennial::conformance
