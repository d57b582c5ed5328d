#include "tests/plans/explaining_database.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"
#include "tests/plans/plan_rules.h"

namespace perennial {
namespace {

bool CanBeExplained(absl::string_view sql) {
  return absl::StartsWith(sql, "SELECT") || absl::StartsWith(sql, "UPDATE") ||
         absl::StartsWith(sql, "DELETE") || absl::StartsWith(sql, "WITH");
}

class ExplainingDatabase final : public DecoratedDatabase {
 public:
  ExplainingDatabase(std::unique_ptr<sql::Database> database, bool is_mariadb,
                     PlanFindings& findings)
      : DecoratedDatabase(std::move(database)), is_mariadb_(is_mariadb), findings_(findings) {}

 private:
  absl::Status Before(sql::Connection& connection, absl::string_view sql,
                      absl::Span<const sql::Bind> binds) override {
    if (!CanBeExplained(sql) || !findings_.Begin(sql)) return absl::OkStatus();
    QueryPlan plan;
    RETURN_IF_ERROR(engine() == sql::Engine::kSqlite ? ExplainSqlite(connection, sql, binds, plan)
                                                     : ExplainMysql(connection, sql, binds, plan));
    findings_.CountExplained();
    if (const std::optional<std::string> fault = FaultOf(sql, plan)) {
      findings_.Add(sql, absl::StrCat(*fault, "\n", plan.text));
    }
    return absl::OkStatus();
  }

  static absl::Status ExplainSqlite(sql::Connection& connection, absl::string_view sql,
                                    absl::Span<const sql::Bind> binds, QueryPlan& plan) {
    constexpr int kDetail = 3;
    return connection.Query(absl::StrCat("EXPLAIN QUERY PLAN ", sql), binds,
                            [&](const sql::Row& row) {
                              AddSqliteLine(row.Text(kDetail), plan);
                              return absl::OkStatus();
                            });
  }

  absl::Status ExplainMysql(sql::Connection& connection, absl::string_view sql,
                            absl::Span<const sql::Bind> binds, QueryPlan& plan) {
    const ExplainColumns columns = is_mariadb_ ? kMariadbExplain : kMysqlExplain;
    return connection.Query(ExplainOf(sql), binds, [&](const sql::Row& row) {
      const std::string table(row.Text(columns.table));
      const std::string type(row.Text(columns.type));
      AddMysqlRow(table, type, row.Text(columns.extra), plan);
      return absl::OkStatus();
    });
  }

  // How many rows have a value is taken from the figures of LookBig, not looked up.
  std::string ExplainOf(absl::string_view sql) const {
    if (!is_mariadb_) return absl::StrCat("EXPLAIN FORMAT=TRADITIONAL ", sql);
    return absl::StrCat("SET STATEMENT eq_range_index_dive_limit = 1 FOR EXPLAIN ", sql);
  }

  const bool is_mariadb_;
  PlanFindings& findings_;
};

// The optimizer of MariaDB takes these figures for true, so that a scan looks as dear as it will
// be. Where an index leads it looks up in the index itself.
absl::Status LookBig(sql::Connection& connection) {
  const std::string few = absl::StrJoin(ColumnsOfFewValues(), "', '");
  for (const std::string& statement :
       {std::string("REPLACE INTO mysql.table_stats SELECT table_schema, table_name, 1000000 "
                    "FROM information_schema.tables WHERE table_schema = DATABASE()"),
        absl::StrCat("REPLACE INTO mysql.index_stats SELECT table_schema, table_name, index_name, "
                     "seq_in_index, IF(seq_in_index = 1 AND column_name IN ('",
                     few,
                     "'), 200000, 5) FROM information_schema.statistics "
                     "WHERE table_schema = DATABASE()")}) {
    RETURN_IF_ERROR(connection.Execute(statement, {}).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> IsMariadb(sql::Database& database) {
  bool is_mariadb = false;
  RETURN_IF_ERROR(database.Read(absl::Now() + absl::Minutes(1), [&](sql::Connection& connection) {
    return connection.Query("SELECT VERSION()", {}, [&](const sql::Row& row) {
      is_mariadb = absl::StrContains(row.Text(0), "MariaDB");
      return absl::OkStatus();
    });
  }));
  return is_mariadb;
}

// Tables are read anew after this.
absl::Status Flush(sql::Connection& connection) {
  for (const std::string& table : GrowingTables()) {
    RETURN_IF_ERROR(connection.Execute("FLUSH TABLES " + table, {}).status());
  }
  return absl::OkStatus();
}

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "The tables cannot be made to look big: %s\n", status.ToString().c_str());
  std::abort();
}

bool Must(const absl::StatusOr<bool>& answer) {
  Must(answer.status());
  return *answer;
}

}  // namespace

bool PlanFindings::Begin(absl::string_view sql) {
  absl::MutexLock lock(&mutex_);
  return begun_.emplace(sql).second;
}

void PlanFindings::Add(absl::string_view sql, absl::string_view fault) {
  absl::MutexLock lock(&mutex_);
  faults_.emplace(sql, fault);
}

std::string PlanFindings::ToString() const {
  absl::MutexLock lock(&mutex_);
  std::string text;
  for (const auto& [sql, fault] : faults_) absl::StrAppend(&text, sql, "\n  ", fault);
  return text;
}

std::unique_ptr<sql::Database> Explaining(std::unique_ptr<sql::Database> database,
                                          PlanFindings& findings) {
  bool is_mariadb = false;
  if (database->engine() == sql::Engine::kMysql) is_mariadb = Must(IsMariadb(*database));
  if (is_mariadb) {
    for (const auto& step : {LookBig, Flush}) {
      Must(database->Write(absl::Now() + absl::Minutes(1), step));
    }
  }
  return std::make_unique<ExplainingDatabase>(std::move(database), is_mariadb, findings);
}

}  // namespace perennial
