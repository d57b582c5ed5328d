#include "lib/domain/reach.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "tests/support/parse_text.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using v1::Opportunity;
using v1::ReachReport;
using v1::Task;
using v1::Touch;
using Request = v1::ListReachOpportunitiesRequest;

constexpr absl::CivilDay kRenewalDate(2025, 7, 1);
constexpr absl::CivilDay kOpened(2025, 4, 1);
constexpr absl::CivilDay kAsOf(2025, 6, 15);

absl::Time Noon(absl::CivilDay day) {
  return absl::FromCivil(absl::CivilHour(day) + 12, absl::UTCTimeZone());
}

// Open since kOpened, not reached, worth 100 EUR.
Opportunity MakeOpportunity() {
  Opportunity opportunity;
  opportunity.set_name("accounts/a/opportunities/o");
  opportunity.set_outcome(Opportunity::OPEN);
  *opportunity.mutable_arr() = MakeMoney("EUR", 100);
  *opportunity.mutable_renewal_date() = ToDate(kRenewalDate);
  *opportunity.mutable_open_time() = ToTimestamp(Noon(kOpened));
  return opportunity;
}

Opportunity Close(Opportunity opportunity, Opportunity::Outcome outcome, absl::CivilDay day) {
  opportunity.set_outcome(outcome);
  *opportunity.mutable_close_time() = ToTimestamp(Noon(day));
  return opportunity;
}

Opportunity Reach(Opportunity opportunity, absl::CivilDay day) {
  opportunity.set_reached(true);
  *opportunity.mutable_reach_time() = ToTimestamp(Noon(day));
  return opportunity;
}

ReachTouch Out(absl::CivilDay day, v1::Channel channel, Touch::Disposition disposition) {
  return {Noon(day), channel, Touch::OUTBOUND, disposition};
}
ReachTouch In(absl::CivilDay day, v1::Channel channel) {
  return {Noon(day), channel, Touch::INBOUND, Touch::CONNECTED};
}

// An account with one renewal.
ReachAccount MakeAccount(const Opportunity& opportunity, std::vector<ReachTouch> touches = {},
                         std::vector<ReachStep> steps = {}) {
  ReachAccount account;
  account.due.push_back({opportunity, std::move(steps), {}});
  account.cycles.push_back(CycleOf(opportunity, Noon(kAsOf)));
  account.touches = std::move(touches);
  return account;
}

RenewalReach ReachOfOnly(const ReachAccount& account) {
  return ReachOf(account.due.at(0), account, Noon(kAsOf));
}

// --- one renewal ---

TEST(ReachOfTest, CountsAttemptsUntilTheFirstConnection) {
  const RenewalReach reach = ReachOfOnly(MakeAccount(
      MakeOpportunity(),
      {
          Out(kOpened - 1, v1::PHONE, Touch::CONNECTED),  // before
          Out(kOpened + 1, v1::PHONE, Touch::NO_ANSWER),
          Out(kOpened + 2, v1::EMAIL, Touch::NO_REPLY),
          Out(kOpened + 3, v1::PHONE, Touch::CONNECTED), Out(kOpened + 4, v1::PHONE, Touch::BUSY),
          In(kOpened + 5, v1::CHAT), Out(kAsOf + 1, v1::PHONE, Touch::CONNECTED),  // after
      }));
  EXPECT_EQ(reach.attempts, 3);
  EXPECT_EQ(reach.first_connected, v1::PHONE);
  EXPECT_EQ(reach.channels.at(v1::PHONE).connected, 1);
  EXPECT_EQ(reach.channels.at(v1::PHONE).all, 3);
  EXPECT_EQ(reach.channels.at(v1::EMAIL).connected, 0);
  EXPECT_EQ(reach.channels.at(v1::EMAIL).all, 1);
  EXPECT_EQ(reach.channels.count(v1::CHAT), 0u) << "the customer's is no attempt";
}

