// perennial_bench: measures the server against what bounds it from above and from below. See
// scripts/bench.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "tests/bench/report.h"
#include "tests/bench/suite.h"
#include "tests/support/test_database.h"

namespace perennial::bench {
namespace {

std::string Beside(const char* program) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / program).string();
}

int Main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  SuiteOptions options;
  options.server = Beside("perenniald");
  options.command = Beside("perennial");
  options.echo = Beside("perennial_bench_echo");
  options.folder = std::filesystem::temp_directory_path().string();
  std::vector<std::string> engines = {"sqlite", "mysql"};
  std::string json;
  double seconds = 2;
  bool quick = false;

  CLI::App app("Measures the server against a bare gRPC echo and the raw database engines.");
  app.add_flag("--quick", quick, "10,000 opportunities and customers only, and shorter rounds");
  app.add_option("--json", json, "Writes the figures to this file as well");
  app.add_option("--engines", engines, "sqlite, mysql (needs scripts/with-mariadb)")
      ->delimiter(',');
  app.add_option("--sizes", options.sizes, "Opportunities, the smallest first")->delimiter(',');
  app.add_option("--customers", options.customers, "Customers with ten touches each; as --sizes")
      ->delimiter(',');
  app.add_flag("--pipeline,!--no-pipeline", options.pipeline, "Opportunities, by --sizes");
  app.add_flag("--engagement,!--no-engagement", options.engagement, "Touches, by --customers");
  app.add_option("--rows", options.rows,
                 "In each table that may name what is removed, and that is searched; as --sizes")
      ->delimiter(',');
  app.add_flag("--references,!--no-references", options.references, "Removals, by --rows");
  app.add_flag("--search,!--no-search", options.search, "Searches, by --rows");
  app.add_flag("--import,!--no-import", options.import, "Files, by the smallest of --customers");
  app.add_option("--rounds", options.rounds, "Of each measurement; the median counts");
  app.add_option("--seconds", seconds, "Of a round");
  app.add_option("--moves", options.moves_per_round, "AdvanceOpportunity in a round");
  app.add_option("--channels", options.channels, "Of the load, each with a thread");
  app.add_option("--in-flight", options.in_flight, "Calls in flight at any time");
  app.add_option("--logs", options.folder, "The folder for the logs of the servers");
  CLI11_PARSE(app, argc, argv);
  if (quick) {
    options.sizes = {options.sizes.front()};
    options.customers = {options.customers.front()};
    options.rows = {options.rows.front()};
    options.rounds = std::min(options.rounds, 3);
    seconds = std::min(seconds, 1.0);
  }

  options.round_time = absl::Seconds(seconds);

  std::vector<Line> lines;
  int exit_code = 0;
  for (const std::string& name : engines) {
    const sql::Engine engine = name == "sqlite" ? sql::Engine::kSqlite : sql::Engine::kMysql;
    if (!IsAvailable(engine)) {
      std::fprintf(stderr, "No MySQL: run by scripts/with-mariadb to have it measured\n");
      continue;
    }
    const absl::Status status = Suite(options, engine).Run(lines);
    if (!status.ok()) {
      std::fprintf(stderr, "%s: %s\n", name.c_str(), status.ToString().c_str());
      exit_code = 1;
    }
  }
  std::printf("%s", ToTable(lines).c_str());
  std::printf(
      "\n%d processors; %d calls in flight over %d channels; medians of %d rounds; spread: how far "
      "the\nrounds' rates lie apart; cpu us: the server's time on the processors for one call\n",
      static_cast<int>(std::thread::hardware_concurrency()), options.in_flight, options.channels,
      options.rounds);
  if (!json.empty()) std::ofstream(json) << ToJson(lines);
  return exit_code;
}

}  // namespace
}  // namespace perennial::bench

int main(int argc, char** argv) { return perennial::bench::Main(argc, argv); }
