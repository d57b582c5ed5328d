#ifndef PERENNIAL_SERVER_FLAGS_H_
#define PERENNIAL_SERVER_FLAGS_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/server.h"

namespace perennial {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

// What perenniald was told on its command line.
struct Flags {
  enum class Command { kServe, kMigrate, kVerify, kRestore, kBeginTimeLine, kDrop };
  Command command = Command::kServe;
  Server::Options server;
  // kRestore: the backup, and its checksum where that was given.
  std::string backup;
  std::string sha256;
  // Gets the port that is listened on; empty for none.
  std::string port_file;
  // Where the log goes; empty for stderr.
  std::string log_file;
  // After this time the program ends, whatever still runs.
  absl::Duration shutdown_bound;
};

// Reads the command line, and the files that it names. Where nothing is left to do (help, a usage
// error) it says so on the terminal and answers the program's exit code.
std::optional<int> ParseFlags(int argc, const char* const* argv, Flags& flags);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_FLAGS_H_
