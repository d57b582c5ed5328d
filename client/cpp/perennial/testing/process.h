#ifndef PERENNIAL_TESTING_PROCESS_H_
#define PERENNIAL_TESTING_PROCESS_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace perennial::client {

// A program that runs beside this one, and is killed at the end of the object's life or with the
// thread that started it, whatever ends that.
class Process {
 public:
  // `command` begins with the program's path. What it writes goes to the end of `log_file`.
  Process(std::vector<std::string> command, const std::string& log_file);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  // Can be read, for poll, once the process has ended.
  int descriptor() const { return descriptor_; }

  void Signal(int number);

  // How it ended, as waitpid tells it; nothing where it still runs after `timeout`.
  std::optional<int> Await(absl::Duration timeout);

 private:
  pid_t pid_;
  int descriptor_;
  std::optional<int> status_;
};

// For poll.
int PollTimeout(absl::Time deadline);

// With perror, for what only fails where the machine is at its end.
[[noreturn]] void Die(const char* what);

}  // namespace perennial::client

#endif  // PERENNIAL_TESTING_PROCESS_H_
