#ifndef PERENNIAL_TESTS_PLANS_PLAN_RULES_H_
#define PERENNIAL_TESTS_PLANS_PLAN_RULES_H_

// What a query's plan may be. A statement reads of a table that grows no more than what it answers
// or is about: it finds rows by an index, and reads them in its order. EXPLAIN tells how a table is
// read, but not how many rows that will be, so these rules stand in for it:
//
//   scan    every row of a table, or of an index, may be read: refused, but for the first rows that
//           a LIMIT asks for, without a condition, in the order of an index.
//   walk    rows are read from one on, or all of one state: as a scan, but conditions that the
//   index
//           answers are allowed.
//   sort    refused, but for what belongs to given names, accounts or opportunities: those are few.
//
// What a caller's own filter or order asks for may do as it likes. The rest that is meant stands in
// a list, each with its reason.

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace perennial {

// How one statement reads one table.
struct TableAccess {
  std::string table;
  enum class Way { kSearch, kWalk, kScan };
  Way way = Way::kSearch;
  // Of a walk: how many conditions of the statement its index answers.
  int conditions = 0;
};

struct QueryPlan {
  std::vector<TableAccess> accesses;
  bool sorts = false;
  std::string text;
};

// A line of SQLite's EXPLAIN QUERY PLAN, added to what the lines before it said.
void AddSqliteLine(absl::string_view detail, QueryPlan& plan);
// In which columns an EXPLAIN of MySQL's kind has what AddMysqlRow wants: MySQL has two more than
// MariaDB.
struct ExplainColumns {
  int table, type, extra;
};
inline constexpr ExplainColumns kMariadbExplain = {2, 3, 9};
inline constexpr ExplainColumns kMysqlExplain = {2, 4, 11};

// A row of MySQL's EXPLAIN: its columns `table`, `type` and `Extra`.
void AddMysqlRow(absl::string_view table, absl::string_view type, absl::string_view extra,
                 QueryPlan& plan);

// What is wrong with the plan of the statement; nothing where it is as it should be.
std::optional<std::string> FaultOf(absl::string_view sql, const QueryPlan& plan);

// The tables that grow with what is recorded.
const std::vector<std::string>& GrowingTables();
// The columns that have one of few values: an index finds a share of the table by them.
const absl::flat_hash_set<std::string>& ColumnsOfFewValues();

}  // namespace perennial

#endif  // PERENNIAL_TESTS_PLANS_PLAN_RULES_H_
