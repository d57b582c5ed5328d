#include "tests/bench/report.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace perennial::bench {

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void Rounds::Add(const Measurement& round) {
  rates_.push_back(round.Rate());
  p50s_.push_back(absl::ToDoubleSeconds(round.Percentile(0.5)));
  p99s_.push_back(absl::ToDoubleSeconds(round.Percentile(0.99)));
}

double Rounds::Spread() const {
  if (rates_.empty()) return 0;
  const auto [least, greatest] = std::minmax_element(rates_.begin(), rates_.end());
  return (*greatest - *least) / Rate();
}

double Rounds::RatioTo(const Rounds& other) const {
  std::vector<double> ratios;
  for (size_t i = 0; i < std::min(rates_.size(), other.rates_.size()); ++i) {
    ratios.push_back(rates_[i] / other.rates_[i]);
  }
  return Median(std::move(ratios));
}

double Line::Missed() const {
  if (!value.has_value()) return 0;
  if (at_least.has_value() && *value < *at_least) return 1 - *value / *at_least;
  if (at_most.has_value() && *value > *at_most) return *value / *at_most - 1;
  return 0;
}

namespace {

using Cells = std::array<std::string, 12>;

std::string Number(double value) {
  return absl::StrFormat(value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
}

std::string Millis(absl::Duration duration) {
  if (duration == absl::ZeroDuration()) return "";
  return absl::StrFormat("%.2f", absl::ToDoubleMilliseconds(duration));
}

Cells ToCells(const Line& line) {
  Cells cells;
  cells[0] = line.operation;
  cells[1] = line.engine;
  cells[2] = line.size == 0 ? "" : absl::StrCat(line.size);
  cells[3] = line.rate == 0 ? "" : Number(line.rate);
  cells[4] = Millis(line.p50);
  cells[5] = Millis(line.p99);
  cells[6] = line.spread == 0 ? "" : absl::StrFormat("%.0f%%", 100 * line.spread);
  if (line.processor_time > absl::ZeroDuration()) {
    cells[7] = absl::StrFormat("%.0f", absl::ToDoubleMicroseconds(line.processor_time));
  }
  cells[8] = line.compared_with;
  if (line.value.has_value()) cells[9] = Number(*line.value);
  if (line.at_least.has_value()) cells[10] = ">= " + Number(*line.at_least);
  if (line.at_most.has_value()) cells[10] = "<= " + Number(*line.at_most);
  if (line.HasTarget()) {
    cells[11] = line.Missed() == 0 ? "yes" : absl::StrFormat("NO, by %.0f%%", 100 * line.Missed());
  }
  return cells;
}

}  // namespace

std::string ToTable(const std::vector<Line>& lines) {
  std::vector<Cells> rows = {{"operation", "engine", "size", "per second", "p50 ms", "p99 ms",
                              "spread", "cpu us", "compared with", "value", "target", "met"}};
  for (const Line& line : lines) rows.push_back(ToCells(line));
  std::array<size_t, std::tuple_size<Cells>::value> widths = {};
  for (const Cells& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string table;
  for (const Cells& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      const bool is_number = (i >= 2 && i <= 7) || i == 9;
      const int width = static_cast<int>(widths[i]);
      absl::StrAppendFormat(&table, "%*s%s", is_number ? width : -width, row[i],
                            i + 1 == row.size() ? "\n" : "  ");
    }
  }
  return table;
}

std::string ToJson(const std::vector<Line>& lines) {
  std::vector<std::string> objects;
  for (const Line& line : lines) {
    // None of the texts has anything to escape.
    std::string object = absl::StrFormat(
        R"({"operation": "%s", "engine": "%s", "size": %d, "per_second": %.3f, )"
        R"("p50_ms": %.3f, "p99_ms": %.3f, "spread": %.3f, "server_cpu_us": %.1f, )"
        R"("compared_with": "%s")",
        line.operation, line.engine, line.size, line.rate, absl::ToDoubleMilliseconds(line.p50),
        absl::ToDoubleMilliseconds(line.p99), line.spread,
        absl::ToDoubleMicroseconds(line.processor_time), line.compared_with);
    if (line.value.has_value()) absl::StrAppendFormat(&object, R"(, "value": %.4f)", *line.value);
    if (line.at_least.has_value()) {
      absl::StrAppendFormat(&object, R"(, "at_least": %g)", *line.at_least);
    }
    if (line.at_most.has_value())
      absl::StrAppendFormat(&object, R"(, "at_most": %g)", *line.at_most);
    if (line.HasTarget()) {
      absl::StrAppend(&object, R"(, "met": )", line.Missed() == 0 ? "true" : "false");
    }
    objects.push_back(object + "}");
  }
  return absl::StrCat("[\n  ", absl::StrJoin(objects, ",\n  "), "\n]\n");
}

}  // namespace perennial::bench
