#include "client/cli/reach_printer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/field_text.h"
#include "client/cli/printer.h"
#include "client/cli/text_table.h"
#include "lib/base/date.h"

namespace perennial::cli {
namespace {

using v1::ReachReport;
using Figures = ReachReport::Figures;

constexpr int kBarWidth = 10;
constexpr int kMostAttempts = 10;

// "66.6%"; nothing where it is a share of nothing.
template <class AnyRate>
std::string Percent(const AnyRate& rate) {
  if (!rate.has_basis_points()) return "";
  return absl::StrFormat("%d.%d%%", rate.basis_points() / 100, rate.basis_points() / 10 % 10);
}

// "66.6% of 3"
std::string PercentOf(const v1::Rate& rate) {
  return rate.has_basis_points() ? absl::StrCat(Percent(rate), " of ", rate.denominator()) : "";
}

std::string Days(bool has, int32_t days) { return has ? absl::StrCat(days) : ""; }

// A table where the column without a header is for bars, which only terminals have.
class BarTable {
 public:
  BarTable(const std::vector<TextTable::Column>& columns, CliContext& context)
      : context_(context),
        bars_(context.width > 0),
        bar_(BarColumn(columns)),
        table_(Of(columns)) {}

  void AddRow(std::vector<std::string> cells) {
    if (!bars_) cells.erase(cells.begin() + bar_);
    table_.AddRow(std::move(cells));
  }
  void Print() const { PrintFitting(context_, table_); }

 private:
  static std::ptrdiff_t BarColumn(const std::vector<TextTable::Column>& columns) {
    return std::find_if(columns.begin(), columns.end(),
                        [](const auto& column) { return column.header.empty(); }) -
           columns.begin();
  }
  TextTable Of(std::vector<TextTable::Column> columns) const {
    if (!bars_) columns.erase(columns.begin() + bar_);
    return TextTable(std::move(columns), TextTable::Overflow::kLeaveOut);
  }

