#ifndef PERENNIAL_TESTS_BENCH_SUITE_H_
#define PERENNIAL_TESTS_BENCH_SUITE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "perennial/v1/history_service.pb.h"
#include "tests/bench/report.h"
#include "tests/bench/site.h"
#include "tests/bench/watchers.h"

namespace perennial::bench {

// Tells what is under way, and since when, on stderr.
void Say(const std::string& text);

struct SuiteOptions {
  std::string server, echo;  // paths of the programs
  std::string folder;        // for their logs
  std::vector<int> sizes = {10000, 300000};
  int rounds = 5;
  absl::Duration round_time = absl::Seconds(2);
  int moves_per_round = 400;
  int channels = 2;
  int in_flight = 32;
  // What the raw engine is also measured with.
  int moves_per_commit = 8;
};

// Everything that is measured on one engine. The servers of all sizes and what they are compared
// with take turns, so that what disturbs the machine disturbs each of them.
class Suite {
 public:
  Suite(const SuiteOptions& options, sql::Engine engine) : options_(options), engine_(engine) {}

  // What was measured goes to the end of `lines`, also where something fails later.
  absl::Status Run(std::vector<Line>& lines);

 private:
  absl::Status MeasureAll();
  absl::Status Prepare();
  absl::Status MeasureGet();
  absl::Status MeasureList();
  absl::Status MeasureBoard();
  absl::Status MeasureMoves(Site& site);
  absl::Status MeasureWatch(Site& site);
  absl::Status MeasureDelivery(Site& site, const std::vector<std::string>& accounts,
                               Watchers& watchers);
  absl::Status MeasureReplay(Site& site);
  absl::StatusOr<double> MeasureWriteRate(Site& site, const std::vector<std::string>& accounts);
  static absl::StatusOr<v1::ListChangesResponse> LastChange(Site& site);
  void MeasureMemory();

  struct Contestant;
  absl::Status TakeTurns(std::vector<Contestant>& contestants);
  Line& AddLine(const std::string& operation, const Site* site);
  Line& AddLine(const Contestant& contestant);

  const SuiteOptions& options_;
  const sql::Engine engine_;
  std::vector<std::unique_ptr<Site>> sites_;
  std::vector<Line> lines_;
};

}  // namespace perennial::bench

#endif  // PERENNIAL_TESTS_BENCH_SUITE_H_
