#include <gtest/gtest.h>

#include "client/cli/run_fixture.h"
#include "lib/base/date.h"
#include "perennial/v1/clock_service.pb.h"
#include "perennial/v1/insight_service.pb.h"

namespace perennial::cli {
namespace {

class ReportTest : public RunTest {};

TEST_F(ReportTest, IsOfTwelveMonthsUntilTheEnd) {
  Answer<v1::GetReachReportRequest, v1::ReachReport>("GetReachReport");
  ASSERT_EQ(Run("report reach --as-of=2025-06-30 --slice-by=label --label=tier"), kOk)
      << err_.str();
  auto request = LastRequest<v1::GetReachReportRequest>();
  EXPECT_EQ(FormatDate(request.renewals().start_date()), "2024-07-01");
  EXPECT_EQ(FormatDate(request.renewals().end_date()), "2025-06-30");
  EXPECT_EQ(request.renewals().slice_by(), v1::LABEL);
  EXPECT_EQ(request.renewals().label(), "tier");
  EXPECT_EQ(FormatUtc(ToTime(request.as_of_time())), "2025-06-30T00:00:00Z");

  ASSERT_EQ(Run("report reach --end-date=2024-02-29 --filter=x --account-filter=y"), kOk);
  request = LastRequest<v1::GetReachReportRequest>();
  EXPECT_EQ(FormatDate(request.renewals().start_date()), "2023-03-01");
  EXPECT_EQ(request.renewals().filter(), "x");
  EXPECT_EQ(request.renewals().account_filter(), "y");

  v1::ClockTime now;
  now.mutable_time()->set_seconds(1736935200);  // 2025-01-15 10:00
  Answer<v1::GetTimeRequest, v1::ClockTime>("GetTime", now);
  ASSERT_EQ(Run("report reach"), kOk);
  request = LastRequest<v1::GetReachReportRequest>();
  EXPECT_EQ(FormatDate(request.renewals().end_date()), "2025-01-15") << "today by the server";
  EXPECT_FALSE(request.has_as_of_time());
}

TEST_F(ReportTest, ListsWhatIsBehindAFigure) {
  v1::ListReachOpportunitiesResponse response;
  response.add_opportunities()->set_name("accounts/acme/opportunities/2025");
  Answer<v1::ListReachOpportunitiesRequest, v1::ListReachOpportunitiesResponse>(
      "ListReachOpportunities", response);
  ASSERT_EQ(Run("report reach-opportunities --figure=unreached --start-date=2025-01-01 "
                "--end-date=2025-03-31 --slice-by=SEGMENT --slice= --columns=name"),
            kOk)
      << err_.str();
  EXPECT_EQ(out_.str(), "NAME\naccounts/acme/opportunities/2025\n");
  const auto request = LastRequest<v1::ListReachOpportunitiesRequest>();
  EXPECT_EQ(request.figure(), v1::ListReachOpportunitiesRequest::UNREACHED);
  EXPECT_TRUE(request.has_slice()) << "those without a segment";
  EXPECT_EQ(request.renewals().slice_by(), v1::SEGMENT);
  EXPECT_EQ(Run("report reach-opportunities"), kUsage);
}

}  // namespace
}  // namespace perennial::cli
