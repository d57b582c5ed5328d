#include "lib/storage/throw_away.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "lib/base/id_seed.h"
#include "lib/base/ids.h"
#include "lib/base/sha256.h"
#include "lib/base/status.h"
#include "lib/storage/history.h"
#include "lib/storage/migrations.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/sql/private_folder.h"
#include "lib/storage/sql/sqlite_copy.h"

namespace perennial {
namespace {

constexpr char kNamePrefix[] = "perennial_throw_away_";

namespace fs = std::filesystem;

absl::Status CannotCopy(const std::string& from, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat(from, " cannot be copied: ", why));
}

absl::Status CopyFile(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (error) return CannotCopy(from, error.message());
  fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, error);
  return absl::OkStatus();
}

// The file appears as a whole, and after its log, which is then there as well where the last server
// was killed.
absl::Status CopyDatabase(const std::string& from, const std::string& to) {
  const int file = open(from.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    const std::string why = absl::StrCat(from, " cannot be copied: ", std::strerror(errno));
    return errno == ENOENT ? absl::NotFoundError(why) : absl::UnavailableError(why);
  }
  const auto let_go = absl::MakeCleanup([file] { close(file); });
  // Servers have it alone.
  if (flock(file, LOCK_SH | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        from, " is open in a server: stop that, or copy what `perennial backup` makes of it"));
  }
  std::error_code error;
  const std::string unfinished = absl::StrCat(to, ".", NewSecret().substr(0, 16), ".tmp");
  const auto remove = absl::MakeCleanup([&] { fs::remove(unfinished, error); });
  RETURN_IF_ERROR(CopyFile(from, unfinished));
  if (fs::exists(from + "-wal", error)) RETURN_IF_ERROR(CopyFile(from + "-wal", to + "-wal"));
  fs::rename(unfinished, to, error);
  return error ? CannotCopy(from, error.message()) : absl::OkStatus();
}

// Empty where there is none, or one that others might have put something into.
std::string CacheFolder() {
  const char* const caches = getenv("XDG_CACHE_HOME");
  const char* const home = getenv("HOME");
  fs::path folder;
  if (caches != nullptr && caches[0] == '/') {
    folder = caches;
  } else if (home != nullptr && home[0] == '/') {
    folder = fs::path(home) / ".cache";
  } else {
    return "";
  }
  folder /= "perennial";
  sql::MakePrivateFolder(folder);
  struct stat found;
  const bool ours = stat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
                    found.st_uid == geteuid() && (found.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  return ours ? folder.string() : "";
}

std::string SchemaFingerprint() {
  Sha256 hash;
  for (const sql::Migration& migration : Migrations()) {
    hash.Update(absl::StrCat(migration.number, " ", migration.title, "\n", migration.text, "\n"));
  }
  return hash.Finish().substr(0, 32);
}

bool BringToDisk(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return false;
  const bool done = fsync(file) == 0;
  close(file);
  return done;
}

absl::Status MakeTemplate(const std::string& path) {
  const std::string unfinished = absl::StrCat(path, ".", NewSecret().substr(0, 16), ".tmp");
  std::error_code error;
  const auto remove = absl::MakeCleanup([&] {
    for (const char* end : {"", "-wal", "-shm"}) fs::remove(unfinished + end, error);
  });
  sql::Options options;
  options.url = "sqlite:" + unfinished;
  ASSIGN_OR_RETURN(std::unique_ptr<sql::Database> database, sql::Open(options));
  RETURN_IF_ERROR(sql::Migrate(*database, Migrations()));
  database.reset();
  RETURN_IF_ERROR(sql::MakePortable(unfinished));
  // Half a file would spoil every test from then on.
  if (!BringToDisk(unfinished)) return CannotCopy(unfinished, std::strerror(errno));
  fs::rename(unfinished, path, error);
  return error ? CannotCopy(unfinished, error.message()) : absl::OkStatus();
}

}  // namespace

absl::Status PrepareThrowAway(const std::string& path, const std::string& copy_of) {
  std::error_code error;
  if (fs::exists(path, error)) return absl::OkStatus();
  sql::MakePrivateFolder(fs::path(path).parent_path());
  if (!copy_of.empty()) return CopyDatabase(copy_of, path);
  const std::string folder = CacheFolder();
  if (folder.empty()) return absl::OkStatus();
  const std::string schema = absl::StrCat(folder, "/schema-", SchemaFingerprint(), ".db");
  // To be without it is slower, and no more than that.
  if (!fs::exists(schema, error) && !MakeTemplate(schema).ok()) return absl::OkStatus();
  return CopyDatabase(schema, path);
}

absl::Status SeedIdsFor(sql::Database& database, uint64_t seed) {
  return database.Read(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(const ResumeToken position, HistoryPosition(connection));
    SeedIds(seed, static_cast<uint64_t>(position.revision));
    return absl::OkStatus();
  });
}

absl::Status DropThrowAway(sql::Options options) {
  const std::string name = options.url.substr(options.url.rfind('/') + 1);
  if (!absl::StartsWith(options.url, "mysql://") || !absl::StartsWith(name, kNamePrefix)) {
    return absl::InvalidArgumentError(
        absl::StrCat("only a MySQL database whose name begins with ", kNamePrefix, " is dropped"));
  }
  options.use = sql::Use::kChange;
  ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> database, sql::Open(options));
  // The url was checked: its name has letters, digits and _ alone.
  return database->Write(absl::InfiniteFuture(), [&](sql::Connection& connection) {
    return connection.Execute(absl::StrCat("DROP DATABASE ", name), {}).status();
  });
}

}  // namespace perennial