TEST(ReachOfTest, TheCustomerMayComeFirst) {
  const RenewalReach first =
      ReachOfOnly(MakeAccount(MakeOpportunity(), {In(kOpened + 1, v1::SUPPORT_TICKET),
                                                  Out(kOpened + 2, v1::PHONE, Touch::CONNECTED)}));
  EXPECT_EQ(first.attempts, 0);
  EXPECT_EQ(first.first_connected, v1::SUPPORT_TICKET);
  const RenewalReach second =
      ReachOfOnly(MakeAccount(MakeOpportunity(), {Out(kOpened + 1, v1::PHONE, Touch::NO_ANSWER),
                                                  In(kOpened + 2, v1::PHONE)}));
  EXPECT_EQ(second.attempts, 1);
  EXPECT_TRUE(second.connected());
}

TEST(ReachOfTest, CountsEveryAttemptWhereThereIsNoConnection) {
  const RenewalReach reach =
      ReachOfOnly(MakeAccount(MakeOpportunity(), {Out(kOpened + 1, v1::PHONE, Touch::NO_ANSWER),
                                                  Out(kOpened + 2, v1::EMAIL, Touch::BOUNCED)}));
  EXPECT_EQ(reach.attempts, 2);
  EXPECT_FALSE(reach.connected());
}

TEST(ReachOfTest, ACycleHasItsFirstAndItsLastInstant) {
  const Opportunity closed = Close(MakeOpportunity(), Opportunity::RENEWED, kOpened + 10);
  const RenewalReach reach =
      ReachOfOnly(MakeAccount(closed, {Out(kOpened, v1::PHONE, Touch::NO_ANSWER),
                                       Out(kOpened + 10, v1::PHONE, Touch::NO_ANSWER),
                                       Out(kOpened + 11, v1::PHONE, Touch::NO_ANSWER)}));
  EXPECT_EQ(reach.attempts, 2);
}

TEST(ReachOfTest, CountsDaysAheadByTheStamp) {
  EXPECT_EQ(ReachOfOnly(MakeAccount(Reach(MakeOpportunity(), kRenewalDate - 30))).lead_days, 30);
  EXPECT_EQ(ReachOfOnly(MakeAccount(Reach(MakeOpportunity(), kRenewalDate + 2))).lead_days, -2);
  const RenewalReach unreached =
      ReachOfOnly(MakeAccount(MakeOpportunity(), {Out(kOpened + 1, v1::PHONE, Touch::CONNECTED)}));
  EXPECT_FALSE(unreached.reached) << "spoke with nobody who decides";
  EXPECT_EQ(unreached.lead_days, std::nullopt);
}

TEST(ReachOfTest, ComparesTheCadenceWithItsDays) {
  const ReachStep on_the_day = {kOpened + 10, Task::DONE, kOpened + 10, false};
  const ReachStep early = {kOpened + 10, Task::DONE, kOpened + 3, false};
  const ReachStep late = {kOpened + 10, Task::DONE, kOpened + 11, false};
  const ReachStep skipped = {kOpened + 20, Task::SKIPPED, {}, false};
  const ReachStep missed = {kOpened + 30, Task::MISSED, {}, false};
  const ReachStep undone_on_the_last_day = {kAsOf, Task::OPEN, {}, false};
  const ReachStep still_to_come = {kAsOf + 1, Task::OPEN, {}, false};
  const ReachStep past_when_it_opened = {kOpened - 1, Task::MISSED, {}, false};
  const RenewalReach reach =
      ReachOfOnly(MakeAccount(MakeOpportunity(), {},
                              {on_the_day, early, late, skipped, missed, undone_on_the_last_day,
                               still_to_come, past_when_it_opened}));
  EXPECT_EQ(reach.kept, 2);
  EXPECT_EQ(reach.done_late, 1);
  EXPECT_EQ(reach.skipped, 1);
  EXPECT_EQ(reach.missed, 2);
}

TEST(ReachOfTest, WhatClosingEndedWasMissedWhereItWasDue) {
  const Opportunity closed = Close(MakeOpportunity(), Opportunity::RENEWED, kOpened + 30);
  const RenewalReach reach =
      ReachOfOnly(MakeAccount(closed, {},
                              {{kOpened + 29, Task::SKIPPED, {}, /*ended_by_closing=*/true},
                               {kOpened + 31, Task::SKIPPED, {}, /*ended_by_closing=*/true}}));
  EXPECT_EQ(reach.missed, 1);
  EXPECT_EQ(reach.skipped, 0);
}

// --- an account ---

