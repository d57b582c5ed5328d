// The reach report: three customers whose renewals are due on the same day, and what was done to
// reach them.

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using v1::Opportunity;
using v1::ReachReport;
using v1::RenewalSelection;
using List = v1::ListReachOpportunitiesRequest;

constexpr int kDaysAhead = 100;

class ReachTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    first_day_ = Today();
    reached_.emplace(api());
    lost_.emplace(api());
    heard_.emplace(api());
    // Of these tests' own, by which they are found.
    mark_ = UniqueId("reach");
    reached_->Follow(R"(cadence_steps {days_before_renewal: 95 intent: GIVE title: 'News'}
                        cadence_steps {days_before_renewal: 90 intent: ASK title: 'Call'}
                        cadence_steps {days_before_renewal: 85 intent: ASK title: 'Visit'}
                        cadence_steps {days_before_renewal: 80 intent: ASK title: 'Gift'}
                        cadence_steps {days_before_renewal: 10 intent: ASK title: 'Offer'})");
    for (Customer* customer : {&*lost_, &*heard_}) customer->Follow("display_name: 'No cadence'");
    renewal_[&*reached_] = Open(*reached_, "USD", 12000);
    renewal_[&*lost_] = Open(*lost_, "USD", 6000);
    renewal_[&*heard_] = Open(*heard_, "EUR", 3000);
  }

  // Due in 100 days.
  Opportunity Open(Customer& customer, const char* currency, int64_t units) {
    const v1::Subscription subscription = customer.Subscribe(
        absl::StrCat("arr {currency_code: '", currency, "' micros: ", units * 1'000'000,
                     "} start_date ", DateText(AddMonths(Today() + kDaysAhead, -12))));
    v1::UpdateOpportunityRequest update;
    *update.mutable_opportunity() = customer.Open({subscription.name()});
    (*update.mutable_opportunity()->mutable_labels())["mark"] = mark_;
    update.mutable_update_mask()->add_paths("labels");
    return Must(api().pipeline.UpdateOpportunity(update));
  }

  // On a day counted from the first, which has come.
  void Record(Customer& customer, int day, const std::string& text) {
    customer.Record(absl::StrCat(text, " touch_time ", TimeText(first_day_ + day)));
  }

  std::string Step(const std::string& title) {
    v1::ListTasksRequest request;
    request.set_parent(reached_->account());
    request.set_filter(absl::StrCat("title = \"", title, "\""));
    const auto tasks = MustList(api().engagement.ListTasks(request));
    return tasks.empty() ? "" : tasks.front().name();
  }
  void Complete(const std::string& title) {
    v1::CompleteTaskRequest request;
    request.set_name(Step(title));
    Must(api().engagement.CompleteTask(request));
  }

  // Forty days of work, by the end of which one is reached, one has churned, and one only called.
  void Work() {
    Record(*lost_, -20, "channel: EMAIL disposition: NO_REPLY");
    MoveDays(5);
    Record(*reached_, 1, "channel: PHONE disposition: NO_ANSWER");
    Record(*reached_, 5, "channel: PHONE disposition: CONNECTED");
    Record(*reached_, 5, "channel: VIDEO disposition: CONNECTED");
    Complete("News");
    Record(*lost_, 2, "channel: EMAIL disposition: NO_REPLY");
    Record(*lost_, 4, "channel: PHONE disposition: BUSY");
    Record(*heard_, 3,
           absl::StrCat("channel: CHAT direction: INBOUND contacts: '", heard_->user(), "'"));
    MoveDays(15);  // the 20th
    renewal_[&*lost_] = lost_->CloseAsChurned(renewal_[&*lost_].name(), v1::PRICE);
    Complete("Call");  // ten days late
    v1::SkipTaskRequest skip;
    skip.set_name(Step("Gift"));
    skip.set_reason("They are moving");
    Must(api().engagement.SkipTask(skip));
    MoveDays(20);
  }

  RenewalSelection Renewals() const {
    RenewalSelection renewals;
    *renewals.mutable_start_date() = ToDate(first_day_ + kDaysAhead);
    *renewals.mutable_end_date() = ToDate(first_day_ + kDaysAhead);
    renewals.set_filter(absl::StrCat("labels.mark = \"", mark_, "\""));
    return renewals;
  }

  absl::StatusOr<ReachReport> Get(
      const RenewalSelection& renewals,
      const std::optional<google::protobuf::Timestamp>& as_of = std::nullopt) {
    v1::GetReachReportRequest request;
    *request.mutable_renewals() = renewals;
    if (as_of.has_value()) *request.mutable_as_of_time() = *as_of;
    return api().insight.GetReachReport(request);
  }

  List Request(List::Figure figure) const {
    List request;
    *request.mutable_renewals() = Renewals();
    request.set_figure(figure);
    return request;
  }

  // Of the customers, by name; found one by one.
  std::vector<std::string> Names(List request) {
    request.set_page_size(1);
    std::vector<std::string> names;
    for (const Opportunity& opportunity : MustList(api().insight.ListReachOpportunities(request))) {
      names.push_back(opportunity.name());
    }
    return names;
  }
  std::vector<std::string> Names(List::Figure figure) { return Names(Request(figure)); }

  const std::string& NameOf(Customer& customer) { return renewal_[&customer].name(); }

  absl::CivilDay first_day_;
  std::string mark_;
  std::optional<Customer> reached_, lost_, heard_;
  std::map<Customer*, Opportunity> renewal_;
};
INSTANTIATE_ON_EVERY_ENGINE(ReachTest);

