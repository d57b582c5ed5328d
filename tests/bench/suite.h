#ifndef PERENNIAL_TESTS_BENCH_SUITE_H_
#define PERENNIAL_TESTS_BENCH_SUITE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "perennial/v1/history_service.pb.h"
#include "tests/bench/report.h"
#include "tests/bench/site.h"
#include "tests/bench/watchers.h"

namespace perennial::bench {

// What a server may use at most.
inline constexpr double kMemoryMegabytes = 100;

// Tells what is under way, and since when, on stderr.
void Say(const std::string& text);

struct SuiteOptions {
  std::string server, command, echo;             // paths of the programs
  std::string folder;                            // for their logs
  std::vector<int> sizes = {10000, 300000};      // opportunities
  std::vector<int> customers = {10000, 100000};  // with ten touches each
  std::vector<int> rows = {10000, 1000000};  // in a table that may name something, or is searched
  bool pipeline = true;
  bool engagement = true;
  bool references = true;
  bool search = true;
  bool import = true;
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
  absl::Status MeasurePipeline();
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

  // On sites of their own: customers with all that passed between them and us.
  absl::Status MeasureEngagement();
  absl::Status PrepareCustomers(Site& site);
  absl::Status MeasureTouches(Site& site);
  absl::Status MeasureReview(Site& site);
  absl::Status MeasureReach(Site& site);

  // On sites of their own: what is removed while many rows might name it.
  absl::Status MeasureReferences();

  // On sites of their own: accounts alone, found by words.
  absl::Status MeasureSearch();
  absl::Status MeasureSearches(Site& site);

  // On a site of its own: files, by the command line, as many customers as the smallest.
  absl::Status MeasureImport();

  // One of those that take turns.
  struct Contestant {
    std::string name;
    const Site* site = nullptr;
    std::function<absl::StatusOr<Measurement>()> run;
    // So far, of the server; empty where there is none.
    std::function<absl::Duration()> server_time;
    Rounds rounds = {};
    absl::Duration processor_time = {};
    int64_t calls = 0;
  };
  // A reading method on databases of several sizes.
  absl::Status MeasureGrowth(const std::vector<std::unique_ptr<Site>>& sites,
                             const std::string& operation, const std::string& method,
                             const std::vector<std::string>& requests);
  // A writing method in turn with the statements that it sends. Takes 2 * WritesPerSide() requests.
  absl::Status MeasureWrites(Site& site, const std::string& service, const std::string& method,
                             const std::vector<std::string>& requests);
  void AddComparedLines(const Site& site, const std::vector<Contestant>& contestants);
  void AddRemovalLines(const std::vector<Contestant>& contestants, std::optional<double> at_most);
  size_t WritesPerSide() const;
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
