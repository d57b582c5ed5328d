// What the reach report costs, of what is there now and of what was.

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "perennial/v1/insight_service.pb.h"
#include "tests/bench/suite.h"

namespace perennial::bench {
namespace {

constexpr char kGetReachReport[] = "/perennial.v1.InsightService/GetReachReport";

// The aim, on SQLite: a year of 100,000 customers within two seconds.
constexpr double kMillisPerCustomer = 2000.0 / 100'000;

// Each customer has had a renewal in the last year.
v1::GetReachReportRequest LastYear(absl::CivilDay today) {
  v1::GetReachReportRequest request;
  *request.mutable_renewals()->mutable_start_date() = ToDate(AddMonths(today, -12));
  *request.mutable_renewals()->mutable_end_date() = ToDate(today);
  return request;
}

}  // namespace

absl::Status Suite::MeasureReach(Site& site) {
  Say(absl::StrCat("Reach report of ", site.size(), " customers"));
  const absl::CivilDay today = absl::ToCivilDay(absl::Now(), absl::UTCTimeZone());
  v1::GetReachReportRequest request = LastYear(today);
  for (const bool past : {false, true}) {
    // The site's clock stands still.
    if (past)
      *request.mutable_as_of_time() = ToTimestamp(absl::FromCivil(today, absl::UTCTimeZone()));
    Measurement reports;
    const absl::Duration processor_time = site.ProcessorTime();
    for (; reports.calls < options_.rounds; ++reports.calls) {
      const absl::Time sent = absl::Now();
      RETURN_IF_ERROR(site.client().Call(kGetReachReport, request.SerializeAsString()).status());
      reports.latencies.push_back(absl::Now() - sent);
      reports.time += reports.latencies.back();
    }
    Line& line = AddLine(past ? "GetReachReport, past" : "GetReachReport", &site);
    line.rate = reports.Rate();
    line.p50 = reports.Percentile(0.5);
    line.p99 = reports.Percentile(0.99);
    line.processor_time = (site.ProcessorTime() - processor_time) / reports.calls;
    if (past) continue;
    line.compared_with = "p50, ms";
    line.value = absl::ToDoubleMilliseconds(line.p50);
    if (engine_ == sql::Engine::kSqlite) line.at_most = kMillisPerCustomer * site.size();
  }
  return absl::OkStatus();
}

}  // namespace perennial::bench