TEST(ReachBeforeTest, AnAccountIsTouchedByWhatArrivesWithinAYear) {
  const auto touched = [](const ReachTouch& touch) {
    const ReachAccount account = MakeAccount(MakeOpportunity(), {touch});
    return ReachBefore(AllDue(account), account).touched;
  };
  EXPECT_TRUE(touched(Out(kRenewalDate - 365, v1::EMAIL, Touch::NO_REPLY)));
  EXPECT_TRUE(touched(In(kRenewalDate - 1, v1::CHAT)));
  EXPECT_FALSE(touched(Out(kRenewalDate - 366, v1::EMAIL, Touch::NO_REPLY)));
  EXPECT_FALSE(touched(In(kRenewalDate, v1::CHAT)));
  EXPECT_FALSE(touched(Out(kOpened + 1, v1::PHONE, Touch::NO_ANSWER)));
  EXPECT_FALSE(touched(Out(kOpened + 1, v1::EMAIL, Touch::BOUNCED)));
}

TEST(ReachBeforeTest, WindowOnlyMeansNeverBesideARenewal) {
  ReachAccount account =
      MakeAccount(MakeOpportunity(), {Out(kOpened + 1, v1::PHONE, Touch::CONNECTED)});
  const auto window_only = [&] { return ReachBefore(AllDue(account), account).window_only; };
  EXPECT_TRUE(window_only());
  account.touches.insert(account.touches.begin(), Out(kOpened - 40, v1::PHONE, Touch::CONNECTED));
  EXPECT_FALSE(window_only());
  // Unless another renewal was open then.
  account.cycles.push_back({Noon(kOpened - 100), Noon(kOpened - 30)});
  EXPECT_TRUE(window_only());
  account.touches.clear();
  EXPECT_FALSE(window_only()) << "not touched at all";
}

// --- which are behind a figure ---

TEST(IsBehindTest, FollowsTheFacts) {
  RenewalReach renewal;
  AccountReach account;
  const auto figures = [&] {
    std::vector<std::string> names;
    for (int i = Request::Figure_MIN; i <= Request::Figure_MAX; ++i) {
      const auto figure = static_cast<Request::Figure>(i);
      if (IsBehind(figure, renewal, account)) names.push_back(Request::Figure_Name(figure));
    }
    return names;
  };
  EXPECT_THAT(figures(), ElementsAre("DUE", "UNREACHED", "UNCONNECTED"));
  renewal.churned = true;
  renewal.kept = 1;
  EXPECT_THAT(figures(), ElementsAre("DUE", "UNREACHED", "CHURNED", "CHURNED_UNREACHED",
                                     "UNCONNECTED", "CADENCE_DUE"));
  renewal.reached = true;
  renewal.first_connected = v1::PHONE;
  renewal.missed = 1;
  account.touched = true;
  account.window_only = true;
  EXPECT_THAT(figures(), ElementsAre("DUE", "REACHED", "CHURNED", "TOUCHED", "WINDOW_ONLY",
                                     "CONNECTED", "CADENCE_DUE", "CADENCE_MISSED"));
}

TEST(SlicesOfTest, AreOfTheAccountOrTheRenewal) {
  v1::Account account;
  account.set_segment("enterprise");
  account.set_industry("Retail");
  account.set_country("DE");
  DueRenewal renewal;
  renewal.opportunity.set_owner("ann");
  renewal.opportunity.set_playbook("playbooks/default");
  (*renewal.opportunity.mutable_labels())["region"] = "north";
  renewal.products = {"products/b", "products/a", "products/b"};
  v1::RenewalSelection selection;
  const auto slices = [&](v1::SliceBy by) {
    selection.set_slice_by(by);
    return SlicesOf(selection, renewal, account);
  };
  EXPECT_THAT(slices(v1::SLICE_BY_UNSPECIFIED), IsEmpty());
  EXPECT_THAT(slices(v1::SEGMENT), ElementsAre("enterprise"));
  EXPECT_THAT(slices(v1::INDUSTRY), ElementsAre("Retail"));
  EXPECT_THAT(slices(v1::COUNTRY), ElementsAre("DE"));
  EXPECT_THAT(slices(v1::OWNER), ElementsAre("ann"));
  EXPECT_THAT(slices(v1::PRODUCT), ElementsAre("products/a", "products/b"));
  EXPECT_THAT(slices(v1::PLAYBOOK), ElementsAre("playbooks/default"));
  selection.set_label("region");
  EXPECT_THAT(slices(v1::LABEL), ElementsAre("north"));
  selection.set_label("tier");
  EXPECT_THAT(slices(v1::LABEL), ElementsAre(""));
}

