#include "lib/storage/backup/restore.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "lib/api/resume_token.h"
#include "lib/base/date.h"
#include "lib/base/sha256.h"
#include "lib/base/status.h"
#include "lib/storage/backup/work_folder.h"
#include "lib/storage/history.h"
#include "lib/storage/migrations.h"
#include "lib/storage/served_mark.h"
#include "lib/storage/sql/private_folder.h"
#include "lib/storage/sql/sqlite_copy.h"
#include "lib/storage/sql/tables.h"
#include "lib/storage/time_line.h"

namespace perennial {
namespace {

namespace fs = std::filesystem;

using OnProgress = absl::FunctionRef<void(absl::string_view)>;

constexpr size_t kPiece = 1 << 20;
constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr absl::Duration kLockPeriod = absl::Seconds(10);

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
  RETURN_IF_ERROR(CheckBackup(*file, info, [] { return true; }));
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
    ASSIGN_OR_RETURN(std::unique_ptr<WorkFolder> folder, WorkFolder::Make(prefix));
    const int file = open(folder->file().c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0) return Failed("cannot open", folder->file());
    std::unique_ptr<PreparedFile> prepared(new PreparedFile(std::move(folder), file));
    RETURN_IF_ERROR(CopyFile(options, file, prepared->path()));
    ASSIGN_OR_RETURN(prepared->info_, Prepare(prepared->path(), now, on_progress));
    return prepared;
  }
  PreparedFile(const PreparedFile&) = delete;
  PreparedFile& operator=(const PreparedFile&) = delete;
  ~PreparedFile() { close(file_); }

  std::string path() const { return folder_->file(); }
  const BackupInfo& info() const { return info_; }

  // On the disk, and from here on refused to servers until this object's end, wherever it is.
  absl::Status Finish() const {
    return fsync(file_) == 0 && flock(file_, LOCK_EX | LOCK_NB) == 0
               ? absl::OkStatus()
               : Failed("cannot write", path());
  }

 private:
  PreparedFile(std::unique_ptr<WorkFolder> folder, int file)
      : folder_(std::move(folder)), file_(file) {}

  const std::unique_ptr<WorkFolder> folder_;
  const int file_;
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

// The place of the new file, from which servers are kept until this object's end.
class Place {
 public:
  // What is there already, where it holds nothing; otherwise nothing is there, until Take.
  static absl::StatusOr<std::unique_ptr<Place>> Find(const sql::Options& to,
                                                     const std::string& path) {
    std::unique_ptr<Place> place(new Place(path));
    std::error_code error;
    if (!fs::exists(path, error)) return place;
    sql::Options look = to;
    look.use = sql::Use::kLook;
    ASSIGN_OR_RETURN(place->there_, sql::Open(look));
    ASSIGN_OR_RETURN(const std::vector<std::string> tables, sql::TableNames(*place->there_));
    if (tables.empty()) return place;
    if (!Has(tables, "changes")) return HoldsData("is another program's");
    ASSIGN_OR_RETURN(const bool has_changes, HasChanges(*place->there_));
    if (has_changes) return HoldsData("holds data");
    return place;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    if (file_ >= 0) close(file_);
  }

  absl::Status Take() {
    if (there_ != nullptr) return absl::OkStatus();
    file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file_ < 0 && errno != EEXIST) return Failed("cannot make", path_);
    if (file_ >= 0 && flock(file_, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
    return HoldsData("was made by another process meanwhile");
  }

 private:
  explicit Place(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  std::unique_ptr<sql::Database> there_;
  int file_ = -1;
};

absl::Status SyncFolder(const std::string& path) {
  const std::string folder = fs::absolute(path).parent_path();
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return Failed("cannot open", folder);
  const int result = fsync(file);
  close(file);
  return result == 0 ? absl::OkStatus() : Failed("cannot write", folder);
}

absl::Status PutInPlace(const PreparedFile& prepared, const std::string& path, Place& place) {
  ResumeToken position;
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> file, OpenBackup(prepared.path()));
    RETURN_IF_ERROR(
        file->Read(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
          ASSIGN_OR_RETURN(position, HistoryPosition(connection));
          return absl::OkStatus();
        }));
  }
  RETURN_IF_ERROR(prepared.Finish());
  RETURN_IF_ERROR(place.Take());
  // What belongs to a file that is not there any more: SQLite would take it for this one's.
  for (const char* suffix : {"-wal", "-shm", "-journal"}) unlink((path + suffix).c_str());
  if (rename(prepared.path().c_str(), path.c_str()) != 0) return Failed("cannot make", path);
  RETURN_IF_ERROR(SyncFolder(path));
  // The server that opens it next finds that it is the one that it is to serve.
  ASSIGN_OR_RETURN(const std::unique_ptr<ServedMark> mark, ServedMark::Open(path));
  return mark->Begin({position.history_id, position.revision});
}

absl::StatusOr<BackupInfo> RestoreToFile(const RestoreOptions& options,
                                         const std::string& given_path, absl::Time now,
                                         OnProgress on_progress) {
  std::error_code error;
  // The file, whatever link leads to it.
  const std::string path = fs::weakly_canonical(given_path, error).string();
  if (error) return absl::InvalidArgumentError(absl::StrCat("cannot use ", given_path));
  sql::MakePrivateFolder(fs::path(path).parent_path());
  ASSIGN_OR_RETURN(const std::unique_ptr<Place> place, Place::Find(options.to, path));
  ASSIGN_OR_RETURN(const std::unique_ptr<PreparedFile> prepared,
                   PreparedFile::Make(options, path + ".restoring-", now, on_progress));
  RETURN_IF_ERROR(PutInPlace(*prepared, path, *place));
  return prepared->info();
}

