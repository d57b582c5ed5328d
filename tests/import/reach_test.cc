// The reach report over the sample book of business, against the same figures worked out slowly
// from everything that the lists answer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "perennial/client/account_client.h"
#include "perennial/client/clock_client.h"
#include "perennial/client/engagement_client.h"
#include "perennial/client/insight_client.h"
#include "perennial/client/pipeline_client.h"
#include "perennial/client/subscription_client.h"
#include "tests/import/imported_server.h"

namespace perennial {
namespace {

using v1::Opportunity;
using v1::ReachReport;
using v1::Task;
using v1::Touch;

absl::CivilDay DayOf(absl::Time time) { return absl::ToCivilDay(time, absl::UTCTimeZone()); }

template <class AnyRate>
void SetRate(int64_t numerator, int64_t denominator, AnyRate& rate) {
  rate.set_numerator(numerator);
  rate.set_denominator(denominator);
  if (denominator > 0) rate.set_basis_points(static_cast<int32_t>(numerator * 10000 / denominator));
}

class SampleReachTest : public ImportedServerTest {
 protected:
  // The sample, and forty days of nobody doing anything.
  void SetUp() override {
    ImportedServerTest::SetUp();
    if (IsSkipped()) return;
    Import(SourcePath("data/sample"), SourcePath("data/sample/mapping.textproto"));
    v1::OpenDueOpportunitiesRequest open;
    open.set_parent("accounts/-");
    ASSERT_TRUE(client::PipelineClient(connection_).OpenDueOpportunities(open).ok());
    v1::MoveTimeRequest move;
    move.set_days(40);
    ASSERT_TRUE(client::ClockClient(connection_).MoveTime(move).ok());

    const client::EngagementClient engagement(connection_);
    for (Touch& touch : All(engagement.ListTouches, "accounts/-")) {
      touches_[std::string(AccountOf(touch.name()))].push_back(std::move(touch));
    }
    for (auto& [account, touches] : touches_) {
      std::stable_sort(touches.begin(), touches.end(), [](const Touch& a, const Touch& b) {
        return ToTime(a.touch_time()) < ToTime(b.touch_time());
      });
    }
    tasks_ = All(engagement.ListTasks, "accounts/-");
    opportunities_ = All(client::PipelineClient(connection_).ListOpportunities, "accounts/-");
  }

  ReachReport Get(const v1::GetReachReportRequest& request) {
    const auto report = client::InsightClient(connection_).GetReachReport(request);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : ReachReport();
  }

  // The touches of the renewal's account in its cycle.
  std::vector<Touch> InCycle(const Opportunity& opportunity, absl::Time now) {
    std::vector<Touch> touches;
    for (const Touch& touch : touches_[std::string(AccountOf(opportunity.name()))]) {
      const absl::Time time = ToTime(touch.touch_time());
      const absl::Time end = opportunity.has_close_time() ? ToTime(opportunity.close_time()) : now;
      if (time >= ToTime(opportunity.open_time()) && time <= end) touches.push_back(touch);
    }
    return touches;
  }

  void CountMoney(const std::vector<Opportunity>& due, ReachReport::Figures& figures) {
    std::map<std::string, std::pair<int64_t, int64_t>> arr;
    for (const Opportunity& opportunity : due) {
      auto& [reached, all] = arr[opportunity.arr().currency_code()];
      all += opportunity.arr().micros();
      if (opportunity.reached()) reached += opportunity.arr().micros();
    }
    for (const auto& [currency, sums] : arr) {
      *figures.add_due_arr() = MakeMoney(currency, sums.second);
      v1::MoneyRate& rate = *figures.add_reached_arr();
      *rate.mutable_numerator() = MakeMoney(currency, sums.first);
      *rate.mutable_denominator() = MakeMoney(currency, sums.second);
      rate.set_basis_points(static_cast<int32_t>(static_cast<long double>(sums.first) * 10000 /
                                                 static_cast<long double>(sums.second)));
    }
  }