// --- adding up ---

class ReachCounterTest : public testing::Test {
 protected:
  void Add(const ReachAccount& account) {
    const absl::Status status = counter_.Add(account);
    EXPECT_TRUE(status.ok()) << status;
  }
  ReachReport::Figures Total() const { return counter_.ToReport().total(); }

  // Of accounts with one renewal each, reached so many days ahead.
  ReachReport::LeadTime LeadTimeOf(const std::vector<int>& days) const {
    ReachCounter counter(selection_, Noon(kAsOf));
    for (const int ahead : days) {
      EXPECT_TRUE(counter.Add(MakeAccount(Reach(MakeOpportunity(), kRenewalDate - ahead))).ok());
    }
    return counter.ToReport().total().lead_time();
  }

  v1::RenewalSelection selection_;
  ReachCounter counter_{selection_, Noon(kAsOf)};
};

TEST_F(ReachCounterTest, LeavesOutWhatIsAShareOfNothing) {
  EXPECT_EQ(Total().DebugString(), ParseText<ReachReport::Figures>(R"(
    reached {} lead_time {} churned_unreached {} window_only_accounts {} cadence { kept {} }
  )")
                                       .DebugString());
}

TEST_F(ReachCounterTest, AddsUpEveryFigure) {
  // Reached 61 days ahead, by the second call; one step kept, one late.
  Add(MakeAccount(Reach(MakeOpportunity(), kOpened + 30),
                  {Out(kOpened + 29, v1::PHONE, Touch::NO_ANSWER),
                   Out(kOpened + 30, v1::PHONE, Touch::CONNECTED)},
                  {{kOpened + 5, Task::DONE, kOpened + 5, false},
                   {kOpened + 6, Task::DONE, kOpened + 9, false}}));
  // Churned, after a mail that nobody answered and one in the year before; a step missed.
  Add(MakeAccount(Close(MakeOpportunity(), Opportunity::CHURNED, kOpened + 20),
                  {Out(kOpened - 50, v1::EMAIL, Touch::NO_REPLY),
                   Out(kOpened + 10, v1::EMAIL, Touch::NO_REPLY)},
                  {{kOpened + 5, Task::SKIPPED, {}, true}}));
  // Churned, but reached on the last day; worth dollars. The customer called.
  Opportunity dollars =
      Reach(Close(MakeOpportunity(), Opportunity::CHURNED, kOpened + 60), kRenewalDate - 31);
  *dollars.mutable_arr() = MakeMoney("USD", 7);
  Add(MakeAccount(dollars, {In(kRenewalDate - 31, v1::PHONE)},
                  {{kOpened + 5, Task::SKIPPED, {}, false}}));
  EXPECT_EQ(Total().DebugString(), ParseText<ReachReport::Figures>(R"(
    due_count: 3
    due_arr { currency_code: "EUR" micros: 200 }
    due_arr { currency_code: "USD" micros: 7 }
    reached { numerator: 2 denominator: 3 basis_points: 6666 }
    reached_arr {
      numerator { currency_code: "EUR" micros: 100 }
      denominator { currency_code: "EUR" micros: 200 }
      basis_points: 5000
    }
    reached_arr {
      numerator { currency_code: "USD" micros: 7 }
      denominator { currency_code: "USD" micros: 7 }
      basis_points: 10000
    }
    lead_time { count: 2 median_days: 31 p10_days: 31 }
    churned_unreached { numerator: 1 denominator: 2 basis_points: 5000 }
    window_only_accounts { numerator: 2 denominator: 3 basis_points: 6666 }
    channels {
      channel: PHONE
      connected { numerator: 1 denominator: 2 basis_points: 5000 }
      first_connected_count: 2
    }
    channels {
      channel: EMAIL
      connected { numerator: 0 denominator: 1 basis_points: 0 }
    }
    attempts { attempts: 0 connected_count: 1 }
    attempts { attempts: 1 unconnected_count: 1 }
    attempts { attempts: 2 connected_count: 1 }
    cadence {
      kept { numerator: 1 denominator: 4 basis_points: 2500 }
      done_late_count: 1
      skipped_count: 1
      missed_count: 1
    }
  )")
                                       .DebugString());
}

