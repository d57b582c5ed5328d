#ifndef PERENNIAL_LIB_STORAGE_SQL_MIGRATIONS_H_
#define PERENNIAL_LIB_STORAGE_SQL_MIGRATIONS_H_

// The schema in numbered steps, one sequence for both engines, written once in
// a portable SQL with column macros (each a whole column definition, NOT NULL with a default):
//   $key(name, 300)     text, the primary key
//   $text(stage, 40)    text of at most 40 characters, '' by default
//   $int(version)       64-bit integer, 0 by default
//   $real(x)            double, 0 by default
//   $bytes(data)        any length
//   $options            what a CREATE TABLE ends with
//   $on(table)          what a DROP INDEX ends with
//   $sqlite, $mysql     the rest of the line is for this engine alone
//   $collation          what texts are compared by
//   $fill(table.column) a statement of its own: the program works out the column of each row, or,
//                       as table.search_words, the rows' words in that table
// Lengths are in characters and enforced by both engines. A statement ends with `;` at the end of a
// line; `--` starts a comment at the beginning of a line.

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/sql/migration_text.h"

namespace perennial::sql {

struct Migration {
  int number;         // from 1, without gaps
  std::string title;  // from its file's name: 0001_first.sql
  std::string text;
  // Carries out `$fill`, in a transaction.
  absl::Status (*fill)(Connection& connection, absl::string_view column) = nullptr;
};

// One statement of a migration in the engine's own SQL.
absl::StatusOr<std::vector<std::string>> ExpandMigration(const Migration& migration,
                                                         const Dialect& dialect);

// A table that is there from before a restore changes the database until after it.
inline constexpr char kRestoreMark[] = "unfinished_restore";

// Those that Migrate keeps.
std::vector<std::string> SchemaTables();

// FAILED_PRECONDITION where the database has tables, and none by which it is ours.
absl::Status CheckOurs(Database& database);

// Opens a database. While another process may be within an upgrade of the same SQLite file it
// waits for that, half an hour at most; `on_wait` is called before each pause.
absl::StatusOr<std::unique_ptr<Database>> OpenAfterUpgrade(const Options& options,
                                                           absl::FunctionRef<void()> on_wait);

// Brings the schema up to the last migration. What was done is recorded with
// its checksum, statement by statement, so that an interrupted run is taken up where it
// stopped. Two servers doing it at once: one waits for the other.
// FAILED_PRECONDITION where the database has a migration that is not in the
// list or that differs from it, and where it is another program's.
absl::Status Migrate(Database& database, absl::Span<const Migration> migrations);

// FAILED_PRECONDITION says which migration the database is at and which this program needs, unless
// they are the same.
absl::Status CheckSchema(Database& database, absl::Span<const Migration> migrations);

// The same, but as long as another server brings the schema up to date it waits for that, half an
// hour at most. `on_wait` is called before each pause.
absl::Status AwaitSchema(Database& database, absl::Span<const Migration> migrations,
                         absl::FunctionRef<void()> on_wait);

// True for a database without a schema, and where the Migrate that began with none did not come to
// its end, and was not followed by one that did: nobody has ever used it.
absl::StatusOr<bool> IsUnfinished(Database& database);

// 0 for an empty database.
absl::StatusOr<int> SchemaVersion(Database& database);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_MIGRATIONS_H_
