#ifndef PERENNIAL_LIB_STORAGE_BACKUP_RESTORE_H_
#define PERENNIAL_LIB_STORAGE_BACKUP_RESTORE_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/storage/backup/backup.h"
#include "lib/storage/sql/database.h"

namespace perennial {

struct RestoreOptions {
  std::string file;
  sql::Options to;
  // What `perennial backup` said of the file; not checked where it is empty.
  std::string sha256;
};

// Checks the backup, brings it up to this program's schema, and makes it the database that
// `options.to` names, which then is on a new time line. Answers what the backup said.
//
// The target must not be there, or hold nothing: FAILED_PRECONDITION, as while a server has it
// open. It is never half there: a SQLite file appears as a whole; a MySQL database is not served
// before all is in it, and what an interrupted run has left is removed by the next one.
// `on_progress` is told what is done now.
absl::StatusOr<BackupInfo> RestoreBackup(const RestoreOptions& options, absl::Time now,
                                         absl::FunctionRef<void(absl::string_view)> on_progress);

// For a database that was put back to an earlier state by other means than a restore.
absl::Status BeginTimeLine(sql::Database& database, absl::string_view reason, absl::Time now);

// FAILED_PRECONDITION where a restore into this database has begun and not ended.
absl::Status CheckRestored(sql::Database& database);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_BACKUP_RESTORE_H_
