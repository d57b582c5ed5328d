#include "lib/storage/backup/restore.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "lib/api/resume_token.h"
#include "lib/base/date.h"
#include "lib/base/sha256.h"
#include "lib/base/status.h"
#include "lib/storage/history.h"
#include "lib/storage/migrations.h"
#include "lib/storage/served_mark.h"
#include "lib/storage/sql/sqlite_copy.h"
#include "lib/storage/sql/tables.h"
#include "lib/storage/time_line.h"

namespace perennial {
namespace {

namespace fs = std::filesystem;

using OnProgress = absl::FunctionRef<void(absl::string_view)>;

constexpr size_t kPiece = 1 << 20;
constexpr char kUnfinished[] = "unfinished_restore";
constexpr absl::Duration kPatience = absl::Minutes(1);

absl::Status Failed(absl::string_view what, const std::string& path) {
  const int error = errno;
  const std::string message = absl::StrCat(what, " ", path, ": ", std::strerror(error));
  return error == ENOSPC ? absl::ResourceExhaustedError(message) : absl::UnavailableError(message);
}

// --- the backup, as a file to work on ---

absl::Status CopyFile(const RestoreOptions& options, int to, const std::string& to_path) {
  std::ifstream from(options.file, std::ios::binary);
  if (!from) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", options.file));
  }
  Sha256 hash;
  std::string piece(kPiece, '\0');
  while (from.read(piece.data(), kPiece), from.gcount() > 0) {
    const absl::string_view bytes(piece.data(), static_cast<size_t>(from.gcount()));
    hash.Update(bytes);
    for (size_t written = 0; written < bytes.size();) {
      const ssize_t size = write(to, bytes.data() + written, bytes.size() - written);
      if (size < 0) return Failed("cannot write", to_path);
      written += static_cast<size_t>(size);
    }
  }
  if (options.sha256.empty() || hash.Finish() == options.sha256) return absl::OkStatus();
  return absl::DataLossError("the file is damaged, or another one: its SHA-256 is not that");
}

absl::Status CheckOnlyItself(const std::string& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    return absl::NotFoundError(absl::StrCat("there is no file ", file));
  }
  const auto log_size = fs::file_size(file + "-wal", error);
  if (error || log_size == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(file, " is a database in use, or was one: `perennial backup` makes a backup"));
}

// The lost time line ends here; what servers and callers remember of it is worth nothing.
absl::Status BeginAnew(const BackupInfo& info, absl::Time now, sql::Connection& connection) {
  RETURN_IF_ERROR(ForgetBackupInfo(connection));
  RETURN_IF_ERROR(connection.Execute("DELETE FROM leases", {}).status());
  return BeginTimeLine(connection,
                       absl::StrCat("restored from the backup of ",
                                    absl::FormatTime(absl::RFC3339_sec, info.create_time,
                                                     absl::UTCTimeZone())),
                       now)
      .status();
}

// Checks the copy of the backup at `path` and makes what may be served of it.
absl::StatusOr<BackupInfo> Prepare(const std::string& path, absl::Time now,
                                   OnProgress on_progress) {
  on_progress("checking the backup");
  ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> file, OpenBackup(path));
  ASSIGN_OR_RETURN(const BackupInfo info, ReadBackupInfo(*file));
  const int known = static_cast<int>(Migrations().size());
  if (info.schema_version > known) {
    return absl::FailedPreconditionError(
        absl::StrCat("the backup is at migration ", info.schema_version,
                     " and this program knows none after ", known));
  }
  RETURN_IF_ERROR(CheckBackup(*file, info));
  RETURN_IF_ERROR(sql::Migrate(*file, Migrations()));
  RETURN_IF_ERROR(file->Write(absl::InfiniteFuture(), [&](sql::Connection& connection) {
    return BeginAnew(info, now, connection);
  }));
  return info;
}

// A copy of the backup, ready to be served, as a file of its own that is removed with this object.
class PreparedFile {
 public:
  static absl::StatusOr<std::unique_ptr<PreparedFile>> Make(const RestoreOptions& options,
                                                            const std::string& prefix,
                                                            absl::Time now,
                                                            OnProgress on_progress) {
    RETURN_IF_ERROR(CheckOnlyItself(options.file));
    std::string path = prefix + "XXXXXX";
    const int file = mkostemp(path.data(), O_CLOEXEC);
    if (file < 0) return Failed("cannot make", path);
    std::unique_ptr<PreparedFile> prepared(new PreparedFile(file, path));
    RETURN_IF_ERROR(CopyFile(options, file, path));
    ASSIGN_OR_RETURN(prepared->info_, Prepare(path, now, on_progress));
    return prepared;
  }
  PreparedFile(const PreparedFile&) = delete;
  PreparedFile& operator=(const PreparedFile&) = delete;
  ~PreparedFile() {
    close(file_);
    RemoveBackup(path_);
  }

