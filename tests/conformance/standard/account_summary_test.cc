// What opportunities, tasks and touches say of their account.

#include <algorithm>
#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "perennial/client/watcher.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;
using v1::Account;
using v1::AccountSummary;
using v1::Change;
using v1::Opportunity;
using v1::Task;
using v1::Touch;

using Names = std::vector<std::string>;

// One that says something in each of its fields, and no other test's.
AccountSummary Example(const std::string& mark, const std::string& tier) {
  AccountSummary summary;
  summary.set_display_name(absl::StrCat(mark, " \u00e4 & co"));
  summary.set_segment(absl::StrCat(mark, "-segment"));
  summary.set_industry(absl::StrCat(mark, "-industry"));
  summary.set_country("DE");
  summary.set_owner(absl::StrCat(mark, "@example.com"));
  (*summary.mutable_labels())["tier"] = tier;
  (*summary.mutable_labels())["a-b"] = "c=d";
  return summary;
}

class AccountSummaryTest : public EngineTest {
 protected:
  // Everything below it, once of each type that has a summary.
  struct Below {
    explicit Below(AccountSummaryTest& test)
        : customer(test.api()),
          opportunity(customer.Open({customer.Subscribe().name()})),
          touch(customer.Record()) {
      v1::CreateTaskRequest request;
      request.set_parent(customer.account());
      *request.mutable_task() = ParseText<Task>("title: 'Call' kind: OTHER");
      request.mutable_task()->set_assignee("somebody");
      *request.mutable_task()->mutable_due_date() = ToDate(test.Today());
      task = Must(test.api().engagement.CreateTask(request));
    }

    Customer customer;
    Opportunity opportunity;
    Touch touch;
    Task task;
  };

  void SetUp() override {
    EngineTest::SetUp();
    mark_ = UniqueId("summary");
  }

  void Say(const Customer& customer, const AccountSummary& summary) {
    v1::UpdateAccountRequest request;
    Account& account = *request.mutable_account();
    account.set_name(customer.account());
    account.set_display_name(summary.display_name());
    account.set_segment(summary.segment());
    account.set_industry(summary.industry());
    account.set_country(summary.country());
    account.set_owner(summary.owner());
    *account.mutable_labels() = summary.labels();
    for (const char* path : {"display_name", "segment", "industry", "country", "owner", "labels"}) {
      request.mutable_update_mask()->add_paths(path);
    }
    Must(api().accounts.UpdateAccount(request));
  }

  AccountSummary Said(const Customer& customer) {
    v1::GetAccountRequest request;
    request.set_name(customer.account());
    const Account account = Must(api().accounts.GetAccount(request));
    AccountSummary summary;
    summary.set_display_name(account.display_name());
    summary.set_owner(account.owner());
    return summary;
  }

  Opportunity GetOpportunity(const std::string& name) {
    v1::GetOpportunityRequest request;
    request.set_name(name);
    return Must(api().pipeline.GetOpportunity(request));
  }

  std::vector<Opportunity> List(const std::string& parent, const std::string& filter,
                                const std::string& order_by = "", int page_size = 0) {
    v1::ListOpportunitiesRequest request;
    request.set_parent(parent);
    request.set_filter(filter);
    request.set_order_by(order_by);
    request.set_page_size(page_size);
    return MustList(api().pipeline.ListOpportunities(request));
  }

  Names NamesOf(const std::string& filter, const std::string& order_by = "", int page_size = 0) {
    Names names;
    for (const Opportunity& opportunity : List("accounts/-", filter, order_by, page_size)) {
      names.push_back(opportunity.name());
    }
    return names;
  }

  std::vector<Change> ChangesOf(const std::string& name) {
    v1::ListChangesRequest request;
    request.set_filter(absl::StrCat("resource_name = \"", name, "\""));
    return MustList(api().history.ListChanges(request));
  }

  std::string mark_;
};
INSTANTIATE_ON_EVERY_ENGINE(AccountSummaryTest);

