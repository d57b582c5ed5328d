#include "lib/storage/backup/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/status.h"
#include "lib/storage/backup/work_folder.h"
#include "lib/storage/history.h"
#include "lib/storage/migrations.h"
#include "lib/storage/sql/sqlite_copy.h"
#include "lib/storage/sql/tables.h"

namespace perennial {
namespace {

constexpr int kFormat = 1;

constexpr absl::string_view kInfoTables[] = {
    "CREATE TABLE backup_info (id INTEGER NOT NULL PRIMARY KEY, format INTEGER NOT NULL, "
    "history_id INTEGER NOT NULL, revision INTEGER NOT NULL, create_time INTEGER NOT NULL, "
    "engine TEXT NOT NULL)",
    "CREATE TABLE backup_tables (name TEXT NOT NULL PRIMARY KEY, row_count INTEGER NOT NULL, "
    "digest INTEGER NOT NULL)",
};

absl::Status CannotMake(absl::string_view what) {
  const int error = errno;
  const std::string message =
      absl::StrCat("the backup's temporary file cannot be ", what, ": ", std::strerror(error));
  return error == ENOSPC ? absl::ResourceExhaustedError(message) : absl::UnavailableError(message);
}

absl::Status CheckRoom(int64_t needed, const std::string& path) {
  struct statvfs disk;
  if (statvfs(path.c_str(), &disk) != 0) return CannotMake("made");
  const auto free = static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
  if (free >= needed) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("a backup needs ", needed >> 20,
                   " MiB beside the database (or in TMPDIR) while it is made, and ", free >> 20,
                   " MiB are free"));
}

absl::Status ForEachTable(
    sql::Database& sqlite_file,
    absl::FunctionRef<absl::Status(const TableShape&, sql::Connection&)> on_table) {
  return sqlite_file.Read(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<TableShape> tables, ReadTableShapes(connection));
    for (const TableShape& table : tables) RETURN_IF_ERROR(on_table(table, connection));
    return absl::OkStatus();
  });
}

// Leaves the tables empty: the rows come from elsewhere.
absl::StatusOr<std::vector<TableShape>> MakeEmptySchema(sql::Database& sqlite_file) {
  RETURN_IF_ERROR(sql::Migrate(sqlite_file, Migrations()));
  std::vector<TableShape> tables;
  RETURN_IF_ERROR(
      sqlite_file.Write(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(tables, ReadTableShapes(connection));
        for (const TableShape& table : tables) {
          RETURN_IF_ERROR(
              connection.Execute(absl::StrCat("DELETE FROM ", table.name), {}).status());
        }
        return absl::OkStatus();
      }));
  return tables;
}

absl::Status CopyRows(sql::Database& from, sql::Database& sqlite_file,
                      absl::FunctionRef<bool()> go_on) {
  ASSIGN_OR_RETURN(const std::vector<TableShape> tables, MakeEmptySchema(sqlite_file));
  // Once: a second run would meet what the first has written.
  bool begun = false;
  return from.ReadAside(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
    if (std::exchange(begun, true)) {
      return absl::UnavailableError("the connection to the database was lost while it was copied");
    }
    for (const TableShape& table : tables) {
      TableWriter writer(table, sqlite_file);
      RETURN_IF_ERROR(ReadTable(table, connection, go_on, [&](const sql::Row& row) {
                        return writer.Add(row);
                      }).status());
      RETURN_IF_ERROR(writer.Flush());
    }
    return absl::OkStatus();
  });
}