TEST_F(ReachCounterTest, FindsTheMiddleAndTheLatestTenth) {
  EXPECT_FALSE(LeadTimeOf({}).has_median_days());
  EXPECT_EQ(LeadTimeOf({7}).median_days(), 7);
  EXPECT_EQ(LeadTimeOf({7}).p10_days(), 7);
  EXPECT_EQ(LeadTimeOf({40, 10}).median_days(), 10) << "of two the smaller one";
  EXPECT_EQ(LeadTimeOf({40, 10, 20}).median_days(), 20);
  EXPECT_EQ(LeadTimeOf({-5, 1, 2, 3, 4, 5, 6, 7, 8, 9}).p10_days(), 1) << "one of ten had less";
}

TEST_F(ReachCounterTest, PutsTenAttemptsAndMoreTogether) {
  for (const int attempts : {9, 10, 14}) {
    Add(MakeAccount(MakeOpportunity(), std::vector<ReachTouch>(attempts, Out(kOpened + 1, v1::PHONE,
                                                                             Touch::NO_ANSWER))));
  }
  EXPECT_EQ(Total().attempts_size(), 2);
  EXPECT_EQ(Total().attempts(0).attempts(), 9);
  EXPECT_EQ(Total().attempts(1).attempts(), 10);
  EXPECT_EQ(Total().attempts(1).unconnected_count(), 2);
}

TEST_F(ReachCounterTest, CountsARenewalInEachSliceAndOnceInTotal) {
  selection_.set_slice_by(v1::PRODUCT);
  ReachAccount account =
      MakeAccount(MakeOpportunity(), {Out(kOpened + 1, v1::PHONE, Touch::CONNECTED)});
  account.due.push_back(account.due[0]);
  account.due[0].products = {"products/a"};
  account.due[1].products = {"products/a", "products/b"};
  // The touch is not within the year before it.
  *account.due[1].opportunity.mutable_renewal_date() = ToDate(kRenewalDate + 365);
  Add(account);
  const ReachReport report = counter_.ToReport();
  EXPECT_EQ(report.total().due_count(), 2);
  EXPECT_EQ(report.total().window_only_accounts().denominator(), 1) << "it is one account";
  ASSERT_EQ(report.slices_size(), 2);
  EXPECT_EQ(report.slices(0).value(), "products/a");
  EXPECT_EQ(report.slices(0).figures().due_count(), 2);
  EXPECT_EQ(report.slices(0).figures().window_only_accounts().denominator(), 1);
  EXPECT_EQ(report.slices(1).value(), "products/b");
  EXPECT_EQ(report.slices(1).figures().due_count(), 1);
  EXPECT_EQ(report.slices(1).figures().window_only_accounts().denominator(), 0);
}

TEST_F(ReachCounterTest, AddsLargeAmountsExactly) {
  Opportunity large = Reach(MakeOpportunity(), kOpened + 1);
  large.mutable_arr()->set_micros(499'999'999'999'999'999);
  Add(MakeAccount(large));
  large.set_reached(false);
  Add(MakeAccount(large));
  EXPECT_EQ(Total().due_arr(0).micros(), 999'999'999'999'999'998);
  EXPECT_EQ(Total().reached_arr(0).basis_points(), 5000);
  large.mutable_arr()->set_micros(1'000'000'000'000'000'000);
  absl::Status status;
  for (int i = 0; i < 8; ++i) status.Update(counter_.Add(MakeAccount(large)));
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(counter_.Add(MakeAccount(large)).code(), absl::StatusCode::kOutOfRange);
}

TEST_F(ReachCounterTest, RefusesTooManySlices) {
  selection_.set_slice_by(v1::OWNER);
  absl::Status status;
  int slices = 0;
  for (; status.ok(); ++slices) {
    Opportunity opportunity = MakeOpportunity();
    opportunity.set_owner(absl::StrCat("owner ", slices));
    status = counter_.Add(MakeAccount(opportunity));
  }
  EXPECT_EQ(slices, 1001);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace perennial
