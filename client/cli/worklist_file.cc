#include "client/cli/worklist_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/ids.h"

namespace perennial::cli {
namespace {

namespace fs = std::filesystem;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Empty where there is no place for it.
fs::path StateFolder() {
  const std::string state = Environment("XDG_STATE_HOME");
  // As the specification has it, a relative one is none.
  if (fs::path(state).is_absolute()) return fs::path(state) / "perennial";
  const std::string home = Environment("HOME");
  return home.empty() ? fs::path() : fs::path(home) / ".local" / "state" / "perennial";
}

// One for each server and actor: their names are hexadecimal where they are not plain.
std::string FileName(const CliContext& context) {
  std::string name = "my";
  for (const std::string& part : {context.server, context.actor}) {
    name += '_';
    for (const char c : part) {
      const bool is_plain = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.';
      absl::StrAppend(
          &name, is_plain ? std::string(1, c) : absl::StrCat("%", absl::BytesToHexString({&c, 1})));
    }
  }
  // The longest that file systems take is 255.
  return name.substr(0, 250);
}

absl::Status Unkept(const std::string& why) {
  return absl::FailedPreconditionError(
      absl::StrCat("the numbers cannot be kept for `perennial my done`: ", why));
}

}  // namespace

absl::Status KeepListed(const std::vector<ListedTask>& tasks, const CliContext& context) {
  const fs::path folder = StateFolder();
  if (folder.empty()) return Unkept("neither XDG_STATE_HOME nor HOME says where");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Unkept(absl::StrCat(folder.string(), ": ", error.message()));
  const fs::path file = folder / FileName(context);
  // Whoever reads at the same time sees the old list or the new one.
  const fs::path draft = folder / absl::StrCat("draft_", NewRequestId());
  {
    std::ofstream out(draft, std::ios::binary);
    fs::permissions(draft, fs::perms::owner_read | fs::perms::owner_write, error);
    for (const ListedTask& task : tasks) {
      out << task.name << '\t' << task.etag << '\t' << absl::CEscape(task.title) << '\n';
    }
    if (!out.flush()) error = std::make_error_code(std::errc::io_error);
  }
  if (!error) fs::rename(draft, file, error);
  if (!error) return absl::OkStatus();
  std::error_code ignored;
  fs::remove(draft, ignored);
  return Unkept(absl::StrCat(file.string(), ": ", error.message()));
}

absl::StatusOr<std::vector<ListedTask>> ReadListed(const CliContext& context) {
  std::ifstream in(StateFolder() / FileName(context), std::ios::binary);
  std::vector<ListedTask> tasks;
  std::string line;
  while (in && std::getline(in, line)) {
    const std::vector<std::string> parts = absl::StrSplit(line, '\t');
    std::string title;
    if (parts.size() != 3 || !absl::CUnescape(parts[2], &title)) break;
    tasks.push_back({parts[0], parts[1], title});
  }
  if (!tasks.empty()) return tasks;
  return absl::FailedPreconditionError(absl::StrCat("no list was shown yet to ", context.actor,
                                                    " of ", context.server,
                                                    ": `perennial my` gives tasks their numbers"));
}

}  // namespace perennial::cli
