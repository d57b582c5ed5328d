#ifndef PERENNIAL_TESTING_THROWAWAY_SERVER_H_
#define PERENNIAL_TESTING_THROWAWAY_SERVER_H_

// A real server for an integration test: started in a moment, gone afterwards.
//
//   ThrowawayServerOptions options;
//   options.seed_with = {a_renewal().in(Opportunity::UPSELL).of(50'000)};
//   ThrowawayServer server(options);
//   ASSERT_TRUE(server.Start().ok());
//   ClockClient clock(Connect(server.target()));
//
// Works with any test framework. With GoogleTest, perennial/testing/log_on_failure.h prints the
// server's log, with the requests of calls that failed, beneath a test that fails.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "perennial/testing/builders.h"

namespace perennial::client {

class Process;

struct ThrowawayServerOptions {
  // The day its clock stands at until ClockService moves it. Empty for a clock that runs.
  std::string clock = "2025-01-01";

  // A SQLite file that its database begins as a copy of, such as what `perennial backup` made, or
  // the database of a server that has ended. The clock does not go behind that of the copy.
  std::string copy_of;

  // A file of resources that it holds from the start: what `perennial import --mapping` takes.
  std::string seed;
  // The same as text, and as builders.
  std::string seed_text;
  std::vector<SeedPart> seed_with;

  // Whether the jobs of the day run once after that, where its clock stands.
  bool run_jobs = true;

  // The ids that it makes are then the same in every run, where calls come one after another. Needs
  // a clock that stands.
  std::optional<uint64_t> id_seed;

  // A MySQL database of its own instead, dropped at the end, on the server that
  // PERENNIAL_TEST_MYSQL (mysql://user@host:port) and PERENNIAL_TEST_MYSQL_PASSWORD_FILE name, as
  // `scripts/with-mariadb` sets them.
  bool mariadb = false;

  // Another one, such as "mysql://user@host:3306/name". It is not thrown away.
  std::string database;

  // Further ones of perenniald.
  std::vector<std::string> flags;

  // The folder of perenniald and perennial. Where it is empty they are looked for in the folder
  // that the environment variable PERENNIAL_BIN names, beside the test's own program, in build/bin
  // of the current folder and those above it, and in PATH.
  std::string programs;
};

// A `perenniald` of its own, with an SQLite database in a temporary folder, on a free port of
// loopback. The database outlives Kill, and not the machine: nothing waits for its disk.
//
// Not thread-safe. The server is killed with the thread that started it: start it from a test's
// main thread.
class ThrowawayServer {
 public:
  explicit ThrowawayServer(ThrowawayServerOptions options = {});
  ThrowawayServer(const ThrowawayServer&) = delete;
  ThrowawayServer& operator=(const ThrowawayServer&) = delete;
  // Kills it where it runs.
  ~ThrowawayServer();

  // Returns when it serves and holds the seed, or says with the end of its log why it does not.
  // After Stop and Kill it can be started again, and goes on with what it held.
  absl::Status Start();

  // Asks it to stop (SIGTERM) and answers its exit code. Nothing where it had to be killed, after
  // a minute, or ended by a signal.
  std::optional<int> Stop();

  // Takes it away in the middle of whatever it does (SIGKILL).
  void Kill();

  // Where it listens, such as "127.0.0.1:41234": the same when it is started again.
  const std::string& target() const { return target_; }

  // What it wrote to stderr, all starts together.
  std::string Log() const;

  // The end of the log, with the requests of calls that failed.
  std::string DescribeFailure() const;

 private:
  std::vector<std::string> CommandLine(const std::string& program) const;
  absl::Status AwaitPort(int folder_watch);
  absl::Status Fill();
  absl::Status Import(const std::string& seed);
  absl::Status Run(absl::string_view name, std::vector<std::string> arguments,
                   const std::string& what_fails);

  const ThrowawayServerOptions options_;
  const std::vector<std::string> mariadb_;  // flags; empty where it has another database
  const std::string folder_;                // of its database, its port file and its log
  std::unique_ptr<Process> process_;
  std::string target_;
  bool filled_ = false;
};

}  // namespace perennial::client

#endif  // PERENNIAL_TESTING_THROWAWAY_SERVER_H_
