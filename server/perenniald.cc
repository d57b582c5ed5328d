#include "server/perenniald.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lib/base/log.h"
#include "lib/storage/backup/restore.h"
#include "lib/storage/sql/durability.h"
#include "lib/storage/throw_away.h"
#include "server/flags.h"
#include "server/rpc/library_log.h"
#include "server/verify_command.h"

namespace perennial {
namespace {

std::atomic<bool> data_lost{false};

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "perenniald: %s\n", std::string(status.message()).c_str());
  return absl::IsInvalidArgument(status) ? kExitUsage : kExitFailure;
}

// Whoever waits for the file finds it whole.
absl::Status WritePortFile(const std::string& path, int port) {
  const std::string unfinished = path + ".tmp";
  std::ofstream(unfinished) << port << "\n";
  std::error_code error;
  std::filesystem::rename(unfinished, path, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

// The signals that the program waits for, kept from all its threads.
sigset_t BlockSignals(bool has_log_file) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (has_log_file) sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// Keeps the log until a signal comes that ends the program, and answers that.
int AwaitStop(const sigset_t& signals) {
  constexpr timespec kTick = {1, 0};
  while (true) {
    const int signal_number = sigtimedwait(&signals, nullptr, &kTick);
    LogCounted(Counted::kDue);
    if (signal_number == SIGHUP) {
      ReopenLog();
    } else if (signal_number > 0) {
      return signal_number;
    }
  }
}

// Ends the program where the server takes longer than `bound`: nothing is lost by that, since
// what is not committed was not answered.
void Stop(std::unique_ptr<Server> server, absl::Duration bound) {
  absl::Notification stopped;
  std::thread stopping([&] {
    server.reset();
    stopped.Notify();
  });
  if (!stopped.WaitForNotificationWithTimeout(bound)) {
    LogLine(Severity::kError, "cut off what still ran");
    LogCounted(Counted::kAll);
    std::_Exit(kExitFailure);
  }
  stopping.join();
}

// Nothing that was committed is lost by it.
void OnCutFile(int signal_number) {
  constexpr char kWhat[] =
      "perenniald: a file that is mapped into memory, such as the index of the database's log "
      "(-shm), was cut short by another program, or cannot be read: ending. What was answered is "
      "in "
      "the log; the next start reads it\n";
  static_cast<void>(!write(STDERR_FILENO, kWhat, sizeof(kWhat) - 1));
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

int Serve(Flags flags) {
  const sigset_t signals = BlockSignals(!flags.log_file.empty());
  signal(SIGBUS, OnCutFile);
  // The network's libraries learn of closed connections by their errors.
  signal(SIGPIPE, SIG_IGN);
  flags.server.database.on_data_loss = [] {
    LogLine(Severity::kError, "the database's file cannot be trusted any more: stopping");
    data_lost = true;
    kill(getpid(), SIGTERM);
  };
  sql::waits_for_disk = !flags.server.throw_away;
  auto server = Server::Start(flags.server);
  if (!server.ok()) return Fail(server.status());
  if (!flags.port_file.empty()) {
    const absl::Status status = WritePortFile(flags.port_file, (*server)->port());
    if (!status.ok()) return Fail(status);
  }
  LogLine(Severity::kInfo, "serving",
          {{"address", (*server)->address()}, {"metrics_port", (*server)->metrics_port()}});
  const int signal_number = AwaitStop(signals);
  LogLine(Severity::kInfo, "stopping", {{"signal", signal_number}});
  Stop(*std::move(server), flags.shutdown_bound);
  LogCounted(Counted::kAll);
  return data_lost ? kExitFailure : kExitOk;
}

int Migrate(const Flags& flags) {
  const absl::Status status = MigrateDatabase(flags.server.database);
  return status.ok() ? kExitOk : Fail(status);
}

int Restore(const Flags& flags) {
  const absl::StatusOr<BackupInfo> restored = RestoreBackup(
      {flags.backup, flags.server.database, flags.sha256}, absl::Now(), [](absl::string_view what) {
        std::fprintf(stderr, "perenniald: %s\n", std::string(what).c_str());
      });
  if (!restored.ok()) return Fail(restored.status());
  const std::string time =
      absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", restored->create_time, absl::UTCTimeZone());
  std::printf("restored up to revision %s of %s, on a new time line\n",
              absl::StrCat(restored->revision).c_str(), time.c_str());
  return kExitOk;
}

int BeginTimeLine(const Flags& flags) {
  const absl::Status status = LeaveTimeLine(flags.server.database);
  return status.ok() ? kExitOk : Fail(status);
}

int Drop(const Flags& flags) {
  const absl::Status status = DropThrowAway(flags.server.database);
  return status.ok() ? kExitOk : Fail(status);
}

}  // namespace

int Perenniald(int argc, char** argv, DatabaseDecorator decorate) {
  // Debian's Abseil looks for cycles at every lock, those of gRPC included.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  Flags flags;
  if (const std::optional<int> exit_code = ParseFlags(argc, argv, flags)) return *exit_code;
  flags.server.decorate = std::move(decorate);
  LogForLibraries();
  if (!flags.log_file.empty()) {
    const absl::Status status = LogTo(flags.log_file);
    if (!status.ok()) return Fail(status);
  }
  // Of the work of a whole command nobody knows how long a statement takes.
  if (flags.command != Flags::Command::kServe) {
    flags.server.database.statement_timeout = absl::InfiniteDuration();
  }
  switch (flags.command) {
    case Flags::Command::kMigrate:
      return Migrate(flags);
    case Flags::Command::kVerify:
      return VerifyCommand(flags.server.database);
    case Flags::Command::kRestore:
      return Restore(flags);
    case Flags::Command::kBeginTimeLine:
      return BeginTimeLine(flags);
    case Flags::Command::kDrop:
      return Drop(flags);
    case Flags::Command::kServe:
      return Serve(std::move(flags));
  }
  return kExitUsage;
}

}  // namespace perennial