// Changes that were committed and have no number yet get one here: nothing numbers them later.
absl::Status NumberStandIns(sql::Connection& connection) {
  std::vector<int64_t> stand_ins;
  RETURN_IF_ERROR(
      connection.Query("SELECT revision FROM changes WHERE revision < 0 ORDER BY revision", {},
                       [&](const sql::Row& row) {
                         stand_ins.push_back(row.Integer(0));
                         return absl::OkStatus();
                       }));
  ASSIGN_OR_RETURN(const ResumeToken position, HistoryPosition(connection));
  int64_t revision = position.revision;
  for (const int64_t stand_in : stand_ins) {
    RETURN_IF_ERROR(
        connection
            .Execute("UPDATE changes SET revision = ? WHERE revision = ?", {++revision, stand_in})
            .status());
  }
  // On SQLite nothing else keeps it, and MySQL needs it.
  return connection
      .Execute("UPDATE revision_counter SET next_revision = ? WHERE id = 1", {revision + 1})
      .status();
}

absl::Status WriteInfo(const BackupInfo& info, sql::Connection& connection) {
  for (const absl::string_view statement : kInfoTables) {
    RETURN_IF_ERROR(connection.Execute(statement, {}).status());
  }
  RETURN_IF_ERROR(
      connection
          .Execute("INSERT INTO backup_info (id, format, history_id, revision, create_time, "
                   "engine) VALUES (1, ?, ?, ?, ?, ?)",
                   {kFormat, static_cast<int64_t>(info.history_id), info.revision,
                    absl::ToUnixMicros(info.create_time), info.engine})
          .status());
  for (const auto& [name, tally] : info.tables) {
    RETURN_IF_ERROR(
        connection
            .Execute("INSERT INTO backup_tables (name, row_count, digest) VALUES (?, ?, ?)",
                     {name, tally.rows, static_cast<int64_t>(tally.digest)})
            .status());
  }
  return absl::OkStatus();
}

// Completes a copy with what it says of itself.
absl::StatusOr<BackupInfo> Describe(sql::Database& sqlite_file, absl::string_view engine,
                                    absl::Time now, absl::FunctionRef<bool()> go_on) {
  RETURN_IF_ERROR(sql::CheckIntegrity(sqlite_file, go_on));
  BackupInfo info;
  info.create_time = now;
  info.engine = std::string(engine);
  RETURN_IF_ERROR(
      sqlite_file.Write(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
        RETURN_IF_ERROR(NumberStandIns(connection));
        ASSIGN_OR_RETURN(const ResumeToken position, HistoryPosition(connection));
        info.history_id = position.history_id;
        info.revision = position.revision;
        return absl::OkStatus();
      }));
  RETURN_IF_ERROR(ForEachTable(
      sqlite_file, [&](const TableShape& table, sql::Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(
            info.tables[table.name],
            ReadTable(table, connection, go_on, [](const sql::Row&) { return absl::OkStatus(); }));
        return absl::OkStatus();
      }));
  RETURN_IF_ERROR(sqlite_file.Write(absl::InfiniteFuture(), [&](sql::Connection& connection) {
    return WriteInfo(info, connection);
  }));
  ASSIGN_OR_RETURN(info.schema_version, sql::SchemaVersion(sqlite_file));
  return info;
}

absl::StatusOr<BackupInfo> Copy(Store& store, const std::string& path,
                                absl::FunctionRef<bool()> go_on) {
  sql::Database& database = store.database();
  ASSIGN_OR_RETURN(const int64_t size, sql::SizeOf(database));
  RETURN_IF_ERROR(CheckRoom(size + size / 8, path));
  RETURN_IF_ERROR(store.NumberPendingChanges(absl::InfiniteFuture()));
  ASSIGN_OR_RETURN(const bool copied, sql::CopyPages(database, path, go_on));
  BackupInfo info;
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> file, OpenBackup(path));
    if (!copied) RETURN_IF_ERROR(CopyRows(database, *file, go_on));
    ASSIGN_OR_RETURN(info,
                     Describe(*file, copied ? "SQLITE" : "MYSQL", store.clock().Now(), go_on));
  }
  RETURN_IF_ERROR(sql::MakePortable(path));
  return info;
}

}  // namespace

BackupFile::~BackupFile() { close(file_); }

