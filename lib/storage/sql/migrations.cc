#include "lib/storage/sql/migrations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"
#include "lib/storage/sql/migration_text.h"
#include "lib/storage/sql/tables.h"
#include "lib/storage/sql/upgrade.h"

namespace perennial::sql {
namespace {

// For all of a Migrate, and for a look at the records.
constexpr absl::Duration kMigratePatience = absl::Minutes(30);
constexpr absl::Duration kReadPatience = absl::Seconds(30);
// Shorter than a statement may take.
constexpr int kLockSeconds = 10;
// Between two steps a server that migrates shows nothing of it, for a moment.
constexpr absl::Duration kLookPeriod = absl::Milliseconds(100);
constexpr int kQuietLooks = 20;

constexpr absl::string_view kSteps = "schema_steps";

// A migration is complete when the record of its last step is there.
constexpr absl::string_view kRecords =
    "CREATE TABLE IF NOT EXISTS schema_steps ("
    "$int(migration), $int(step), $int(steps), $text(title, 200), $text(checksum, 16), "
    "PRIMARY KEY (migration, step)) $options";

// Is there from before the first step on an empty database until after the last.
constexpr absl::string_view kUnfinished = "schema_unfinished";

// One statement of a migration.
struct Step {
  const Migration& migration;
  int64_t number;  // from 1
  int64_t count;   // of the migration's steps
  std::string checksum;
  std::string statement;
};

struct Record {
  int64_t migration;
  int64_t step;
  int64_t steps;
  std::string checksum;
};

// Each session of a server is set to the collation that its tables have.
absl::StatusOr<Dialect> DialectOf(Database& database) {
  Dialect dialect = {database.engine(), ""};
  if (dialect.engine == Engine::kSqlite) return dialect;
  RETURN_IF_ERROR(database.Read(absl::Now() + kReadPatience, [&](Connection& connection) {
    return connection.Query("SELECT @@collation_connection", {}, [&](const Row& row) {
      dialect.collation = std::string(row.Text(0));
      return absl::OkStatus();
    });
  }));
  return dialect;
}

std::string Describe(const Migration& migration) {
  return absl::StrCat("migration ", migration.number, " (", migration.title, ")");
}

absl::StatusOr<std::vector<Step>> StepsOf(absl::Span<const Migration> migrations,
                                          const Dialect& dialect) {
  std::vector<Step> steps;
  int expected = 0;
  for (const Migration& migration : migrations) {
    if (migration.number != ++expected) {
      return absl::InvalidArgumentError(
          absl::StrCat("migration ", migration.number, " stands in the place of ", expected));
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> portable, SplitStatements(migration.text));
    ASSIGN_OR_RETURN(std::vector<std::string> statements, ExpandMigration(migration, dialect));
    if (statements.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(Describe(migration), " has no statement"));
    }
    for (size_t i = 0; i < statements.size(); ++i) {
      steps.push_back({migration, static_cast<int64_t>(i) + 1,
                       static_cast<int64_t>(statements.size()), Checksum(portable[i]),
                       std::move(statements[i])});
    }
  }
  return steps;
}

absl::StatusOr<std::vector<Record>> ReadRecords(Connection& connection) {
  std::vector<Record> records;
  RETURN_IF_ERROR(connection.Query(
      "SELECT migration, step, steps, checksum FROM schema_steps ORDER BY migration, step", {},
      [&](const Row& row) {
        records.push_back(
            {row.Integer(0), row.Integer(1), row.Integer(2), std::string(row.Text(3))});
        return absl::OkStatus();
      }));
  return records;
}

absl::StatusOr<bool> HasTable(Connection& connection, Engine engine, absl::string_view table) {
  const absl::string_view sql =
      engine == Engine::kSqlite
          ? "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = ?"
          : "SELECT COUNT(*) FROM information_schema.tables "
            "WHERE table_schema = DATABASE() AND table_name = ?";
  bool has_table = false;
  RETURN_IF_ERROR(connection.Query(sql, {table}, [&](const Row& row) {
    has_table = row.Integer(0) > 0;
    return absl::OkStatus();
  }));
  return has_table;
}

// None for an empty database.
absl::StatusOr<std::vector<Record>> ReadRecords(Database& database) {
  std::vector<Record> records;
  RETURN_IF_ERROR(
      database.Read(absl::Now() + kReadPatience, [&](Connection& connection) -> absl::Status {
        records.clear();
        ASSIGN_OR_RETURN(const bool has_records, HasTable(connection, database.engine(), kSteps));
        if (!has_records) return absl::OkStatus();
        ASSIGN_OR_RETURN(records, ReadRecords(connection));
        return absl::OkStatus();
      }));
  return records;
}

int64_t VersionOf(absl::Span<const Record> records) {
  int64_t version = 0;
  for (const Record& record : records) {
    if (record.step == record.steps) version = std::max(version, record.migration);
  }
  return version;
}

// `steps` without those that were done, which are its first ones, or FAILED_PRECONDITION.
absl::StatusOr<absl::Span<const Step>> PendingSteps(absl::Span<const Step> steps,
                                                    absl::Span<const Record> records) {
  const int64_t known = steps.empty() ? 0 : steps.back().migration.number;
  for (size_t i = 0; i < records.size(); ++i) {
    const Record& record = records[i];
    if (record.migration > known) {
      return absl::FailedPreconditionError(
          absl::StrCat("the database is at migration ", records.back().migration,
                       " and this program knows none after ", known));
    }
    const bool same = i < steps.size() && steps[i].migration.number == record.migration &&
                      steps[i].number == record.step && steps[i].checksum == record.checksum &&
                      (record.step < record.steps || record.steps == steps[i].count);
    if (!same) {
      return absl::FailedPreconditionError(absl::StrCat(
          "migration ", record.migration,
          " differs from the one that ran on this database, at its statement ", record.step));
    }
  }
  return steps.subspan(records.size());
}

constexpr absl::string_view kLockName = "CONCAT('perennial.', LEFT(DATABASE(), 50))";

// Lets one server at a time change a MySQL database's schema. Where the server lacks such locks, as
// in some clusters, the records' key and MySQL's own refusals still keep a step from running twice.
class SchemaLock {
 public:
  explicit SchemaLock(Connection& connection) : connection_(connection) {}
  SchemaLock(const SchemaLock&) = delete;
  SchemaLock& operator=(const SchemaLock&) = delete;
  ~SchemaLock() {
    // All: a run that was lost may have left one to this connection.
    connection_.Query("SELECT RELEASE_ALL_LOCKS()", {}, IgnoreRow).IgnoreError();
  }