// --- to MySQL ---

absl::Status Execute(sql::Database& database, absl::string_view statement) {
  return database.Write(absl::Now() + kPatience, [&](sql::Connection& connection) {
    return connection.Execute(statement, {}).status();
  });
}

// Whether a restore has begun and not ended there is told by `tables`.
absl::Status CheckRoom(sql::Database& database, const std::vector<std::string>& tables) {
  RETURN_IF_ERROR(sql::CheckOurs(database));
  if (Has(tables, sql::kRestoreMark) || !Has(tables, "changes")) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool has_changes, HasChanges(database));
  return has_changes ? HoldsData("holds data") : absl::OkStatus();
}

// Leaves the database without tables of ours.
absl::Status MakeRoom(sql::Database& database, const std::vector<TableShape>& shapes) {
  ASSIGN_OR_RETURN(const std::vector<std::string> tables, sql::TableNames(database));
  RETURN_IF_ERROR(CheckRoom(database, tables));
  const bool unfinished = Has(tables, sql::kRestoreMark);
  std::vector<std::string> ours = sql::SchemaTables();
  ours.push_back(sql::kRestoreMark);
  for (const TableShape& shape : shapes) ours.push_back(shape.name);
  for (const std::string& table : tables) {
    if (!Has(ours, table)) return HoldsData("has tables of another program");
  }
  if (!unfinished) {
    RETURN_IF_ERROR(Execute(
        database, absl::StrCat("CREATE TABLE ", sql::kRestoreMark, " (id INT PRIMARY KEY)")));
  }
  for (const std::string& table : tables) {
    if (table == sql::kRestoreMark) continue;
    RETURN_IF_ERROR(Execute(database, absl::StrCat("DROP TABLE ", table)));
  }
  return absl::OkStatus();
}

// Asked at each step of a copy, it asks the server now and then.
class Lock {
 public:
  explicit Lock(absl::FunctionRef<absl::Status()> ask) : ask_(ask) {}

  bool Holds() {
    const absl::Time now = absl::Now();
    if (now < next_ || !status_.ok()) return status_.ok();
    next_ = now + kLockPeriod;
    status_ = ask_();
    return status_.ok();
  }
  const absl::Status& status() const { return status_; }

 private:
  const absl::FunctionRef<absl::Status()> ask_;
  absl::Time next_ = absl::InfinitePast();
  absl::Status status_;
};

absl::Status CopyTable(const TableShape& table, sql::Connection& from, sql::Database& to,
                       Lock& lock) {
  const auto go_on = [&lock] { return lock.Holds(); };
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

absl::Status CopyTables(sql::Database& file, sql::Database& to, Lock& lock,
                        OnProgress on_progress) {
  return file.Read(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<TableShape> tables, ReadTableShapes(connection));
    RETURN_IF_ERROR(MakeRoom(to, tables));
    RETURN_IF_ERROR(sql::Migrate(to, Migrations()));
    for (const TableShape& table : tables) {
      on_progress(absl::StrCat("writing ", table.name));
      const absl::Status status = CopyTable(table, connection, to, lock);
      RETURN_IF_ERROR(lock.status());
      RETURN_IF_ERROR(status);
    }
    return Execute(to, absl::StrCat("DROP TABLE ", sql::kRestoreMark));
  });
}

absl::StatusOr<BackupInfo> RestoreToServer(const RestoreOptions& options, absl::Time now,
                                           OnProgress on_progress) {
  sql::Options to = options.to;
  to.connections = 2;  // one holds the lock
  ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> database, sql::Open(to));
  ASSIGN_OR_RETURN(const std::vector<std::string> tables, sql::TableNames(*database));
  RETURN_IF_ERROR(CheckRoom(*database, tables));
  // Before the lock, which would be idle meanwhile.
  ASSIGN_OR_RETURN(const std::unique_ptr<PreparedFile> prepared,
                   PreparedFile::Make(options, sql::TemporaryPrefix(options.to), now, on_progress));
  ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> file, OpenBackup(prepared->path()));
  RETURN_IF_ERROR(sql::RunAlone(*database, "perennial.restore.",
                                [&](absl::FunctionRef<absl::Status()> still_alone) {
                                  Lock lock(still_alone);
                                  return CopyTables(*file, *database, lock, on_progress);
                                }));
  return prepared->info();
}

}  // namespace

absl::StatusOr<BackupInfo> RestoreBackup(const RestoreOptions& options, absl::Time now,
                                         absl::FunctionRef<void(absl::string_view)> on_progress) {
  RETURN_IF_ERROR(sql::CheckUrl(options.to.url));
  if (const std::optional<std::string> path = sql::SqlitePath(options.to.url)) {
    return RestoreToFile(options, *path, now, on_progress);
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
  if (!Has(tables, sql::kRestoreMark)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "a restore into this database has not ended: run `perennial restore` again");
}

}  // namespace perennial