  void CountReach(const std::vector<Opportunity>& due, ReachReport::Figures& figures) {
    std::vector<int> days;
    int64_t reached = 0, churned = 0, lost = 0, imported = 0;
    for (const Opportunity& opportunity : due) {
      imported += opportunity.reach_imported();
      reached += opportunity.reached();
      churned += opportunity.outcome() == Opportunity::CHURNED;
      lost += opportunity.outcome() == Opportunity::CHURNED && !opportunity.reached();
      if (opportunity.reached()) {
        days.push_back(static_cast<int>(ToCivilDay(opportunity.renewal_date()) -
                                        DayOf(ToTime(opportunity.reach_time()))));
      }
    }
    figures.set_due_count(static_cast<int64_t>(due.size()));
    SetRate(reached, figures.due_count(), *figures.mutable_reached());
    figures.set_reach_imported_count(imported);
    SetRate(lost, churned, *figures.mutable_churned_unreached());
    std::sort(days.begin(), days.end());
    figures.mutable_lead_time()->set_count(static_cast<int64_t>(days.size()));
    if (days.empty()) return;
    figures.mutable_lead_time()->set_median_days(days[(days.size() - 1) / 2]);
    figures.mutable_lead_time()->set_p10_days(days[days.size() / 10]);
  }

  void CountTouches(const std::vector<Opportunity>& due, absl::Time now,
                    ReachReport::Figures& figures) {
    std::map<int, std::array<int64_t, 3>> channels;  // connected, all, first
    std::map<int, std::array<int64_t, 2>> attempts;  // connected, unconnected
    for (const Opportunity& opportunity : due) {
      const std::vector<Touch> touches = InCycle(opportunity, now);
      const auto first = std::find_if(touches.begin(), touches.end(), [](const Touch& touch) {
        return touch.disposition() == Touch::CONNECTED;
      });
      const bool connected = first != touches.end();
      const int64_t made =
          std::count_if(touches.begin(), connected ? first + 1 : first,
                        [](const Touch& touch) { return touch.direction() == Touch::OUTBOUND; });
      ++attempts[static_cast<int>(std::min<int64_t>(made, 10))][connected ? 0 : 1];
      if (connected) ++channels[first->channel()][2];
      for (const Touch& touch : touches) {
        if (touch.direction() != Touch::OUTBOUND) continue;
        ++channels[touch.channel()][1];
        if (touch.disposition() == Touch::CONNECTED) ++channels[touch.channel()][0];
      }
    }
    for (const auto& [channel, counts] : channels) {
      auto& row = *figures.add_channels();
      row.set_channel(static_cast<v1::Channel>(channel));
      SetRate(counts[0], counts[1], *row.mutable_connected());
      row.set_first_connected_count(counts[2]);
    }
    for (const auto& [made, counts] : attempts) {
      auto& row = *figures.add_attempts();
      row.set_attempts(made);
      row.set_connected_count(counts[0]);
      row.set_unconnected_count(counts[1]);
    }
  }

  void CountAccounts(const std::vector<Opportunity>& due, absl::Time now,
                     ReachReport::Figures& figures) {
    std::set<std::string> touched, beside;
    for (const Opportunity& opportunity : due) {
      const std::string account(AccountOf(opportunity.name()));
      const absl::CivilDay date = ToCivilDay(opportunity.renewal_date());
      for (const Touch& touch : touches_[account]) {
        const absl::CivilDay day = DayOf(ToTime(touch.touch_time()));
        const auto disposition = touch.disposition();
        if (day < date - 365 || day >= date) continue;
        if (disposition != Touch::CONNECTED && disposition != Touch::LEFT_MESSAGE &&
            disposition != Touch::NO_REPLY) {
          continue;
        }
        touched.insert(account);
        bool in_cycle = false;
        for (const Opportunity& any : opportunities_) {
          if (AccountOf(any.name()) != account) continue;
          for (const Touch& of_cycle : InCycle(any, now)) {
            in_cycle |= of_cycle.name() == touch.name();
          }
        }
        if (!in_cycle) beside.insert(account);
      }
    }
    SetRate(static_cast<int64_t>(touched.size() - beside.size()),
            static_cast<int64_t>(touched.size()), *figures.mutable_window_only_accounts());
  }

