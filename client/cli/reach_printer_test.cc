#include "client/cli/reach_printer.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "client/cli/display_width.h"
#include "tests/support/parse_text.h"

namespace perennial::cli {
namespace {

v1::ReachReport MakeReport() {
  return ParseText<v1::ReachReport>(R"(
    renewals {
      start_date {year: 2025 month: 1 day: 1} end_date {year: 2025 month: 12 day: 31}
      slice_by: SEGMENT
    }
    total {
      due_count: 3
      reached { numerator: 2 denominator: 3 basis_points: 6666 }
      reached_arr {
        numerator { currency_code: "EUR" micros: 1000000 }
        denominator { currency_code: "EUR" micros: 2000000 }
        basis_points: 5000
      }
      reached_arr {
        numerator { currency_code: "USD" }
        denominator { currency_code: "USD" micros: 7000000 }
        basis_points: 0
      }
      lead_time { count: 2 median_days: 31 p10_days: -4 }
      churned_unreached { numerator: 1 denominator: 1 basis_points: 10000 }
      window_only_accounts { numerator: 1 denominator: 2 basis_points: 5000 }
      channels {
        channel: PHONE
        connected { numerator: 1 denominator: 4 basis_points: 2500 }
        first_connected_count: 1
      }
      attempts { attempts: 0 connected_count: 1 }
      attempts { attempts: 10 connected_count: 2 unconnected_count: 1 }
      cadence {
        kept { numerator: 3 denominator: 8 basis_points: 3750 }
        done_late_count: 2 skipped_count: 1 missed_count: 2
      }
    }
    slices {
      value: ""
      figures {
        due_count: 1
        reached { denominator: 1 basis_points: 0 }
        lead_time {} churned_unreached {} window_only_accounts {} cadence { kept {} }
      }
    }
    as_of_time { seconds: 1767225600 }
    policy_version: "reach-1")");
}

std::string Print(const v1::ReachReport& report, Format format, size_t width) {
  std::ostringstream out, err;
  CliContext context([](const std::string&) { return nullptr; }, out, err, width);
  context.format = format;
  PrintReach(report, context);
  return out.str();
}

TEST(PrintReachTest, HasTablesForPeople) {
  EXPECT_EQ(Print(MakeReport(), Format::kTable, 0),
            "Renewals due from 2025-01-01 to 2025-12-31, as of 2026-01-01 00:00 (reach-1)\n"
            "\n"
            "SEGMENT  DUE  REACHED   DUE ARR  ARR REACHED  DAYS AHEAD  LAST TENTH  CHURNED "
            "UNREACHED  IN WINDOW ONLY  CADENCE KEPT\n"
            "(none)     1     0.0%\n"
            "TOTAL      3    66.6%  EUR 2.00        50.0%          31          -4        100.0% of "
            "1      50.0% of 2    37.5% of 8\n"
            "                       USD 7.00         0.0%\n"
            "\n"
            "CHANNEL  ATTEMPTS  CONNECTED  FIRST CONNECTED\n"
            "PHONE           4      25.0%                1\n"
            "\n"
            "AFTER ATTEMPTS  CONNECTED  UNCONNECTED\n"
            "0                       1            0\n"
            "10+                     2            1\n"
            "\n"
            "Of 8 steps of the cadences 3 were kept, 2 done late, 1 skipped and 2 missed.\n");
}

TEST(PrintReachTest, ATerminalHasBars) {
  const std::string text = Print(MakeReport(), Format::kTable, 200);
  EXPECT_NE(text.find("   66.6%  ██████▋  EUR 2.00"), std::string::npos) << text;
  EXPECT_NE(text.find("PHONE           4      25.0%  ██▌"), std::string::npos) << text;
  EXPECT_NE(text.find("10+                     2  ██████████"), std::string::npos) << text;
}

TEST(PrintReachTest, FitsIntoTheTerminal) {
  const std::string text = Print(MakeReport(), Format::kTable, 80);
  std::istringstream lines(text.substr(text.find("SEGMENT")));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(DisplayWidth(line), 80u) << line;
  EXPECT_NE(text.find("  DAYS AHEAD"), std::string::npos) << text;
}

TEST(PrintReachTest, SaysNothingOfNothing) {
  v1::ReachReport report = MakeReport();
  report.clear_slices();
  report.mutable_renewals()->clear_slice_by();
  *report.mutable_total() = MakeReport().slices(0).figures();
  EXPECT_EQ(Print(report, Format::kTable, 0),
            "Renewals due from 2025-01-01 to 2025-12-31, as of 2026-01-01 00:00 (reach-1)\n"
            "\n"
            "RENEWALS  DUE  REACHED  DUE ARR  ARR REACHED  DAYS AHEAD  LAST TENTH  CHURNED "
            "UNREACHED  IN WINDOW ONLY  CADENCE KEPT\n"
            "all         1     0.0%\n");
}

TEST(PrintReachTest, CsvHasPlainNumbers) {
  constexpr char kHeader[] =
      "slice,due_count,reached_count,churned_count,churned_unreached_count,touched_account_count,"
      "window_only_account_count,attempt_count,connected_attempt_count,cadence_due_count,"
      "cadence_kept_count,cadence_done_late_count,cadence_skipped_count,cadence_missed_count,"
      "median_days_ahead,p10_days_ahead,currency_code,due_arr_micros,reached_arr_micros\n";
  v1::ReachReport report = MakeReport();
  EXPECT_EQ(Print(report, Format::kCsv, 0),
            std::string(kHeader) + ",1,0,0,0,0,0,0,0,0,0,0,0,0,,,,0,0\n");
  report.mutable_renewals()->clear_slice_by();
  EXPECT_EQ(Print(report, Format::kCsv, 0),
            std::string(kHeader) + ",3,2,1,1,2,1,4,1,8,3,2,1,2,31,-4,EUR,2000000,1000000\n" +
                ",3,2,1,1,2,1,4,1,8,3,2,1,2,31,-4,USD,7000000,0\n");
}

TEST(BarTest, IsExactToAnEighth) {
  EXPECT_EQ(Bar(1, 1), "██████████");
  EXPECT_EQ(Bar(1, 2), "█████");
  EXPECT_EQ(Bar(1, 80), "▏");
  EXPECT_EQ(Bar(0, 1), "");
  EXPECT_EQ(Bar(0, 0), "");
}

}  // namespace
}  // namespace perennial::cli