TEST_P(AccountSummaryTest, IsInAnswersOfEveryKindAndNeverStale) {
  Below below(*this);
  EXPECT_THAT(below.opportunity.account(), EqualsProto(Said(below.customer)));
  EXPECT_THAT(below.touch.account(), EqualsProto(Said(below.customer)));
  EXPECT_THAT(below.task.account(), EqualsProto(Said(below.customer)));

  for (const char* tier : {"gold", "silver"}) {
    const AccountSummary summary = Example(absl::StrCat(mark_, tier), tier);
    Say(below.customer, summary);
    EXPECT_THAT(GetOpportunity(below.opportunity.name()).account(), EqualsProto(summary));
    const std::vector<Opportunity> listed = List(below.customer.account(), "");
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_THAT(listed[0].account(), EqualsProto(summary));

    v1::GetTaskRequest get_task;
    get_task.set_name(below.task.name());
    EXPECT_THAT(Must(api().engagement.GetTask(get_task)).account(), EqualsProto(summary));
    v1::ListTasksRequest tasks;
    tasks.set_parent(below.customer.account());
    for (const Task& task : MustList(api().engagement.ListTasks(tasks))) {
      EXPECT_THAT(task.account(), EqualsProto(summary));
    }
    v1::GetTouchRequest get_touch;
    get_touch.set_name(below.touch.name());
    EXPECT_THAT(Must(api().engagement.GetTouch(get_touch)).account(), EqualsProto(summary));
    v1::ListTouchesRequest touches;
    touches.set_parent(below.customer.account());
    for (const Touch& touch : MustList(api().engagement.ListTouches(touches))) {
      EXPECT_THAT(touch.account(), EqualsProto(summary));
    }
  }
}

TEST_P(AccountSummaryTest, IsInAnswersOfWritesAndIgnoredInTheirRequests) {
  Below below(*this);
  const AccountSummary summary = Example(mark_, "gold");
  Say(below.customer, summary);

  v1::UpdateOpportunityRequest update;
  Opportunity& patch = *update.mutable_opportunity();
  patch = GetOpportunity(below.opportunity.name());
  patch.set_next_step("changed");
  patch.mutable_account()->set_segment("not what it is");
  const Opportunity updated = Must(api().pipeline.UpdateOpportunity(update));
  EXPECT_THAT(updated.account(), EqualsProto(summary));
  // Nothing to write: the summary is no part of what is stored.
  const int64_t revision = LatestRevision();
  patch = updated;
  patch.mutable_account()->set_segment("not what it is");
  EXPECT_THAT(Must(api().pipeline.UpdateOpportunity(update)), EqualsProto(updated));
  EXPECT_EQ(LatestRevision(), revision);
  update.mutable_update_mask()->add_paths("account.segment");
  EXPECT_THAT(api().pipeline.UpdateOpportunity(update), FailsWith(v1::INVALID_UPDATE_MASK));

  v1::BatchUpdateOpportunitiesRequest batch;
  *batch.add_requests()->mutable_opportunity() = updated;
  batch.mutable_requests(0)->mutable_opportunity()->set_next_step("again");
  const auto answered = Must(api().pipeline.BatchUpdateOpportunities(batch));
  ASSERT_EQ(answered.succeeded_count(), 1) << answered.DebugString();
  EXPECT_THAT(answered.results(0).opportunity().account(), EqualsProto(summary));

  v1::CompleteTaskRequest complete;
  complete.set_name(below.task.name());
  complete.set_validate_only(true);
  EXPECT_THAT(Must(api().engagement.CompleteTask(complete)).account(), EqualsProto(summary));
  EXPECT_THAT(below.customer.Record().account(), EqualsProto(summary));
}

TEST_P(AccountSummaryTest, IsOfTheTimeThatIsReadAsOf) {
  Below below(*this);
  const AccountSummary first = Example(mark_, "gold");
  Say(below.customer, first);
  v1::GetOpportunityRequest request;
  request.set_name(below.opportunity.name());
  *request.mutable_read_time() = ChangesOf(below.customer.account()).back().change_time();
  MoveDays(1);
  const AccountSummary second = Example(mark_ + "-2", "silver");
  Say(below.customer, second);
  EXPECT_THAT(Must(api().pipeline.GetOpportunity(request)).account(), EqualsProto(first));
  *request.mutable_read_time() = ChangesOf(below.customer.account()).back().change_time();
  EXPECT_THAT(Must(api().pipeline.GetOpportunity(request)).account(), EqualsProto(second));
}