absl::StatusOr<std::string> BackupFile::Read(size_t limit) {
  std::string bytes(limit, '\0');
  const ssize_t size = read(file_, bytes.data(), limit);
  if (size < 0) return CannotMake("read");
  bytes.resize(static_cast<size_t>(size));
  return bytes;
}

absl::StatusOr<std::unique_ptr<BackupFile>> MakeBackup(Store& store, const std::string& prefix,
                                                       absl::FunctionRef<bool()> go_on) {
  ASSIGN_OR_RETURN(const std::unique_ptr<WorkFolder> folder, WorkFolder::Make(prefix));
  ASSIGN_OR_RETURN(BackupInfo info, Copy(store, folder->file(), go_on));
  const int file = open(folder->file().c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) return CannotMake("opened");
  return std::make_unique<BackupFile>(file, status.st_size, std::move(info));
}

absl::StatusOr<std::unique_ptr<sql::Database>> OpenBackup(const std::string& path) {
  sql::Options options;
  options.url = absl::StrCat("sqlite:", path);
  options.connections = 1;
  return sql::Open(options);
}

absl::StatusOr<BackupInfo> ReadBackupInfo(sql::Database& sqlite_file) {
  BackupInfo info;
  ASSIGN_OR_RETURN(info.schema_version, sql::SchemaVersion(sqlite_file));
  bool known = false;
  int64_t format = 0;
  const absl::Status status =
      sqlite_file.Read(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(const std::vector<std::string> tables, sql::SqliteTables(connection));
        known = std::count_if(tables.begin(), tables.end(), [](const std::string& table) {
                  return table == "backup_info" || table == "backup_tables";
                }) == 2;
        if (!known) return absl::OkStatus();
        RETURN_IF_ERROR(connection.Query(
            "SELECT format, history_id, revision, create_time, engine FROM backup_info", {},
            [&](const sql::Row& row) {
              format = row.Integer(0);
              info.history_id = static_cast<uint64_t>(row.Integer(1));
              info.revision = row.Integer(2);
              info.create_time = absl::FromUnixMicros(row.Integer(3));
              info.engine = std::string(row.Text(4));
              return absl::OkStatus();
            }));
        return connection.Query("SELECT name, row_count, digest FROM backup_tables", {},
                                [&](const sql::Row& row) {
                                  TableTally& tally = info.tables[std::string(row.Text(0))];
                                  tally = {row.Integer(1), static_cast<uint64_t>(row.Integer(2))};
                                  return absl::OkStatus();
                                });
      });
  RETURN_IF_ERROR(status);
  if (known && format == kFormat) return info;
  return absl::FailedPreconditionError(
      known ? absl::StrCat("the file is a backup in the format ", format,
                           ", which this program does not know")
            : "the file is no backup: `perennial backup` makes one");
}

absl::Status CheckBackup(sql::Database& sqlite_file, const BackupInfo& info,
                         absl::FunctionRef<bool()> go_on) {
  RETURN_IF_ERROR(sql::CheckIntegrity(sqlite_file, go_on));
  size_t tables = 0;
  RETURN_IF_ERROR(ForEachTable(
      sqlite_file, [&](const TableShape& table, sql::Connection& connection) -> absl::Status {
        ++tables;
        ASSIGN_OR_RETURN(
            const TableTally tally,
            ReadTable(table, connection, go_on, [](const sql::Row&) { return absl::OkStatus(); }));
        const auto said = info.tables.find(table.name);
        if (said != info.tables.end() && said->second == tally) return absl::OkStatus();
        return absl::DataLossError(
            absl::StrCat("the file is damaged: the rows of ", table.name, " are not as they were"));
      }));
  if (tables == info.tables.size()) return absl::OkStatus();
  return absl::DataLossError("the file is damaged: a table is missing");
}

absl::Status ForgetBackupInfo(sql::Connection& sqlite_file) {
  RETURN_IF_ERROR(sqlite_file.Execute("DROP TABLE backup_info", {}).status());
  return sqlite_file.Execute("DROP TABLE backup_tables", {}).status();
}

}  // namespace perennial