  const std::string& path() const { return path_; }
  const BackupInfo& info() const { return info_; }
  absl::Status Sync() const {
    return fsync(file_) == 0 ? absl::OkStatus() : Failed("cannot write", path_);
  }

 private:
  PreparedFile(int file, std::string path) : file_(file), path_(std::move(path)) {}

  const int file_;
  const std::string path_;
  BackupInfo info_;
};

// --- the target ---

absl::Status HoldsData(absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat("the database to restore to ", what,
                   ": name a new one, or remove what is there if nobody needs it"));
}

// Whether anything was ever written to it.
absl::StatusOr<bool> HasChanges(sql::Database& database) {
  bool has_changes = false;
  RETURN_IF_ERROR(database.Read(absl::Now() + kPatience, [&](sql::Connection& connection) {
    return connection.Query("SELECT 1 FROM changes LIMIT 1", {}, [&](const sql::Row&) {
      has_changes = true;
      return absl::OkStatus();
    });
  }));
  return has_changes;
}

bool Has(const std::vector<std::string>& names, absl::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// --- to a SQLite file ---

// Opening it also finds out whether a server has it open.
absl::Status CheckFree(const sql::Options& to, const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return absl::OkStatus();
  if (fs::file_size(path, error) == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> database, sql::Open(to));
  ASSIGN_OR_RETURN(const std::vector<std::string> tables, sql::TableNames(*database));
  if (tables.empty()) return absl::OkStatus();
  if (!Has(tables, "changes")) return HoldsData("is another program's");
  ASSIGN_OR_RETURN(const bool has_changes, HasChanges(*database));
  return has_changes ? HoldsData("holds data") : absl::OkStatus();
}

absl::Status SyncFolder(const std::string& path) {
  const std::string folder = fs::absolute(path).parent_path();
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return Failed("cannot open", folder);
  const int result = fsync(file);
  close(file);
  return result == 0 ? absl::OkStatus() : Failed("cannot write", folder);
}

absl::Status PutInPlace(const PreparedFile& prepared, const std::string& path) {
  ResumeToken position;
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> file, OpenBackup(prepared.path()));
    RETURN_IF_ERROR(
        file->Read(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
          ASSIGN_OR_RETURN(position, HistoryPosition(connection));
          return absl::OkStatus();
        }));
  }
  RETURN_IF_ERROR(prepared.Sync());
  // What belongs to a file that is not there any more: SQLite would take it for this one's.
  for (const char* suffix : {"-wal", "-shm", "-journal"}) unlink((path + suffix).c_str());
  if (rename(prepared.path().c_str(), path.c_str()) != 0) return Failed("cannot make", path);
  RETURN_IF_ERROR(SyncFolder(path));
  // The server that opens it next finds that it is the one that it is to serve.
  ASSIGN_OR_RETURN(const std::unique_ptr<ServedMark> mark, ServedMark::Open(path));
  return mark->Begin({position.history_id, position.revision});
}

absl::StatusOr<BackupInfo> RestoreToFile(const RestoreOptions& options, const std::string& path,
                                         absl::Time now, OnProgress on_progress) {
  std::error_code error;
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty() && fs::create_directories(folder, error)) {
    fs::permissions(folder, fs::perms::owner_all, error);
  }
  RETURN_IF_ERROR(CheckFree(options.to, path));
  ASSIGN_OR_RETURN(const std::unique_ptr<PreparedFile> prepared,
                   PreparedFile::Make(options, path + ".restoring-", now, on_progress));
  // Again: it took a while.
  RETURN_IF_ERROR(CheckFree(options.to, path));
  RETURN_IF_ERROR(PutInPlace(*prepared, path));
  return prepared->info();
}

// --- to MySQL ---

absl::Status Execute(sql::Database& database, absl::string_view statement) {
  return database.Write(absl::Now() + kPatience, [&](sql::Connection& connection) {
    return connection.Execute(statement, {}).status();
  });
}