TEST_P(AccountSummaryTest, FiltersByEachOfItsFields) {
  Below here(*this), there(*this);
  Say(here.customer, Example(mark_ + "-b", "gold"));
  Say(there.customer, Example(mark_ + "-c", "silver"));
  const std::string name = here.opportunity.name();
  for (const std::string& filter : {
           absl::StrCat("account.display_name = \"", mark_, "-b*\""),
           absl::StrCat("account.segment = \"", mark_, "-b-segment\""),
           absl::StrCat("account.industry = \"", mark_, "-b-industry\""),
           absl::StrCat("account.owner = \"", mark_, "-b@example.com\""),
           absl::StrCat("account.labels.tier = gold AND account.segment = \"", mark_, "*\""),
           absl::StrCat("account.labels:tier account.segment = \"", mark_, "*\" ",
                        "NOT account.labels.tier = silver account.country = DE"),
           absl::StrCat("(account.segment = \"", mark_, "-b-segment\" OR stage = RENEWAL) AND ",
                        "account = \"", here.customer.account(), "\""),
       }) {
    EXPECT_THAT(NamesOf(filter), ElementsAre(name)) << filter;
  }
  EXPECT_THAT(NamesOf(absl::StrCat("account.segment = \"", mark_, "\"")), IsEmpty());

  v1::ListTasksRequest tasks;
  tasks.set_parent("accounts/-");
  tasks.set_filter(absl::StrCat("title = Call account.segment = \"", mark_, "-c-segment\""));
  const std::vector<Task> listed = MustList(api().engagement.ListTasks(tasks));
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].name(), there.task.name());
  v1::ListTouchesRequest touches;
  touches.set_parent("accounts/-");
  touches.set_filter(absl::StrCat("account.owner = \"", mark_, "-c@example.com\""));
  ASSERT_EQ(MustList(api().engagement.ListTouches(touches)).size(), 1u);

  // What has changed is found by what it is now.
  Say(here.customer, Example(mark_ + "-d", "gold"));
  EXPECT_THAT(NamesOf(absl::StrCat("account.segment = \"", mark_, "-b-segment\"")), IsEmpty());
  EXPECT_THAT(NamesOf(absl::StrCat("account.segment = \"", mark_, "-d-segment\"")),
              ElementsAre(name));
}

TEST_P(AccountSummaryTest, OrdersByEachOfItsFieldsOnPagesOfAnySize) {
  std::vector<Opportunity> all;
  for (const char* suffix : {"-b", "-a", "-c", "-a"}) {
    Below below(*this);
    Say(below.customer, Example(mark_ + suffix, "gold"));
    all.push_back(GetOpportunity(below.opportunity.name()));
    all.push_back(GetOpportunity(below.customer.Open({below.customer.Subscribe().name()}).name()));
  }
  const std::string filter = absl::StrCat("account.segment = \"", mark_, "*\"");
  const std::map<std::string, std::function<std::string(const AccountSummary&)>> fields = {
      {"display_name", &AccountSummary::display_name},
      {"segment", &AccountSummary::segment},
      {"industry", &AccountSummary::industry},
      {"country", &AccountSummary::country},
      {"owner", &AccountSummary::owner},
  };
  for (const auto& [field, value] : fields) {
    std::sort(all.begin(), all.end(), [&](const Opportunity& a, const Opportunity& b) {
      return std::make_pair(value(a.account()), a.name()) <
             std::make_pair(value(b.account()), b.name());
    });
    Names names;
    for (const Opportunity& opportunity : all) names.push_back(opportunity.name());
    for (const int page_size : {1, 3, 100}) {
      EXPECT_THAT(NamesOf(filter, "account." + field, page_size), ElementsAreArray(names));
      const Names backwards(names.rbegin(), names.rend());
      EXPECT_THAT(NamesOf(filter, absl::StrCat("account.", field, " desc"), page_size),
                  ElementsAreArray(backwards));
    }
  }
  v1::ListOpportunitiesRequest request;
  request.set_parent("accounts/-");
  request.set_order_by("account.labels");
  EXPECT_THAT(api().pipeline.ListOpportunities.Page(request), FailsWith(v1::INVALID_ORDER_BY));
}

TEST_P(AccountSummaryTest, FiltersTheBoardAsTheList) {
  Below here(*this), there(*this);
  Say(here.customer, Example(mark_ + "-b", "gold"));
  Say(there.customer, Example(mark_ + "-c", "silver"));
  here.customer.Open({here.customer.Subscribe().name()});
  for (const std::string& filter : {
           absl::StrCat("account.segment = \"", mark_, "-b-segment\""),
           absl::StrCat("NOT account.labels.tier = gold AND account.owner = \"", mark_, "*\""),
           absl::StrCat("stage = OUTREACH AND account.segment = \"", mark_, "*\""),
           absl::StrCat("(account.country = US OR owner = \"", here.customer.owner(),
                        "\") AND account = \"", here.customer.account(), "\""),
       }) {
    v1::GetBoardRequest request;
    request.set_parent("accounts/-");
    request.set_filter(filter);
    const v1::Board board = Must(api().pipeline.GetBoard(request));
    int64_t count = 0;
    for (const auto& column : board.columns()) count += column.count();
    const Names listed = NamesOf(absl::StrCat("outcome = OPEN AND (", filter, ")"));
    EXPECT_EQ(count, static_cast<int64_t>(listed.size())) << filter;
    EXPECT_GT(count, 0) << filter;
  }
}

