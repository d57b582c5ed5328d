#ifndef PERENNIAL_TESTS_BENCH_REPORT_H_
#define PERENNIAL_TESTS_BENCH_REPORT_H_

// What was measured, for people and for programs.

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/bench/load.h"

namespace perennial::bench {

double Median(std::vector<double> values);

// The same thing measured several times.
class Rounds {
 public:
  void Add(const Measurement& round);

  // Medians over the rounds.
  double Rate() const { return Median(rates_); }
  absl::Duration Percentile50() const { return absl::Seconds(Median(p50s_)); }
  absl::Duration Percentile99() const { return absl::Seconds(Median(p99s_)); }
  // How far the rounds lie apart: the greatest rate less the smallest, over their median.
  double Spread() const;
  // The median of the rates of this over those of `other`, round by round: what disturbs the
  // machine for longer than a round disturbs both.
  double RatioTo(const Rounds& other) const;

 private:
  std::vector<double> rates_, p50s_, p99s_;  // the latter in seconds
};

struct Line {
  std::string operation;
  std::string engine;
  int size = 0;
  double rate = 0;
  absl::Duration p50, p99;
  double spread = 0;
  // The server's, for one call.
  absl::Duration processor_time;

  // "echo, 25000/s"
  std::string compared_with;
  // What `target` is about: a ratio, milliseconds, rows a second or megabytes.
  std::optional<double> value;
  std::optional<double> at_least, at_most;

  bool HasTarget() const { return at_least.has_value() || at_most.has_value(); }
  // By which part of the target it is missed; 0 where it is met.
  double Missed() const;
};

std::string ToTable(const std::vector<Line>& lines);
std::string ToJson(const std::vector<Line>& lines);

}  // namespace perennial::bench

#endif  // PERENNIAL_TESTS_BENCH_REPORT_H_