  CliContext& context_;
  const bool bars_;
  const std::ptrdiff_t bar_;
  TextTable table_;
};

// A row for each slice and currency.
void AddFigures(const std::string& slice, const Figures& figures, BarTable& table) {
  const v1::Rate& reached = figures.reached();
  std::vector<std::string> row = {
      slice,
      absl::StrCat(figures.due_count()),
      Percent(reached),
      Bar(reached.numerator(), reached.denominator()),
      "",
      "",
      Days(figures.lead_time().has_median_days(), figures.lead_time().median_days()),
      Days(figures.lead_time().has_p10_days(), figures.lead_time().p10_days()),
      PercentOf(figures.churned_unreached()),
      PercentOf(figures.window_only_accounts()),
      PercentOf(figures.cadence().kept())};
  for (const v1::MoneyRate& arr : figures.reached_arr()) {
    row[4] = DisplayText(arr, "denominator");
    row[5] = Percent(arr);
    table.AddRow(row);
    row.assign(row.size(), "");
  }
  if (figures.reached_arr().empty()) table.AddRow(row);
}

void PrintSlices(const ReachReport& report, CliContext& context) {
  const bool sliced = report.renewals().slice_by() != v1::SLICE_BY_UNSPECIFIED;
  BarTable table({{sliced ? v1::SliceBy_Name(report.renewals().slice_by()) : "RENEWALS"},
                  {"DUE", true},
                  {"REACHED", true},
                  {""},
                  {"DUE ARR", true},
                  {"ARR REACHED", true},
                  {"DAYS AHEAD", true},
                  {"LAST TENTH", true},
                  {"CHURNED UNREACHED", true},
                  {"IN WINDOW ONLY", true},
                  {"CADENCE KEPT", true}},
                 context);
  for (const ReachReport::Slice& slice : report.slices()) {
    AddFigures(slice.value().empty() ? "(none)" : slice.value(), slice.figures(), table);
  }
  AddFigures(sliced ? "TOTAL" : "all", report.total(), table);
  table.Print();
}

void PrintChannels(const Figures& total, CliContext& context) {
  if (total.channels().empty()) return;
  BarTable table(
      {{"CHANNEL"}, {"ATTEMPTS", true}, {"CONNECTED", true}, {""}, {"FIRST CONNECTED", true}},
      context);
  for (const ReachReport::ChannelFigures& channel : total.channels()) {
    const v1::Rate& connected = channel.connected();
    table.AddRow({v1::Channel_Name(channel.channel()), absl::StrCat(connected.denominator()),
                  Percent(connected), Bar(connected.numerator(), connected.denominator()),
                  absl::StrCat(channel.first_connected_count())});
  }
  context.out << '\n';
  table.Print();
}

void PrintAttempts(const Figures& total, CliContext& context) {
  if (total.attempts().empty()) return;
  int64_t most = 0;
  for (const auto& row : total.attempts()) most = std::max(most, row.connected_count());
  BarTable table({{"AFTER ATTEMPTS"}, {"CONNECTED", true}, {""}, {"UNCONNECTED", true}}, context);
  for (const ReachReport::AttemptFigures& row : total.attempts()) {
    table.AddRow({absl::StrCat(row.attempts(), row.attempts() == kMostAttempts ? "+" : ""),
                  absl::StrCat(row.connected_count()), Bar(row.connected_count(), most),
                  absl::StrCat(row.unconnected_count())});
  }
  context.out << '\n';
  table.Print();
}

void PrintTables(const ReachReport& report, CliContext& context) {
  context.out << "Renewals due from " << DisplayText(report.renewals(), "start_date") << " to "
              << DisplayText(report.renewals(), "end_date") << ", as of "
              << DisplayText(report, "as_of_time") << " (" << report.policy_version() << ")\n\n";
  PrintSlices(report, context);
  PrintChannels(report.total(), context);
  PrintAttempts(report.total(), context);
  const ReachReport::CadenceFigures& cadence = report.total().cadence();
  if (cadence.kept().denominator() == 0) return;
  context.out << "\nOf " << cadence.kept().denominator() << " steps of the cadences "
              << cadence.kept().numerator() << " were kept, " << cadence.done_late_count()
              << " done late, " << cadence.skipped_count() << " skipped and "
              << cadence.missed_count() << " missed.\n";
}

void PrintCsvRows(const std::string& slice, const Figures& figures, CliContext& context) {
  int64_t attempts = 0, connected = 0;
  for (const ReachReport::ChannelFigures& channel : figures.channels()) {
    attempts += channel.connected().denominator();
    connected += channel.connected().numerator();
  }
  const ReachReport::LeadTime& lead_time = figures.lead_time();
  const ReachReport::CadenceFigures& cadence = figures.cadence();
  std::vector<std::string> cells = {slice};
  for (const int64_t count :
       {figures.due_count(), figures.reached().numerator(),
        figures.churned_unreached().denominator(), figures.churned_unreached().numerator(),
        figures.window_only_accounts().denominator(), figures.window_only_accounts().numerator(),
        attempts, connected, cadence.kept().denominator(), cadence.kept().numerator(),
        cadence.done_late_count(), cadence.skipped_count(), cadence.missed_count()}) {
    cells.push_back(absl::StrCat(count));
  }
  cells.push_back(Days(lead_time.has_median_days(), lead_time.median_days()));
  cells.push_back(Days(lead_time.has_p10_days(), lead_time.p10_days()));
  const auto print = [&](const std::string& currency, int64_t due, int64_t reached) {
    std::vector<std::string> row = cells;
    row.insert(row.end(), {currency, absl::StrCat(due), absl::StrCat(reached)});
    PrintCsvRow(context, std::move(row));
  };
  for (const v1::MoneyRate& arr : figures.reached_arr()) {
    print(arr.denominator().currency_code(), arr.denominator().micros(), arr.numerator().micros());
  }
  if (figures.reached_arr().empty()) print("", 0, 0);
}

void PrintCsv(const ReachReport& report, CliContext& context) {
  PrintCsvHeader(context,
                 {"slice", "due_count", "reached_count", "churned_count", "churned_unreached_count",
                  "touched_account_count", "window_only_account_count", "attempt_count",
                  "connected_attempt_count", "cadence_due_count", "cadence_kept_count",
                  "cadence_done_late_count", "cadence_skipped_count", "cadence_missed_count",
                  "median_days_ahead", "p10_days_ahead", "currency_code", "due_arr_micros",
                  "reached_arr_micros"});
  if (report.renewals().slice_by() == v1::SLICE_BY_UNSPECIFIED) {
    return PrintCsvRows("", report.total(), context);
  }
  for (const ReachReport::Slice& slice : report.slices()) {
    PrintCsvRows(slice.value(), slice.figures(), context);
  }
}

}  // namespace

std::string Bar(int64_t numerator, int64_t denominator) {
  // Eighths of a character.
  static constexpr const char* kParts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (denominator <= 0) return "";
  const int64_t whole = kBarWidth * 8;
  const int64_t filled = std::clamp<int64_t>(numerator * whole / denominator, 0, whole);
  std::string bar;
  for (int64_t i = 0; i < filled / 8; ++i) bar += "█";
  return bar + kParts[filled % 8];
}

void PrintReach(const ReachReport& report, CliContext& context) {
  switch (context.format) {
    case Format::kTable:
      return PrintTables(report, context);
    case Format::kCsv:
      return PrintCsv(report, context);
    case Format::kJson:
      return PrintMessage(context, report);
  }
}

}  // namespace perennial::cli
