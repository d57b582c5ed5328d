#include "perennial/testing/throwaway_server.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lib/base/status.h"
#include "perennial/testing/process.h"

namespace perennial::client {
namespace {

// Migrations on a busy machine take their time.
constexpr absl::Duration kStartTimeout = absl::Minutes(2);
constexpr absl::Duration kStopTimeout = absl::Minutes(1);
constexpr size_t kLogTail = 4000;

std::string MakeFolder() {
  std::string folder = (std::filesystem::temp_directory_path() / "perennial-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) Die(folder.c_str());
  return folder;
}

std::string ReadFile(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

std::string TailOf(const std::string& log) {
  return log.substr(log.size() - std::min(log.size(), kLogTail));
}

std::vector<std::string> ProgramFolders(const std::string& programs) {
  if (!programs.empty()) return {programs};
  const char* const given = getenv("PERENNIAL_BIN");
  if (given != nullptr) return {given};
  std::error_code error;
  std::vector<std::string> folders = {
      std::filesystem::read_symlink("/proc/self/exe", error).parent_path()};
  for (auto folder = std::filesystem::current_path(error);; folder = folder.parent_path()) {
    folders.push_back(folder / "build/bin");
    if (folder == folder.root_path()) break;
  }
  const char* const path = getenv("PATH");
  for (absl::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':')) {
    folders.emplace_back(folder);
  }
  return folders;
}

absl::StatusOr<std::string> FindProgram(absl::string_view name, const std::string& programs) {
  for (const std::string& folder : ProgramFolders(programs)) {
    std::string program = absl::StrCat(folder, "/", name);
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  return absl::NotFoundError(absl::StrCat(
      "there is no ", name, ": build it (scripts/run does) and set PERENNIAL_BIN to the folder ",
      "that it is in, such as build/bin"));
}

// Empty where the environment names no server: Start says so.
std::vector<std::string> MariadbFlags(const ThrowawayServerOptions& options) {
  const char* const server = getenv("PERENNIAL_TEST_MYSQL");
  if (!options.mariadb || server == nullptr) return {};
  const char* const password_file = getenv("PERENNIAL_TEST_MYSQL_PASSWORD_FILE");
  std::random_device random;
  std::vector<std::string> flags = {
      absl::StrFormat("--database=%s/perennial_throw_away_%08x%08x", server, random(), random())};
  if (password_file != nullptr) {
    flags.push_back(absl::StrCat("--database-password-file=", password_file));
  }
  return flags;
}

// Of "2025-01-01" and of "2025-01-01T12:00:00Z".
absl::CivilDay DayOf(const std::string& clock) {
  absl::CivilDay day;
  if (absl::ParseCivilTime(clock.substr(0, 10), &day)) return day;
  return absl::ToCivilDay(absl::Now(), absl::UTCTimeZone());
}

// Tells when a file of the folder is there.
class FolderWatch {
 public:
  explicit FolderWatch(const std::string& folder)
      : descriptor_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (inotify_add_watch(descriptor_, folder.c_str(), IN_MOVED_TO) < 0) Die("inotify_add_watch");
  }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  ~FolderWatch() { close(descriptor_); }
  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

}  // namespace

ThrowawayServer::ThrowawayServer(ThrowawayServerOptions options)
    : options_(std::move(options)), mariadb_(MariadbFlags(options_)), folder_(MakeFolder()) {}

ThrowawayServer::~ThrowawayServer() {
  Kill();
  if (!mariadb_.empty()) {
    std::vector<std::string> drop = {"drop"};
    drop.insert(drop.end(), mariadb_.begin(), mariadb_.end());
    // What was never served is not there.
    Run("perenniald", std::move(drop), "").IgnoreError();
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<std::string> ThrowawayServer::CommandLine(const std::string& program) const {
  std::vector<std::string> command = {
      program, "--throw-away", absl::StrCat("--listen=", target_.empty() ? "127.0.0.1:0" : target_),
      absl::StrCat("--port-file=", folder_, "/port")};
  if (!mariadb_.empty()) {
    command.insert(command.end(), mariadb_.begin(), mariadb_.end());
  } else {
    command.push_back(absl::StrCat("--database=", options_.database.empty()
                                                      ? absl::StrCat("sqlite:", folder_, "/test.db")
                                                      : options_.database));
  }
  if (!options_.clock.empty()) command.push_back(absl::StrCat("--clock=manual:", options_.clock));
  if (!options_.copy_of.empty()) {
    const std::string file = std::filesystem::absolute(options_.copy_of);
    command.push_back(absl::StrCat("--copy-of=", file));
  }
  if (options_.id_seed.has_value()) {
    command.push_back(absl::StrCat("--id-seed=", *options_.id_seed));
  }
  command.insert(command.end(), options_.flags.begin(), options_.flags.end());
  return command;
}

absl::Status ThrowawayServer::Start() {
  if (process_ != nullptr) {
    return absl::FailedPreconditionError("it runs already: stop it before it is started again");
  }
  if (options_.mariadb && getenv("PERENNIAL_TEST_MYSQL") == nullptr) {
    return absl::FailedPreconditionError(
        "PERENNIAL_TEST_MYSQL is not set: run scripts/with-mariadb with the test as its command, "
        "or set it to mysql://user@host:port of a server on which the user may create databases "
        "perennial_*");
  }
  ASSIGN_OR_RETURN(const std::string program, FindProgram("perenniald", options_.programs));
  std::filesystem::remove(folder_ + "/port");
  const FolderWatch watch(folder_);
  process_ = std::make_unique<Process>(CommandLine(program), folder_ + "/log");
  absl::Status status = AwaitPort(watch.descriptor());
  if (!status.ok()) {
    status = absl::Status(status.code(), absl::StrCat(status.message(), ":\n", TailOf(Log())));
  } else if (!filled_) {
    status = Fill();
    filled_ = status.ok();
  }
  if (!status.ok()) Kill();
  return status;
}

// Wakes when something was put into the folder, or the process has ended.
absl::Status ThrowawayServer::AwaitPort(int folder_watch) {
  const absl::Time deadline = absl::Now() + kStartTimeout;
  while (true) {
    const std::string port(absl::StripAsciiWhitespace(ReadFile(folder_ + "/port")));
    if (!port.empty()) {
      target_ = absl::StrCat("127.0.0.1:", port);
      return absl::OkStatus();
    }
    pollfd events[] = {{folder_watch, POLLIN, 0}, {process_->descriptor(), POLLIN, 0}};
    if (poll(events, 2, PollTimeout(deadline)) == 0) {
      return absl::DeadlineExceededError("perenniald does not serve");
    }
    if (events[1].revents != 0) return absl::UnavailableError("perenniald has ended");
    char buffer[4096];
    while (read(folder_watch, buffer, sizeof(buffer)) > 0) {
    }
  }
}

// What it holds from the start.
absl::Status ThrowawayServer::Fill() {
  if (!options_.seed.empty()) RETURN_IF_ERROR(Import(options_.seed));
  std::string text = options_.seed_text;
  if (!options_.seed_with.empty()) {
    absl::StrAppend(&text, SeedText(DayOf(options_.clock), options_.seed_with));
  }
  if (!text.empty()) {
    const std::string file = folder_ + "/seed_text.textproto";
    std::ofstream(file) << text;
    RETURN_IF_ERROR(Import(file));
  }
  const bool holds_something = !text.empty() || !options_.seed.empty();
  if (!holds_something || !options_.run_jobs || options_.clock.empty()) return absl::OkStatus();
  return Run("perennial", {absl::StrCat("--server=", target_), "clock", "move", "--days=0"},
             "the jobs cannot run");
}

absl::Status ThrowawayServer::Import(const std::string& seed) {
  const std::string folder = std::filesystem::absolute(seed).parent_path();
  return Run(
      "perennial",
      {absl::StrCat("--server=", target_), "import", folder, absl::StrCat("--mapping=", seed)},
      seed + " cannot be imported");
}

absl::Status ThrowawayServer::Run(absl::string_view name, std::vector<std::string> arguments,
                                  const std::string& what_fails) {
  ASSIGN_OR_RETURN(const std::string program, FindProgram(name, options_.programs));
  arguments.insert(arguments.begin(), program);
  const std::string log = folder_ + "/program-log";
  std::filesystem::remove(log);
  Process process(std::move(arguments), log);
  if (process.Await(kStartTimeout) == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what_fails, ":\n", TailOf(ReadFile(log)), DescribeFailure()));
}

std::optional<int> ThrowawayServer::Stop() {
  if (process_ == nullptr) return std::nullopt;
  process_->Signal(SIGTERM);
  const std::optional<int> status = process_->Await(kStopTimeout);
  Kill();
  if (!status.has_value() || !WIFEXITED(*status)) return std::nullopt;
  return WEXITSTATUS(*status);
}

void ThrowawayServer::Kill() { process_.reset(); }

std::string ThrowawayServer::Log() const { return ReadFile(folder_ + "/log"); }

std::string ThrowawayServer::DescribeFailure() const {
  return absl::StrCat("The log of the server ends with:\n", TailOf(Log()));
}

}  // namespace perennial::client