// Leaves the database without tables of ours.
absl::Status MakeRoom(sql::Database& database, const std::vector<TableShape>& shapes) {
  ASSIGN_OR_RETURN(const std::vector<std::string> tables, sql::TableNames(database));
  const bool unfinished = Has(tables, kUnfinished);
  if (!unfinished && Has(tables, "changes")) {
    ASSIGN_OR_RETURN(const bool has_changes, HasChanges(database));
    if (has_changes) return HoldsData("holds data");
  }
  std::vector<std::string> ours = {"schema_steps", kUnfinished};
  for (const TableShape& shape : shapes) ours.push_back(shape.name);
  for (const std::string& table : tables) {
    if (!Has(ours, table)) return HoldsData("has tables of another program");
  }
  if (!unfinished) {
    RETURN_IF_ERROR(
        Execute(database, absl::StrCat("CREATE TABLE ", kUnfinished, " (id INT PRIMARY KEY)")));
  }
  for (const std::string& table : tables) {
    if (table == kUnfinished) continue;
    RETURN_IF_ERROR(Execute(database, absl::StrCat("DROP TABLE ", table)));
  }
  return absl::OkStatus();
}

absl::Status CopyTable(const TableShape& table, sql::Connection& from, sql::Database& to) {
  const auto go_on = [] { return true; };
  RETURN_IF_ERROR(Execute(to, absl::StrCat("DELETE FROM ", table.name)));
  TableWriter writer(table, to);
  ASSIGN_OR_RETURN(const TableTally there, ReadTable(table, from, go_on, [&](const sql::Row& row) {
                     return writer.Add(row);
                   }));
  RETURN_IF_ERROR(writer.Flush());
  TableTally here;
  RETURN_IF_ERROR(to.Read(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(here, ReadTable(table, connection, go_on,
                                     [](const sql::Row&) { return absl::OkStatus(); }));
    return absl::OkStatus();
  }));
  if (here == there) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("the database does not hold what was written to ", table.name));
}

absl::Status CopyTables(sql::Database& file, sql::Database& to, OnProgress on_progress) {
  std::vector<TableShape> tables;
  RETURN_IF_ERROR(
      file.Read(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(tables, ReadTableShapes(connection));
        return absl::OkStatus();
      }));
  RETURN_IF_ERROR(MakeRoom(to, tables));
  RETURN_IF_ERROR(sql::Migrate(to, Migrations()));
  RETURN_IF_ERROR(
      file.Read(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
        for (const TableShape& table : tables) {
          on_progress(absl::StrCat("writing ", table.name));
          RETURN_IF_ERROR(CopyTable(table, connection, to));
        }
        return absl::OkStatus();
      }));
  return Execute(to, absl::StrCat("DROP TABLE ", kUnfinished));
}

absl::StatusOr<BackupInfo> RestoreToServer(const RestoreOptions& options, absl::Time now,
                                           OnProgress on_progress) {
  sql::Options to = options.to;
  to.connections = 2;  // one holds the lock
  ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> database, sql::Open(to));
  BackupInfo info;
  RETURN_IF_ERROR(sql::RunAlone(*database, "perennial.restore.", [&]() -> absl::Status {
    ASSIGN_OR_RETURN(
        const std::unique_ptr<PreparedFile> prepared,
        PreparedFile::Make(options, sql::TemporaryPrefix(options.to), now, on_progress));
    ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> file, OpenBackup(prepared->path()));
    info = prepared->info();
    return CopyTables(*file, *database, on_progress);
  }));
  return info;
}

}  // namespace

absl::StatusOr<BackupInfo> RestoreBackup(const RestoreOptions& options, absl::Time now,
                                         absl::FunctionRef<void(absl::string_view)> on_progress) {
  absl::string_view path = options.to.url;
  if (absl::ConsumePrefix(&path, "sqlite:")) {
    return RestoreToFile(options, std::string(path), now, on_progress);
  }
  return RestoreToServer(options, now, on_progress);
}

absl::Status BeginTimeLine(sql::Database& database, absl::string_view reason, absl::Time now) {
  return database.Write(now + kPatience, [&](sql::Connection& connection) {
    return BeginTimeLine(connection, reason, now).status();
  });
}

absl::Status CheckRestored(sql::Database& database) {
  ASSIGN_OR_RETURN(const std::vector<std::string> tables, sql::TableNames(database));
  if (!Has(tables, kUnfinished)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "a restore into this database has not ended: run `perennial restore` again");
}

}  // namespace perennial
