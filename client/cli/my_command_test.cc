#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/run_fixture.h"
#include "lib/api/errors.h"
#include "lib/base/ids.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/clock_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MyTest : public RunTest {
 protected:
  MyTest() {
    setenv("XDG_STATE_HOME", folder_.c_str(), 1);
    for (const char* id : {"t1", "t2"}) {
      v1::Task& task = *tasks_.add_tasks();
      task.set_name(absl::StrCat("accounts/acme/tasks/", id));
      task.set_title(absl::StrCat("Do ", id));
      task.set_etag(absl::StrCat("etag-", id));
      task.set_kind(v1::Task::CADENCE);
      task.set_state(v1::Task::OPEN);
    }
    tasks_.mutable_tasks(0)->set_channel(v1::PHONE);
    tasks_.mutable_tasks(0)->set_contact("accounts/acme/contacts/jane");
    tasks_.mutable_tasks(0)->set_opportunity("accounts/acme/opportunities/1");
    tasks_.mutable_tasks(1)->set_channel(v1::EMAIL);
    Answer<v1::ListTasksRequest, v1::ListTasksResponse>("ListTasks", tasks_);
    v1::ListAccountsResponse accounts;
    accounts.add_accounts()->set_name("accounts/acme");
    accounts.mutable_accounts(0)->set_display_name("Acme Corp");
    Answer<v1::ListAccountsRequest, v1::ListAccountsResponse>("ListAccounts", accounts);
    v1::ListContactsResponse contacts;
    v1::Contact& jane = *contacts.add_contacts();
    jane.set_name("accounts/acme/contacts/jane");
    jane.set_display_name("Jane Doe");
    jane.set_phone("+1 555");
    jane.set_email("jane@acme.example");
    Answer<v1::ListContactsRequest, v1::ListContactsResponse>("ListContacts", contacts);
    v1::ListOpportunitiesResponse renewals;
    v1::Opportunity& renewal = *renewals.add_opportunities();
    renewal.set_name("accounts/acme/opportunities/1");
    renewal.mutable_renewal_date()->set_year(2025);
    renewal.mutable_renewal_date()->set_month(4);
    renewal.mutable_renewal_date()->set_day(1);
    *renewal.mutable_arr() = Usd(12000);
    renewal.set_risk_level(v1::Opportunity::HIGH);
    Answer<v1::ListOpportunitiesRequest, v1::ListOpportunitiesResponse>("ListOpportunities",
                                                                        renewals);
    connection_->On<v1::CompleteTaskRequest, v1::Task>(
        "CompleteTask", [this](const v1::CompleteTaskRequest& request) -> absl::StatusOr<v1::Task> {
          for (const v1::Task& task : tasks_.tasks()) {
            if (task.name() != request.name()) continue;
            if (task.etag() == request.etag()) return task;
            return EtagMismatch(task.name(), task.etag());
          }
          return ResourceNotFound(request.name());
        });
  }
  ~MyTest() override { std::filesystem::remove_all(folder_); }

  const std::string folder_ = testing::TempDir() + "my_command_test_" + NewRequestId();
  v1::ListTasksResponse tasks_;
};

TEST_F(MyTest, ShowsWhomToCallAndWhy) {
  ASSERT_EQ(Run("my"), kOk) << err_.str();
  EXPECT_EQ(out_.str(),
            "NO  DUE  WHAT   CUSTOMER   PERSON    BY                       WHY\n"
            " 1       Do t1  Acme Corp  Jane Doe  PHONE +1 555             CADENCE for the renewal "
            "of 2025-04-01, USD 12,000.00, risk\n"
            "                                                              HIGH\n"
            " 2       Do t2  Acme Corp  Jane Doe  EMAIL jane@acme.example  CADENCE\n");
  const auto list =
      dynamic_cast<const v1::ListTasksRequest&>(*connection_->records().front().request);
  EXPECT_EQ(list.due(), v1::ListTasksRequest::THIS_WEEK);
  EXPECT_EQ(list.filter(), R"(state = OPEN AND (assignee = "jane" OR assignee = "jane@*"))");
  EXPECT_EQ(list.order_by(), "due_date");
  // However many tasks there are.
  EXPECT_EQ(connection_->records().size(), 5u);
}

TEST_F(MyTest, ANumberIsTheTaskOfTheListThatWasShown) {
  ASSERT_EQ(Run("my"), kOk) << err_.str();
  ASSERT_EQ(Run("my done 2 --note=good"), kOk) << err_.str();
  const auto request = LastRequest<v1::CompleteTaskRequest>();
  EXPECT_EQ(request.name(), "accounts/acme/tasks/t2");
  EXPECT_EQ(request.etag(), "etag-t2");
  EXPECT_EQ(request.reason(), "good");
  EXPECT_EQ(out_.str(), "done: Do t2 (acme)\n");
  ASSERT_EQ(Run("my done 1 2"), kOk) << err_.str();
}

TEST_F(MyTest, ATaskThatHasChangedSinceIsLeftAlone) {
  ASSERT_EQ(Run("my"), kOk) << err_.str();
  tasks_.mutable_tasks(0)->set_etag("other");
  tasks_.mutable_tasks(0)->set_title("Something else");
  Answer<v1::GetTaskRequest, v1::Task>("GetTask", tasks_.tasks(0));
  EXPECT_EQ(Run("my done 1"), kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("1, \"Do t1\", has changed: it is OPEN, \"Something else\""));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(MyTest, NumbersNeedAList) {
  EXPECT_EQ(Run("my done 1"), kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("no list was shown yet"));
  ASSERT_EQ(Run("my"), kOk);
  EXPECT_EQ(Run("my done 3"), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("has no 3: it had 2 tasks"));
  EXPECT_EQ(Run("my done 0"), kUsage);
  EXPECT_EQ(Run("my skip 1"), kUsage) << "without a reason";
  // Each has a list of their own.
  EXPECT_EQ(Run("my done 1 --actor=joe"), kRefused);
  EXPECT_EQ(Run("my done 1 --server=elsewhere:1"), kRefused);
}

TEST_F(MyTest, SnoozesForSomeDaysOfTheServer) {
  v1::ClockTime now;
  now.mutable_time()->set_seconds(1735689600);  // 2025-01-01
  Answer<v1::GetTimeRequest, v1::ClockTime>("GetTime", now);
  Answer<v1::SnoozeTaskRequest, v1::Task>("SnoozeTask", tasks_.tasks(0));
  ASSERT_EQ(Run("my"), kOk);
  ASSERT_EQ(Run("my snooze 1 --until=+7d --reason=away"), kOk) << err_.str();
  EXPECT_EQ(LastRequest<v1::SnoozeTaskRequest>().until().day(), 8);
  EXPECT_THAT(out_.str(), HasSubstr("until 2025-01-08"));
  EXPECT_EQ(Run("my snooze 1 --until=soon --reason=away"), kUsage);
}

TEST_F(MyTest, OthersCannotReadTheList) {
  ASSERT_EQ(Run("my"), kOk);
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder_ + "/perennial")) {
    ++files;
    EXPECT_EQ(file.status().permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  EXPECT_EQ(files, 1);
}

TEST_F(MyTest, PrintsForPrograms) {
  ASSERT_EQ(Run("my --format=csv"), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("1,,Do t1,Acme Corp,Jane Doe,PHONE,"));
  ASSERT_EQ(Run("my --format=json"), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("\"number\": 2,\n    \"task\": {"));
}

}  // namespace
}  // namespace perennial::cli
