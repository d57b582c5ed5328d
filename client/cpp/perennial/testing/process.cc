#include "perennial/testing/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/time/clock.h"

namespace perennial::client {
namespace {

constexpr int kExecFailed = 127;

// In the child, between fork and exec: nothing here allocates.
[[noreturn]] void Become(char* const* arguments, int log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kExecFailed);  // It died before.
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(arguments[0], arguments);
  _exit(kExecFailed);
}

}  // namespace

Process::Process(std::vector<std::string> command, const std::string& log_file) {
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const int log =
      open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (log < 0) Die(log_file.c_str());
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) Become(arguments.data(), log, parent);
  close(log);
  if (pid_ < 0) Die("fork");
  // The header of pidfd_open is for C only.
  descriptor_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (descriptor_ < 0) Die("pidfd_open");
}

Process::~Process() {
  Signal(SIGKILL);
  if (!status_.has_value()) waitpid(pid_, nullptr, 0);
  close(descriptor_);
}

void Process::Signal(int number) {
  if (!status_.has_value()) kill(pid_, number);
}

std::optional<int> Process::Await(absl::Duration timeout) {
  pollfd event = {descriptor_, POLLIN, 0};
  if (!status_.has_value() && poll(&event, 1, PollTimeout(absl::Now() + timeout)) > 0) {
    waitpid(pid_, &status_.emplace(), 0);
  }
  return status_;
}

int PollTimeout(absl::Time deadline) {
  const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
  return static_cast<int>(absl::ToInt64Milliseconds(left));
}

void Die(const char* what) {
  std::perror(what);
  abort();
}

}  // namespace perennial::client
