#ifndef PERENNIAL_TESTS_SUPPORT_SERVER_PROCESS_H_
#define PERENNIAL_TESTS_SUPPORT_SERVER_PROCESS_H_

// A real `perenniald`, in a process of its own that a test can stop, kill and start again:
//
//   const TestDatabase database(sql::Engine::kSqlite);
//   ServerProcess server(database, {"--clock=manual:2025-01-01"});
//   ASSERT_TRUE(server.Start().ok());
//   client::AccountClient accounts(client::Connect(server.target()));

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tests/support/test_database.h"

namespace perennial {

// Not thread-safe. The process ends with the thread that started it, if it was not stopped before:
// start it from a test's main thread.
class ServerProcess {
 public:
  // It serves the database, which outlives it, on a free port of loopback. `flags` are added to the
  // command line. The program is the `perenniald` beside the test's own.
  explicit ServerProcess(const TestDatabase& database, std::vector<std::string> flags = {});
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  // Kills it where it runs.
  ~ServerProcess();

  // Returns when it serves, or says with the end of its log why it does not. After Stop and Kill
  // it can be started again, on the same database and another port.
  absl::Status Start();

  // Asks it to stop (SIGTERM) and answers its exit code. Nothing where it had to be killed, after
  // a minute, or ended by a signal.
  std::optional<int> Stop();

  // Takes it away in the middle of whatever it does (SIGKILL).
  void Kill();

  // "127.0.0.1:41234", of the last start.
  const std::string& target() const { return target_; }

  // What it wrote to stderr, all starts together.
  std::string Log() const;

 private:
  std::vector<std::string> CommandLine() const;
  absl::Status AwaitPort(int folder_watch);
  // The exit status as waitpid tells it; nothing where it still runs after `timeout`.
  std::optional<int> AwaitEnd(absl::Duration timeout);

  const std::string url_;
  const bool has_password_;
  const std::vector<std::string> flags_;
  const std::string folder_;  // of its port file and its log
  pid_t pid_ = 0;             // 0 where it does not run
  std::string target_;
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_SUPPORT_SERVER_PROCESS_H_
