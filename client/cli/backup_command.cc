#include "client/cli/backup_command.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cli/method_command.h"
#include "client/cli/output_file.h"
#include "client/cli/printer.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "perennial/client/admin_client.h"

namespace perennial::cli {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kSilence = absl::Seconds(2);
constexpr absl::Duration kBetweenLines = absl::Milliseconds(200);

struct BackupFlags {
  std::string file;
  bool force = false;
};

struct RestoreFlags {
  std::string file;
  std::string to;
  std::string sha256;
  std::string password_file;
  std::string tls_ca;
};

// --- what people see ---

std::string MebiBytes(int64_t bytes) { return absl::StrCat((bytes + (1 << 20) - 1) >> 20, " MiB"); }

// One line on a terminal that is written over, once it takes a while.
class ProgressLine {
 public:
  explicit ProgressLine(CliContext& context) : context_(context) {}
  ~ProgressLine() {
    if (shown_) context_.err << "\r\033[K" << std::flush;
  }

  void Show(const std::string& text) {
    const absl::Time now = absl::Now();
    if (context_.width == 0 || now < next_) return;
    next_ = now + kBetweenLines;
    shown_ = true;
    context_.err << '\r' << text << "\033[K" << std::flush;
  }

 private:
  CliContext& context_;
  absl::Time next_ = absl::Now() + kSilence;
  bool shown_ = false;
};

void PrintResult(const std::string& file, const v1::BackupInfo& info,
                 const v1::BackupSummary& summary, CliContext& context) {
  if (context.format == Format::kJson) {
    context.out << "{\"info\": " << JsonText(info) << ", \"summary\": " << JsonText(summary)
                << "}\n";
    return;
  }
  int64_t rows = 0;
  for (const auto& [table, count] : summary.row_counts()) rows += count;
  context.out << file << ": revision " << info.revision() << " of the time line "
              << info.time_line() << ", "
              << absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", ToTime(info.create_time()),
                                  absl::UTCTimeZone())
              << ", " << rows << " rows, " << MebiBytes(summary.size_bytes()) << '\n'
              << "sha256 " << summary.sha256() << '\n';
}

absl::StatusOr<ExitCode> Backup(const BackupFlags& flags, CliContext& context) {
  ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file,
                   OutputFile::Make(flags.file, flags.force));
  const client::AdminClient admin(context.connection(), context.call_options());
  v1::BackupInfo info;
  ASSIGN_OR_RETURN(const v1::BackupSummary summary, [&]() -> absl::StatusOr<v1::BackupSummary> {
    ProgressLine progress(context);
    int64_t size = 0;
    return admin.Backup(
        {},
        [&](const v1::BackupInfo& told) {
          info = told;
          return absl::OkStatus();
        },
        [&](absl::string_view bytes) {
          size += static_cast<int64_t>(bytes.size());
          progress.Show(absl::StrCat(MebiBytes(size), " of ", MebiBytes(info.size_bytes())));
          return file->Write(bytes);
        });
  }());
  RETURN_IF_ERROR(file->Keep());
  PrintResult(flags.file, info, summary, context);
  return kOk;
}

// --- restore ---

// Where the server's program is: beside this one, or in PATH.
std::string FindServer() {
  std::error_code error;
  const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path() / "perenniald";
  return fs::exists(beside, error) ? beside.string() : "perenniald";
}

// Runs the other program with this one's output, and answers its exit code.
absl::StatusOr<int> RunProgram(std::vector<std::string> command) {
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int error =
      posix_spawnp(&process, arguments[0], nullptr, nullptr, arguments.data(), environ);
  if (error != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot run ", command[0],
                     ", which restores, beside this program or in PATH: ", std::strerror(error)));
  }
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return absl::InternalError("perenniald did not end by itself");
}

absl::StatusOr<ExitCode> Restore(const RestoreFlags& flags, CliContext& context) {
  std::vector<std::string> command = {FindServer(), "restore", flags.file,
                                      absl::StrCat("--database=", flags.to)};
  if (!flags.sha256.empty()) command.push_back(absl::StrCat("--sha256=", flags.sha256));
  if (!flags.password_file.empty()) {
    command.push_back(absl::StrCat("--database-password-file=", flags.password_file));
  }
  if (!flags.tls_ca.empty()) command.push_back(absl::StrCat("--database-tls-ca=", flags.tls_ca));
  context.out << std::flush;
  ASSIGN_OR_RETURN(const int code, RunProgram(std::move(command)));
  return code == 0 ? kOk : code == 2 ? kUsage : kRefused;
}

}  // namespace

void AddBackupCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(app, "backup",
                                 "Copies the server's database into a file, while everybody goes "
                                 "on, and checks what arrives.",
                                 "monday.db");
  const auto flags = std::make_shared<BackupFlags>();
  command->add_option("FILE", flags->file, "The file to make.")->required();
  command->add_flag("--force", flags->force, "Replaces the file where it is there.");
  command->callback([flags, &context] {
    context.command = [flags, &context] { return Backup(*flags, context); };
  });
}

void AddRestoreCommand(CLI::App& app, CliContext& context) {
  CLI::App* command =
      AddCommand(app, "restore",
                 "Makes a new database of a backup, for a server to be started on. Whatever was "
                 "written after the backup is refused there when it comes again.",
                 "monday.db --to=sqlite:data/restored.db");
  const auto flags = std::make_shared<RestoreFlags>();
  command->add_option("FILE", flags->file, "What `perennial backup` made.")->required();
  command
      ->add_option("--to", flags->to,
                   "sqlite:PATH or mysql://user@host:port/name: a database that is not there yet, "
                   "or holds nothing.")
      ->required();
  command->add_option("--sha256", flags->sha256, "What `perennial backup` printed, to be checked.");
  command->add_option("--database-password-file", flags->password_file,
                      "File with the password of the MySQL user.");
  command->add_option("--database-tls-ca", flags->tls_ca,
                      "File with the certificate of the authority that signed the MySQL server's.");
  command->callback([flags, &context] {
    context.command = [flags, &context] { return Restore(*flags, context); };
  });
}

}  // namespace perennial::cli
