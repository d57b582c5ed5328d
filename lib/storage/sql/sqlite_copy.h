#ifndef PERENNIAL_LIB_STORAGE_SQL_SQLITE_COPY_H_
#define PERENNIAL_LIB_STORAGE_SQL_SQLITE_COPY_H_

// Copies of databases as SQLite files that are not served: backups. Between these functions
// sql::Open opens them.

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/storage/sql/database.h"

namespace perennial::sql {

// What a database can do whose pages are those of SQLite.
class PageSource {
 public:
  virtual ~PageSource() = default;
  virtual absl::Status CopyTo(const std::string& path, absl::FunctionRef<bool()> go_on) = 0;
  // Hands what is wrong with its pages, indexes and log to `on_problem`. CANCELLED where `go_on`
  // says so.
  virtual absl::Status CheckPages(absl::FunctionRef<void(absl::string_view)> on_problem,
                                  absl::FunctionRef<bool()> go_on) = 0;
};

// Copies all that is committed at one moment of the call into the empty file at `path`, which
// becomes a SQLite database of its own; quick, and in no writer's way. False where the pages of the
// database are no such: its rows can be read instead. CANCELLED where `go_on` says so.
absl::StatusOr<bool> CopyPages(Database& database, const std::string& path,
                               absl::FunctionRef<bool()> go_on);

// The bytes that the database takes, about.
absl::StatusOr<int64_t> SizeOf(Database& database);

// How the paths of temporary files for such a database begin: beside the SQLite file, or in the
// system's folder for them.
std::string TemporaryPrefix(const Options& options);

// DATA_LOSS where the file is damaged: reads all of it. CANCELLED where `go_on` says so.
absl::Status CheckIntegrity(Database& sqlite, absl::FunctionRef<bool()> go_on);

// Makes of a file that nobody has open one that is complete by itself, without a log, wherever it
// is copied to.
absl::Status MakePortable(const std::string& path);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_SQLITE_COPY_H_