  // False where another server held it all the while.
  bool Take() {
    bool refused = false;
    connection_
        .Query(absl::StrCat("SELECT GET_LOCK(", kLockName, ", ?)"), {kLockSeconds},
               [&](const Row& row) {
                 refused = !row.IsNull(0) && row.Integer(0) == 0;
                 return absl::OkStatus();
               })
        .IgnoreError();
    return !refused;
  }

 private:
  static absl::Status IgnoreRow(const Row& /*row*/) { return absl::OkStatus(); }

  Connection& connection_;
};

// Whether a server is within a step. Without an answer it is not known to be.
bool IsBeingChanged(Database& database) {
  bool held = false;
  const absl::Status status =
      database.Read(absl::Now() + kReadPatience, [&](Connection& connection) {
        return connection.Query(absl::StrCat("SELECT IS_USED_LOCK(", kLockName, ")"), {},
                                [&](const Row& row) {
                                  held = !row.IsNull(0);
                                  return absl::OkStatus();
                                });
      });
  return status.ok() && held;
}

absl::Status Execute(Connection& connection, const Step& step) {
  absl::string_view statement = step.statement;
  if (!absl::ConsumePrefix(&statement, "FILL ")) {
    return connection.Execute(statement, {}).status();
  }
  if (step.migration.fill != nullptr) return step.migration.fill(connection, statement);
  return absl::UnimplementedError("nothing fills columns");
}

absl::Status RunStatement(Connection& connection, Engine engine, const Step& step) {
  const absl::Status status = Execute(connection, step);
  // MySQL commits each change of the schema at once, so its record may have been lost.
  if (engine == Engine::kMysql && absl::IsFailedPrecondition(status)) return absl::OkStatus();
  if (status.ok()) return status;
  return absl::InternalError(absl::StrCat(Describe(step.migration), " fails at its statement ",
                                          step.number, ": ", status.message()));
}

// ALREADY_EXISTS where another server was faster.
absl::Status RecordStep(Connection& connection, const Step& step) {
  return connection
      .Execute(
          "INSERT INTO schema_steps (migration, step, steps, title, checksum) "
          "VALUES (?, ?, ?, ?, ?)",
          {step.migration.number, step.number, step.count, step.migration.title, step.checksum})
      .status();
}

bool ChangesSchema(absl::string_view statement) {
  statement = absl::StripLeadingAsciiWhitespace(statement);
  for (const absl::string_view word : {"CREATE ", "ALTER ", "DROP "}) {
    if (absl::StartsWithIgnoreCase(statement, word)) return true;
  }
  return false;
}

absl::Status RunStep(Connection& connection, Engine engine, const Step& step) {
  if (ChangesSchema(step.statement)) {
    RETURN_IF_ERROR(RunStatement(connection, engine, step));
    return RecordStep(connection, step);
  }
  // The record first: its key keeps another server from changing the same rows.
  RETURN_IF_ERROR(RecordStep(connection, step));
  return RunStatement(connection, engine, step);
}

// All of the rest in one transaction. True: no step is left.
absl::StatusOr<bool> MigrateSqlite(Connection& connection, absl::Span<const Step> steps) {
  ASSIGN_OR_RETURN(const std::vector<Record> records, ReadRecords(connection));
  ASSIGN_OR_RETURN(const absl::Span<const Step> pending, PendingSteps(steps, records));
  for (const Step& step : pending) RETURN_IF_ERROR(RunStep(connection, Engine::kSqlite, step));
  return true;
}

// One step: a change of the schema ends the transaction.
absl::StatusOr<bool> MigrateMysql(Connection& connection, absl::Span<const Step> steps) {
  SchemaLock lock(connection);
  if (!lock.Take()) return false;
  ASSIGN_OR_RETURN(const std::vector<Record> records, ReadRecords(connection));
  ASSIGN_OR_RETURN(const absl::Span<const Step> pending, PendingSteps(steps, records));
  if (pending.empty()) return true;
  RETURN_IF_ERROR(RunStep(connection, Engine::kMysql, pending.front()));
  return pending.size() == 1;
}

absl::Status Begin(Database& database, const Dialect& dialect, bool is_empty, absl::Time deadline) {
  ASSIGN_OR_RETURN(const std::string records, ExpandMacros(kRecords, dialect));
  return database.Write(deadline, [&](Connection& connection) -> absl::Status {
    if (is_empty) {
      RETURN_IF_ERROR(
          connection
              .Execute(absl::StrCat("CREATE TABLE IF NOT EXISTS ", kUnfinished, " (id INTEGER)"),
                       {})
              .status());
    }
    return connection.Execute(records, {}).status();
  });
}

absl::Status Finish(Database& database, absl::Time deadline) {
  return database.Write(deadline, [&](Connection& connection) {
    return connection.Execute(absl::StrCat("DROP TABLE IF EXISTS ", kUnfinished), {}).status();
  });
}

// How far a database's schema is.
struct SchemaState {
  bool complete;
  int64_t done;  // steps
  int64_t version;
};

// FAILED_PRECONDITION where it has steps that this program does not know.
absl::StatusOr<SchemaState> Look(Database& database, absl::Span<const Migration> migrations) {
  ASSIGN_OR_RETURN(const Dialect dialect, DialectOf(database));
  ASSIGN_OR_RETURN(const std::vector<Step> steps, StepsOf(migrations, dialect));
  ASSIGN_OR_RETURN(const std::vector<Record> records, ReadRecords(database));
  ASSIGN_OR_RETURN(const absl::Span<const Step> pending, PendingSteps(steps, records));
  return SchemaState{pending.empty(), static_cast<int64_t>(records.size()), VersionOf(records)};
}

absl::Status IsOlder(const SchemaState& state, absl::Span<const Migration> migrations) {
  return absl::FailedPreconditionError(absl::StrCat("the database is at migration ", state.version,
                                                    " and this program needs ", migrations.size()));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ExpandMigration(const Migration& migration,
                                                         const Dialect& dialect) {
  ASSIGN_OR_RETURN(std::vector<std::string> statements, SplitStatements(migration.text));
  for (std::string& statement : statements) {
    ASSIGN_OR_RETURN(statement, ExpandMacros(statement, dialect));
  }
  return statements;
}

std::vector<std::string> SchemaTables() { return {std::string(kSteps), std::string(kUnfinished)}; }

absl::Status CheckOurs(Database& database) {
  ASSIGN_OR_RETURN(const std::vector<std::string> tables, TableNames(database));
  const bool ours = std::any_of(tables.begin(), tables.end(), [](const std::string& table) {
    return table == kSteps || table == kUnfinished || table == kRestoreMark;
  });
  if (ours || tables.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the database has tables of another program: it was left as it is. Name a database of "
      "Perennial's own, or a new one");
}

absl::StatusOr<std::unique_ptr<Database>> OpenAfterUpgrade(const Options& options,
                                                           absl::FunctionRef<void()> on_wait) {
  const absl::Time give_up = absl::Now() + kMigratePatience;
  while (true) {
    absl::StatusOr<std::unique_ptr<Database>> database = Open(options);
    if (!IsBeingUpgraded(database.status()) || absl::Now() >= give_up) return database;
    on_wait();
    absl::SleepFor(kLookPeriod);
  }
}

absl::Status Migrate(Database& database, absl::Span<const Migration> migrations) {
  const Engine engine = database.engine();
  ASSIGN_OR_RETURN(const Dialect dialect, DialectOf(database));
  ASSIGN_OR_RETURN(const std::vector<Step> steps, StepsOf(migrations, dialect));
  ASSIGN_OR_RETURN(const std::vector<Record> records, ReadRecords(database));
  ASSIGN_OR_RETURN(const absl::Span<const Step> pending, PendingSteps(steps, records));
  if (records.empty()) RETURN_IF_ERROR(CheckOurs(database));
  const absl::Time deadline = absl::Now() + kMigratePatience;
  bool done = pending.empty();
  if (!done) RETURN_IF_ERROR(Begin(database, dialect, records.empty(), deadline));
  while (!done) {
    const absl::Status status =
        database.Write(deadline, [&](Connection& connection) -> absl::Status {
          ASSIGN_OR_RETURN(done, engine == Engine::kSqlite ? MigrateSqlite(connection, steps)
                                                           : MigrateMysql(connection, steps));
          return absl::OkStatus();
        });
    // The record of a step that another server did at the same time.
    if (!status.ok() && !absl::IsAlreadyExists(status)) return status;
  }
  ASSIGN_OR_RETURN(const bool unfinished, IsUnfinished(database));
  if (unfinished) RETURN_IF_ERROR(Finish(database, deadline));
  database.EndUpgrade();
  return absl::OkStatus();
}

absl::Status CheckSchema(Database& database, absl::Span<const Migration> migrations) {
  ASSIGN_OR_RETURN(const SchemaState state, Look(database, migrations));
  if (!state.complete) return IsOlder(state, migrations);
  database.EndUpgrade();
  return absl::OkStatus();
}

absl::Status AwaitSchema(Database& database, absl::Span<const Migration> migrations,
                         absl::FunctionRef<void()> on_wait) {
  const absl::Time give_up = absl::Now() + kMigratePatience;
  // Nobody else writes to a file that this server has opened.
  const int quiet_looks = database.engine() == Engine::kSqlite ? 0 : kQuietLooks;
  ASSIGN_OR_RETURN(SchemaState state, Look(database, migrations));
  for (int quiet = 0; !state.complete; ++quiet) {
    if (quiet >= quiet_looks || absl::Now() >= give_up) return IsOlder(state, migrations);
    on_wait();
    absl::SleepFor(kLookPeriod);
    const int64_t done = state.done;
    ASSIGN_OR_RETURN(state, Look(database, migrations));
    if (state.done != done || IsBeingChanged(database)) quiet = 0;
  }
  database.EndUpgrade();
  return absl::OkStatus();
}

absl::StatusOr<bool> IsUnfinished(Database& database) {
  bool unfinished = false;
  RETURN_IF_ERROR(
      database.Read(absl::Now() + kReadPatience, [&](Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(unfinished, HasTable(connection, database.engine(), kUnfinished));
        return absl::OkStatus();
      }));
  if (unfinished) return true;
  ASSIGN_OR_RETURN(const int version, SchemaVersion(database));
  return version == 0;
}

absl::StatusOr<int> SchemaVersion(Database& database) {
  ASSIGN_OR_RETURN(const std::vector<Record> records, ReadRecords(database));
  return static_cast<int>(VersionOf(records));
}

}  // namespace perennial::sql