  void CountCadence(const std::vector<Opportunity>& due, absl::Time now,
                    ReachReport::Figures& figures) {
    int64_t kept = 0, late = 0, skipped = 0, missed = 0;
    for (const Opportunity& opportunity : due) {
      for (const Task& task : tasks_) {
        if (task.opportunity() != opportunity.name() || task.kind() != Task::CADENCE) continue;
        if (task.state() == Task::NOT_EXPECTED) continue;
        const absl::CivilDay day = ToCivilDay(task.due_date());
        const absl::Time end =
            opportunity.has_close_time() ? ToTime(opportunity.close_time()) : now;
        if (day < DayOf(ToTime(opportunity.open_time())) || day > DayOf(end)) continue;
        const bool done = task.state() == Task::DONE;
        if (done && DayOf(ToTime(task.done_time())) <= day) {
          ++kept;
        } else if (done) {
          ++late;
        } else if (task.state() == Task::SKIPPED &&
                   task.state_reason() != "The opportunity was closed") {
          ++skipped;
        } else {
          ++missed;
        }
      }
    }
    ReachReport::CadenceFigures& cadence = *figures.mutable_cadence();
    SetRate(kept, kept + late + skipped + missed, *cadence.mutable_kept());
    cadence.set_done_late_count(late);
    cadence.set_skipped_count(skipped);
    cadence.set_missed_count(missed);
  }

  std::string Expect(const std::vector<Opportunity>& due, absl::Time now) {
    ReachReport::Figures figures;
    CountMoney(due, figures);
    CountReach(due, figures);
    CountTouches(due, now, figures);
    CountAccounts(due, now, figures);
    CountCadence(due, now, figures);
    return figures.DebugString();
  }

  std::vector<Opportunity> opportunities_;
  std::map<std::string, std::vector<Touch>> touches_;  // by account, oldest first
  std::vector<Task> tasks_;
};
INSTANTIATE_TEST_SUITE_P(Engines, SampleReachTest, EveryEngine(), EngineName);

TEST_P(SampleReachTest, IsWhatTheListsAddUpTo) {
  v1::GetReachReportRequest request;
  *request.mutable_renewals()->mutable_start_date() = ToDate(absl::CivilDay(2024, 1, 1));
  *request.mutable_renewals()->mutable_end_date() = ToDate(absl::CivilDay(2025, 3, 31));
  request.mutable_renewals()->set_slice_by(v1::OWNER);
  const ReachReport report = Get(request);
  const absl::Time now = ToTime(report.as_of_time());

  std::vector<Opportunity> due;
  std::map<std::string, std::vector<Opportunity>> by_owner;
  for (const Opportunity& opportunity : opportunities_) {
    const absl::CivilDay date = ToCivilDay(opportunity.renewal_date());
    if (date < absl::CivilDay(2024, 1, 1) || date > absl::CivilDay(2025, 3, 31)) continue;
    due.push_back(opportunity);
    by_owner[opportunity.owner()].push_back(opportunity);
  }
  EXPECT_EQ(report.total().DebugString(), Expect(due, now));
  ASSERT_EQ(static_cast<size_t>(report.slices_size()), by_owner.size());
  for (const ReachReport::Slice& slice : report.slices()) {
    EXPECT_EQ(slice.figures().DebugString(), Expect(by_owner[slice.value()], now)) << slice.value();
  }
  // There is something of everything.
  EXPECT_GT(report.total().due_count(), 100);
  EXPECT_GT(report.total().churned_unreached().numerator(), 0);
  EXPECT_GT(report.total().window_only_accounts().numerator(), 0);
  EXPECT_GT(report.total().channels_size(), 3);
  EXPECT_GT(report.total().cadence().missed_count(), 0);

  *request.mutable_as_of_time() = report.as_of_time();
  EXPECT_EQ(Get(request).DebugString(), report.DebugString()) << "by the history";
}

}  // namespace
}  // namespace perennial