TEST_P(AccountSummaryTest, IsWatchedAsOfTheChange) {
  Below below(*this);
  v1::WatchRequest request;
  request.set_resume_token(Must(api().pipeline.ListOpportunities.Page([&] {
                             v1::ListOpportunitiesRequest list;
                             list.set_parent(below.customer.account());
                             return list;
                           }()))
                               .resume_token());
  request.add_accounts(below.customer.account());
  request.add_resource_types("Opportunity");
  const AccountSummary first = Example(mark_, "gold"), second = Example(mark_ + "-2", "silver");
  const auto note = [&](const std::string& text) {
    v1::UpdateOpportunityRequest update;
    update.mutable_opportunity()->set_name(below.opportunity.name());
    update.mutable_opportunity()->set_next_step(text);
    Must(api().pipeline.UpdateOpportunity(update));
  };
  Say(below.customer, first);
  note("first");
  Say(below.customer, second);
  note("second");
  // A change of the account is none of the opportunity.
  client::Watcher watcher = api().history.Watch(request);
  std::vector<Change> changes;
  while (changes.size() < 2) {
    const auto response = watcher.Next();
    ASSERT_THAT(response, IsOk());
    for (const Change& change : response->changes()) {
      // What was there before may come as well: it was numbered later.
      if (!change.resource().opportunity().next_step().empty()) changes.push_back(change);
    }
  }
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].resource().opportunity().next_step(), "first");
  EXPECT_THAT(changes[0].resource().opportunity().account(), EqualsProto(first));
  EXPECT_EQ(changes[1].resource().opportunity().next_step(), "second");
  EXPECT_THAT(changes[1].resource().opportunity().account(), EqualsProto(second));
  const Change last = ChangesOf(below.opportunity.name()).back();
  EXPECT_THAT(last.resource().opportunity().account(), EqualsProto(second));
  for (const std::string& path : last.changed_fields().paths()) EXPECT_NE(path, "account");
}

TEST_P(AccountSummaryTest, ReassignsTasksByIt) {
  Below here(*this), there(*this);
  Say(here.customer, Example(mark_ + "-b", "gold"));
  Say(there.customer, Example(mark_ + "-c", "gold"));
  v1::ReassignTasksRequest request;
  request.set_parent("accounts/-");
  request.set_filter(absl::StrCat("title = Call account.segment = \"", mark_, "-c-segment\""));
  request.set_assignee(mark_);
  EXPECT_EQ(Must(api().engagement.ReassignTasks(request)).reassigned_count(), 1);
  const auto assignee = [&](const Task& task) {
    v1::GetTaskRequest get;
    get.set_name(task.name());
    return Must(api().engagement.GetTask(get)).assignee();
  };
  EXPECT_EQ(assignee(here.task), "somebody");
  EXPECT_EQ(assignee(there.task), mark_);
}

TEST_P(AccountSummaryTest, SelectsRenewalsForReports) {
  Below here(*this), there(*this);
  Say(here.customer, Example(mark_ + "-b", "gold"));
  Say(there.customer, Example(mark_ + "-c", "gold"));
  v1::ListReachOpportunitiesRequest request;
  v1::RenewalSelection& renewals = *request.mutable_renewals();
  *renewals.mutable_start_date() = here.opportunity.renewal_date();
  *renewals.mutable_end_date() = here.opportunity.renewal_date();
  renewals.set_filter(absl::StrCat("account.segment = \"", mark_, "-b-segment\""));
  request.set_figure(v1::ListReachOpportunitiesRequest::DUE);
  const auto expect_here = [&] {
    const auto due = MustList(api().insight.ListReachOpportunities(request));
    ASSERT_EQ(due.size(), 1u);
    EXPECT_EQ(due[0].name(), here.opportunity.name());
    EXPECT_THAT(due[0].account(), EqualsProto(Example(mark_ + "-b", "gold")));
  };
  expect_here();
  // As it was then, also where it has changed since.
  *request.mutable_as_of_time() = ChangesOf(here.customer.account()).back().change_time();
  expect_here();
  MoveDays(1);
  Say(here.customer, Example(mark_ + "-d", "silver"));
  expect_here();
  request.clear_as_of_time();
  EXPECT_THAT(MustList(api().insight.ListReachOpportunities(request)), IsEmpty());
}

}  // namespace
}  // namespace perennial::conformance
