#ifndef PERENNIAL_TESTING_THROWAWAY_SERVER_H_
#define PERENNIAL_TESTING_THROWAWAY_SERVER_H_

// A real server for an integration test: started in a moment, gone afterwards.
//
//   ThrowawayServerOptions options;
//   options.seed = "seed.textproto";
//   ThrowawayServer server(options);
//   ASSERT_TRUE(server.Start().ok());
//   ClockClient clock(Connect(server.target()));
//
// Works with any test framework.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace perennial::client {

class Process;

struct ThrowawayServerOptions {
  // The day its clock stands at until ClockService moves it. Empty for a clock that runs.
  std::string clock = "2025-01-01";

  // A file of resources that it holds from the start: what `perennial import --mapping` takes.
  std::string seed;

  // Another one than a new SQLite database, such as "mysql://user@host:3306/name". It is not
  // thrown away.
  std::string database;

  // Further ones of perenniald.
  std::vector<std::string> flags;
};

// A `perenniald` of its own, with an SQLite database in a temporary folder, on a free port of
// loopback. The programs are looked for in the folder that the environment variable PERENNIAL_BIN
// names, beside the test's own program, in build/bin of the current folder and those above it, and
// in PATH.
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

 private:
  std::vector<std::string> CommandLine(const std::string& program) const;
  absl::Status AwaitPort(int folder_watch);
  absl::Status ImportSeed();

  const ThrowawayServerOptions options_;
  const std::string folder_;  // of its database, its port file and its log
  std::unique_ptr<Process> process_;
  std::string target_;
  bool seeded_ = false;
};

}  // namespace perennial::client

#endif  // PERENNIAL_TESTING_THROWAWAY_SERVER_H_
