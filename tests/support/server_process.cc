#include "tests/support/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace perennial {
namespace {

// Migrations on a busy machine take their time.
constexpr absl::Duration kStartTimeout = absl::Minutes(2);
constexpr absl::Duration kStopTimeout = absl::Minutes(1);
constexpr size_t kLogTail = 4000;
constexpr int kExecFailed = 127;

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  const int fd_;
};

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  abort();
}

std::string MakeFolder() {
  std::string folder = (std::filesystem::temp_directory_path() / "perenniald-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) Die("mkdtemp");
  return folder;
}

std::string ReadFile(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

std::string ProgramPath() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "perenniald").string();
}

// In the child, between fork and exec: nothing here allocates.
[[noreturn]] void Become(char* const* arguments, int log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kExecFailed);  // It died before.
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(arguments[0], arguments);
  _exit(kExecFailed);
}

pid_t Spawn(std::vector<std::string> command_line, const std::string& log_file) {
  std::vector<char*> arguments;
  for (std::string& argument : command_line) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const FileDescriptor log(
      open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR));
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) Die("fork");
  if (pid == 0) Become(arguments.data(), log.get(), parent);
  return pid;
}

// Can be read once the process has ended. (The header of pidfd_open is for C only.)
int OpenProcess(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

int ToPollTimeout(absl::Time deadline) {
  const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
  return static_cast<int>(absl::ToInt64Milliseconds(left));
}

}  // namespace

ServerProcess::ServerProcess(const TestDatabase& database, std::vector<std::string> flags)
    : url_(database.options().url),
      has_password_(!database.options().password.empty()),
      flags_(std::move(flags)),
      folder_(MakeFolder()) {}

ServerProcess::~ServerProcess() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<std::string> ServerProcess::CommandLine() const {
  std::vector<std::string> arguments = {ProgramPath(), "--listen=127.0.0.1:0",
                                        absl::StrCat("--port-file=", folder_, "/port"),
                                        absl::StrCat("--database=", url_)};
  if (has_password_) {
    arguments.push_back(
        absl::StrCat("--database-password-file=", getenv("PERENNIAL_TEST_MYSQL_PASSWORD_FILE")));
  }
  arguments.insert(arguments.end(), flags_.begin(), flags_.end());
  return arguments;
}

absl::Status ServerProcess::Start() {
  if (pid_ != 0) return absl::FailedPreconditionError("it runs already");
  std::filesystem::remove(folder_ + "/port");
  const FileDescriptor watch(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (inotify_add_watch(watch.get(), folder_.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO) < 0) {
    Die("inotify_add_watch");
  }
  pid_ = Spawn(CommandLine(), folder_ + "/log");
  const absl::Status status = AwaitPort(watch.get());
  if (status.ok()) return status;
  Kill();
  const std::string log = Log();
  return absl::Status(status.code(),
                      absl::StrCat("perenniald ", status.message(), ":\n",
                                   log.substr(log.size() - std::min(log.size(), kLogTail))));
}

// Wakes when something was written into the folder, or the process has ended.
absl::Status ServerProcess::AwaitPort(int folder_watch) {
  const absl::Time deadline = absl::Now() + kStartTimeout;
  const FileDescriptor process(OpenProcess(pid_));
  while (true) {
    const std::string port(absl::StripAsciiWhitespace(ReadFile(folder_ + "/port")));
    if (!port.empty()) {
      target_ = absl::StrCat("127.0.0.1:", port);
      return absl::OkStatus();
    }
    pollfd events[] = {{folder_watch, POLLIN, 0}, {process.get(), POLLIN, 0}};
    if (poll(events, 2, ToPollTimeout(deadline)) == 0) {
      return absl::DeadlineExceededError("does not serve");
    }
    if (events[1].revents != 0) {
      AwaitEnd(absl::ZeroDuration());
      return absl::UnavailableError("has ended");
    }
    char buffer[4096];
    while (read(folder_watch, buffer, sizeof(buffer)) > 0) {
    }
  }
}

std::optional<int> ServerProcess::AwaitEnd(absl::Duration timeout) {
  const FileDescriptor process(OpenProcess(pid_));
  pollfd event = {process.get(), POLLIN, 0};
  if (poll(&event, 1, ToPollTimeout(absl::Now() + timeout)) <= 0) return std::nullopt;
  int status = 0;
  waitpid(std::exchange(pid_, 0), &status, 0);
  return status;
}

std::optional<int> ServerProcess::Stop() {
  if (pid_ == 0) return std::nullopt;
  kill(pid_, SIGTERM);
  const std::optional<int> status = AwaitEnd(kStopTimeout);
  Kill();
  if (!status.has_value() || !WIFEXITED(*status)) return std::nullopt;
  return WEXITSTATUS(*status);
}

void ServerProcess::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(std::exchange(pid_, 0), nullptr, 0);
}

std::string ServerProcess::Log() const { return ReadFile(folder_ + "/log"); }

}  // namespace perennial