TEST_P(ReachTest, HasEveryFigure) {
  Work();
  const ReachReport report = Must(Get(Renewals()));
  EXPECT_THAT(report.total(), EqualsProto(ParseText<ReachReport::Figures>(R"(
    due_count: 3
    due_arr { currency_code: "EUR" micros: 3000000000 }
    due_arr { currency_code: "USD" micros: 18000000000 }
    reached { numerator: 1 denominator: 3 basis_points: 3333 }
    reached_arr {
      numerator { currency_code: "EUR" }
      denominator { currency_code: "EUR" micros: 3000000000 }
      basis_points: 0
    }
    reached_arr {
      numerator { currency_code: "USD" micros: 12000000000 }
      denominator { currency_code: "USD" micros: 18000000000 }
      basis_points: 6666
    }
    lead_time { count: 1 median_days: 95 p10_days: 95 }
    churned_unreached { numerator: 1 denominator: 1 basis_points: 10000 }
    # The one that was lost had a mail before its renewal opened.
    window_only_accounts { numerator: 2 denominator: 3 basis_points: 6666 }
    # One of two calls of the first; the busy line of the second.
    channels {
      channel: PHONE
      connected { numerator: 1 denominator: 3 basis_points: 3333 }
      first_connected_count: 1
    }
    channels { channel: EMAIL connected { denominator: 1 basis_points: 0 } }
    channels { channel: VIDEO connected { numerator: 1 denominator: 1 basis_points: 10000 } }
    channels { channel: CHAT connected {} first_connected_count: 1 }
    # They called us; the second call connected; two attempts in vain.
    attempts { attempts: 0 connected_count: 1 }
    attempts { attempts: 2 connected_count: 1 unconnected_count: 1 }
    # 'Offer' is still to come.
    cadence {
      kept { numerator: 1 denominator: 4 basis_points: 2500 }
      done_late_count: 1
      skipped_count: 1
      missed_count: 1
    }
  )")));
  EXPECT_THAT(report.renewals(), EqualsProto(Renewals()));
  EXPECT_EQ(ToTime(report.as_of_time()), Now());
  EXPECT_NE(report.policy_version(), "");
  EXPECT_THAT(report.slices(), IsEmpty());
}

TEST_P(ReachTest, LeavesOutRatesOfNothing) {
  RenewalSelection nobodys = Renewals();
  nobodys.set_account_filter("name = \"accounts/nobody\"");
  EXPECT_THAT(Must(Get(nobodys)).total(), EqualsProto(ParseText<ReachReport::Figures>(
                                              "reached {} lead_time {} churned_unreached {} "
                                              "window_only_accounts {} cadence {kept {}}")));
}

TEST_P(ReachTest, ListsWhatIsBehindEachFigure) {
  Work();
  const std::string reached = NameOf(*reached_), lost = NameOf(*lost_), heard = NameOf(*heard_);
  EXPECT_THAT(Names(List::DUE), UnorderedElementsAre(reached, lost, heard));
  EXPECT_THAT(Names(List::REACHED), ElementsAre(reached));
  EXPECT_THAT(Names(List::UNREACHED), UnorderedElementsAre(lost, heard));
  EXPECT_THAT(Names(List::CHURNED), ElementsAre(lost));
  EXPECT_THAT(Names(List::CHURNED_UNREACHED), ElementsAre(lost));
  EXPECT_THAT(Names(List::TOUCHED), UnorderedElementsAre(reached, lost, heard));
  EXPECT_THAT(Names(List::WINDOW_ONLY), UnorderedElementsAre(reached, heard));
  EXPECT_THAT(Names(List::CONNECTED), UnorderedElementsAre(reached, heard));
  EXPECT_THAT(Names(List::UNCONNECTED), ElementsAre(lost));
  EXPECT_THAT(Names(List::CADENCE_DUE), ElementsAre(reached));
  EXPECT_THAT(Names(List::CADENCE_MISSED), ElementsAre(reached));
  // In order, and whole.
  const std::vector<std::string> names = Names(List::DUE);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  const auto churned = MustList(api().insight.ListReachOpportunities(Request(List::CHURNED)));
  EXPECT_THAT(churned, ElementsAre(EqualsProto(lost_->Get(renewal_[&*lost_]))));
}

TEST_P(ReachTest, SelectsByPeriodAndFilters) {
  const auto count = [this](const RenewalSelection& renewals) {
    return Must(Get(renewals)).total().due_count();
  };
  RenewalSelection renewals = Renewals();
  renewals.set_account_filter(absl::StrCat("owner = \"", lost_->owner(), "\""));
  EXPECT_EQ(count(renewals), 1);
  renewals = Renewals();
  absl::StrAppend(renewals.mutable_filter(), " AND arr >= 6000");
  EXPECT_EQ(count(renewals), 2);
  renewals = Renewals();
  *renewals.mutable_start_date() = ToDate(first_day_ + kDaysAhead - 1);
  *renewals.mutable_end_date() = renewals.start_date();
  EXPECT_EQ(count(renewals), 0);
  *renewals.mutable_end_date() = ToDate(AddMonths(ToCivilDay(renewals.start_date()), 120));
  EXPECT_EQ(count(renewals), 3);
}

TEST_P(ReachTest, ItsSlicesAddUp) {
  Work();
  const ReachReport::Figures total = Must(Get(Renewals())).total();
  RenewalSelection renewals = Renewals();
  for (int by = v1::SEGMENT; by <= v1::SliceBy_MAX; ++by) {
    renewals.set_slice_by(static_cast<v1::SliceBy>(by));
    const bool by_label = by == v1::LABEL || by == v1::ACCOUNT_LABEL;
    renewals.set_label(by_label ? "mark" : "");
    const ReachReport report = Must(Get(renewals));
    EXPECT_THAT(report.total(), EqualsProto(total));
    int64_t due = 0, reached = 0, accounts = 0, steps = 0, usd = 0;
    List request;
    *request.mutable_renewals() = renewals;
    request.set_figure(List::DUE);
    for (const ReachReport::Slice& slice : report.slices()) {
      const ReachReport::Figures& figures = slice.figures();
      due += figures.due_count();
      reached += figures.reached().numerator();
      accounts += figures.window_only_accounts().denominator();
      steps += figures.cadence().kept().denominator();
      for (const v1::Money& arr : figures.due_arr()) {
        if (arr.currency_code() == "USD") usd += arr.micros();
      }
      request.set_slice(slice.value());
      EXPECT_EQ(static_cast<int64_t>(Names(request).size()), figures.due_count()) << slice.value();
    }
    EXPECT_EQ(due, 3) << v1::SliceBy_Name(renewals.slice_by());
    EXPECT_EQ(reached, 1);
    EXPECT_EQ(accounts, 3);
    EXPECT_EQ(steps, 4);
    EXPECT_EQ(usd, 18'000'000'000);
  }
  renewals = Renewals();
  renewals.set_slice_by(v1::PRODUCT);
  const ReachReport report = Must(Get(renewals));
  std::vector<std::string> products;
  for (const ReachReport::Slice& slice : report.slices()) products.push_back(slice.value());
  EXPECT_THAT(products,
              UnorderedElementsAre(reached_->product(), lost_->product(), heard_->product()));
}

TEST_P(ReachTest, ASliceIsTheReportOfItsRenewals) {
  Work();
  // In the year before the renewal of the account, but not before a second one, somebody else's.
  Record(*heard_, kDaysAhead - 350, "channel: EMAIL");
  v1::UpdateOpportunityRequest update;
  *update.mutable_opportunity() = Open(*heard_, "EUR", 1);
  update.mutable_opportunity()->set_owner("Somebody else");
  update.mutable_update_mask()->add_paths("owner");
  Must(api().pipeline.UpdateOpportunity(update));
  RenewalSelection renewals = Renewals();
  *renewals.mutable_end_date() = ToDate(first_day_ + 2 * kDaysAhead);
  renewals.set_slice_by(v1::OWNER);
  renewals.set_account_filter(absl::StrCat("name = \"", heard_->account(), "\""));
  const ReachReport report = Must(Get(renewals));
  EXPECT_EQ(report.total().due_count(), 2);
  EXPECT_EQ(report.total().window_only_accounts().denominator(), 1);
  ASSERT_EQ(report.slices_size(), 2);
  EXPECT_EQ(report.slices(0).value(), "Somebody else");
  renewals.clear_slice_by();
  const std::string filter = renewals.filter();
  for (const ReachReport::Slice& slice : report.slices()) {
    renewals.set_filter(absl::StrCat(filter, " AND owner = \"", slice.value(), "\""));
    EXPECT_THAT(Must(Get(renewals)).total(), EqualsProto(slice.figures())) << slice.value();
  }
}

TEST_P(ReachTest, TheSameTimeGetsTheSameAnswerWhateverWasWrittenSince) {
  Work();
  RenewalSelection renewals = Renewals();
  renewals.set_slice_by(v1::PRODUCT);
  renewals.set_account_filter("note = \"\"");
  const ReachReport before = Must(Get(renewals));
  std::map<int, std::vector<Opportunity>> behind;
  for (int figure = List::DUE; figure <= List::Figure_MAX; ++figure) {
    behind[figure] =
        MustList(api().insight.ListReachOpportunities(Request(static_cast<List::Figure>(figure))));
  }

  MoveDays(1);
  // Everything that was counted changes.
  Record(*heard_, 41, "channel: PHONE");
  Record(*heard_, -30, "channel: PHONE");
  v1::ListTouchesRequest touches;
  touches.set_parent(reached_->account());
  for (const v1::Touch& touch : MustList(api().engagement.ListTouches(touches))) {
    v1::DeleteTouchRequest request;
    request.set_name(touch.name());
    Must(api().engagement.DeleteTouch(request));
  }
  Complete("Visit");
  lost_->Reopen(NameOf(*lost_));
  for (Customer* customer : {&*reached_, &*lost_}) {
    v1::UpdateOpportunityRequest update;
    update.mutable_opportunity()->set_name(NameOf(*customer));
    update.mutable_update_mask()->add_paths("labels");
    Must(api().pipeline.UpdateOpportunity(update));
    v1::UpdateAccountRequest moved;
    moved.mutable_account()->set_name(customer->account());
    moved.mutable_account()->set_note("Moved");
    Must(api().accounts.UpdateAccount(moved));
  }
  // One that was not there yet.
  Open(*heard_, "USD", 1);

  EXPECT_THAT(Must(Get(renewals, before.as_of_time())), EqualsProto(before));
  for (const auto& [figure, opportunities] : behind) {
    List request = Request(static_cast<List::Figure>(figure));
    *request.mutable_as_of_time() = before.as_of_time();
    request.set_page_size(1);
    const auto then = MustList(api().insight.ListReachOpportunities(request));
    ASSERT_EQ(then.size(), opportunities.size()) << figure;
    for (size_t i = 0; i < then.size(); ++i) EXPECT_THAT(then[i], EqualsProto(opportunities[i]));
  }
  // The live tables and the history say the same of now.
  const ReachReport now = Must(Get(renewals));
  EXPECT_THAT(Must(Get(renewals, now.as_of_time())), EqualsProto(now));
  EXPECT_EQ(now.total().due_count(), 1);
}

TEST_P(ReachTest, WhatWasDeletedIsStillInThePast) {
  const ReachReport before = Must(Get(Renewals()));
  EXPECT_EQ(before.total().due_count(), 3);
  MoveDays(1);
  v1::DeleteOpportunityRequest request;
  request.set_name(NameOf(*reached_));
  Must(api().pipeline.DeleteOpportunity(request));
  EXPECT_EQ(Must(Get(Renewals())).total().due_count(), 2);
  EXPECT_THAT(Must(Get(Renewals(), before.as_of_time())), EqualsProto(before));
  // Before there was anything.
  EXPECT_EQ(Must(Get(Renewals(), ToTimestamp(ToTime(before.as_of_time()) - absl::Hours(1))))
                .total()
                .due_count(),
            0);
}

TEST_P(ReachTest, SaysWhatIsWrong) {
  const auto refused = [this](const std::function<void(RenewalSelection&)>& change) {
    RenewalSelection renewals = Renewals();
    change(renewals);
    return Get(renewals).status();
  };
  EXPECT_THAT(refused([&](RenewalSelection& renewals) {
                *renewals.mutable_end_date() = ToDate(first_day_ + kDaysAhead - 1);
              }),
              IsInvalid("renewals.end_date"));
  EXPECT_THAT(refused([&](RenewalSelection& renewals) {
                *renewals.mutable_end_date() = ToDate(AddMonths(first_day_ + kDaysAhead, 120) + 1);
              }),
              IsInvalid("renewals.end_date"));
  EXPECT_THAT(refused([](RenewalSelection& renewals) { renewals.set_slice_by(v1::LABEL); }),
              IsInvalid("renewals.label"));
  EXPECT_THAT(refused([](RenewalSelection& renewals) { renewals.set_slice_by(v1::ACCOUNT_LABEL); }),
              IsInvalid("renewals.label"));
  EXPECT_THAT(refused([](RenewalSelection& renewals) { renewals.set_label("mark"); }),
              IsInvalid("renewals.label"));
  EXPECT_THAT(refused([](RenewalSelection& renewals) { renewals.set_filter("segment = \"x\""); }),
              FailsWith(v1::INVALID_FILTER, ElementsAre("renewals.filter")));
  EXPECT_THAT(
      refused([](RenewalSelection& renewals) { renewals.set_account_filter("stage = UPSELL"); }),
      FailsWith(v1::INVALID_FILTER, ElementsAre("renewals.account_filter")));
  EXPECT_THAT(Get(Renewals(), ToTimestamp(Now() + absl::Seconds(1))), IsInvalid("as_of_time"));

  List request = Request(List::DUE);
  request.set_slice("enterprise");
  EXPECT_THAT(api().insight.ListReachOpportunities.Page(request), IsInvalid("slice"));
  request = Request(List::FIGURE_UNSPECIFIED);
  EXPECT_THAT(api().insight.ListReachOpportunities.Page(request), IsInvalid("figure"));
  request = Request(List::DUE);
  request.set_page_size(1);
  request.set_page_token(
      Must(api().insight.ListReachOpportunities.Page(request)).next_page_token());
  request.set_figure(List::REACHED);
  EXPECT_THAT(api().insight.ListReachOpportunities.Page(request),
              FailsWith(v1::INVALID_PAGE_TOKEN));
}

}  // namespace
}  // namespace perennial::conformance
