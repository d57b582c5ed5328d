#include "tests/plans/plan_rules.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/api/resource_name.h"
#include "lib/storage/resource_table.h"
#include "lib/storage/selection.h"

namespace perennial {
namespace {

// What a company has few of, however many customers it has.
const absl::flat_hash_set<absl::string_view>& SmallTables() {
  static const auto& tables = *new absl::flat_hash_set<absl::string_view>{"products", "playbooks"};
  return tables;
}

struct Allowed {
  absl::string_view part;  // of the statement
  absl::string_view reason;
};

constexpr Allowed kAllowed[] = {
    {kAsAsked, "the caller's own filter or order"},
    {" 1 = 0", "an empty list of names: nothing is read"},
    {"SELECT MIN(revision)", "the first entry of an index"},
    {"WHERE revision > 0 AND revision > ?", "a page of the history: the bounds are one"},
    {"FROM feedback WHERE topic = ?", "what waits on one topic, which is counted as well"},
    {"AND term_end_date <= ? AND state IN (?, ?)", "what the renewal job has not come to: little"},
    {"SELECT stage, arr_currency, risk_level, renewal_date, COUNT(*)",
     "the board adds up every open renewal, and reads an index that has all it needs"},
    {"AS customer", "the demand report counts every customer"},
    {"SELECT COUNT(*) FROM (SELECT DISTINCT topic", "the demand report counts every topic"},
    {"WHERE renewal_date >= ? AND renewal_date <= ?",
     "the reach report reads the renewals of a period account by account"},
};

bool IsAllowed(absl::string_view sql) {
  return std::any_of(std::begin(kAllowed), std::end(kAllowed),
                     [&](const Allowed& allowed) { return absl::StrContains(sql, allowed.part); });
}

bool Grows(absl::string_view table) {
  const std::vector<std::string>& tables = GrowingTables();
  return std::find(tables.begin(), tables.end(), table) != tables.end();
}

// "(account=? AND touch_time>?)": whether that leads to some rows, rather than to all from one on.
bool Narrows(const std::vector<absl::string_view>& terms) {
  std::string lower_bound;
  for (const absl::string_view term : terms) {
    const size_t end = term.find_first_of("=<>");
    if (end == absl::string_view::npos) continue;
    const std::string column(term.substr(0, end));
    if (term[end] == '=' && !ColumnsOfFewValues().contains(column)) return true;
    if (term[end] == '>') lower_bound = column;
    if (term[end] == '<' && column == lower_bound) return true;
  }
  return false;
}

// Those of the statement's own WHERE, not of what stands in brackets.
int CountConditions(absl::string_view sql) {
  const size_t where = sql.find(" WHERE ");
  if (where == absl::string_view::npos) return 0;
  absl::string_view rest = sql.substr(where);
  for (const absl::string_view end : {" ORDER BY ", " LIMIT ", " GROUP BY "}) {
    rest = rest.substr(0, rest.find(end));
  }
  int conditions = 1;
  int depth = 0;
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '(') ++depth;
    if (rest[i] == ')') --depth;
    if (depth == 0 && absl::StartsWith(rest.substr(i), " AND ")) ++conditions;
  }
  return conditions;
}

// It is about resources that it names, or about what some accounts or opportunities have.
bool IsAboutFew(absl::string_view sql) {
  for (const absl::string_view condition :
       {" account = ?", " account IN (", " name = ?", " name IN (", " name >= ? AND name < ?",
        " opportunity = ?", " opportunity IN (", " resource_name = ?", " resource_name IN ("}) {
    if (absl::StrContains(sql, condition)) return true;
  }
  return false;
}

bool HasBound(absl::string_view sql) { return absl::StrContains(sql, " LIMIT "); }

}  // namespace

const std::vector<std::string>& GrowingTables() {
  static const auto& tables = *[] {
    auto* all = new std::vector<std::string>{"changes", "requests"};
    for (const google::protobuf::Descriptor* resource : AllResources()) {
      const std::string& table = ResourceTable::Of(*resource).table();
      if (!SmallTables().contains(table)) all->push_back(table);
    }
    return all;
  }();
  return tables;
}

const absl::flat_hash_set<std::string>& ColumnsOfFewValues() {
  static const auto& columns = *[] {
    auto* all = new absl::flat_hash_set<std::string>;
    for (const google::protobuf::Descriptor* resource : AllResources()) {
      for (const Field& field : FieldTable::Of(*resource).fields()) {
        if (field.kind == FieldKind::kEnum || field.kind == FieldKind::kBool) {
          all->insert(field.columns.front());
        }
      }
    }
    return all;
  }();
  return columns;
}

void AddSqliteLine(absl::string_view detail, QueryPlan& plan) {
  absl::StrAppend(&plan.text, "    ", detail, "\n");
  if (absl::StartsWith(detail, "USE TEMP B-TREE")) plan.sorts = true;
  const bool search = absl::ConsumePrefix(&detail, "SEARCH ");
  if (!search && !absl::ConsumePrefix(&detail, "SCAN ")) return;
  TableAccess access;
  access.table = std::string(detail.substr(0, detail.find(' ')));
  const size_t begin = detail.find('(');
  if (!search || absl::StrContains(detail, "AUTOMATIC")) {
    access.way = TableAccess::Way::kScan;
  } else if (begin != absl::string_view::npos) {  // else the least or the greatest is looked up
    const absl::string_view inside = detail.substr(begin + 1, detail.rfind(')') - begin - 1);
    const std::vector<absl::string_view> terms = absl::StrSplit(inside, " AND ");
    access.conditions = static_cast<int>(terms.size());
    if (!Narrows(terms)) access.way = TableAccess::Way::kWalk;
  }
  plan.accesses.push_back(std::move(access));
}

void AddMysqlRow(absl::string_view table, absl::string_view type, absl::string_view extra,
                 QueryPlan& plan) {
  absl::StrAppend(&plan.text, "    ", table, " ", type, " ", extra, "\n");
  if (absl::StrContains(extra, "filesort") || absl::StrContains(extra, "Using temporary")) {
    plan.sorts = true;
  }
  if (table.empty() || type.empty()) return;
  const bool scan = type == "ALL" || type == "index";
  plan.accesses.push_back(
      {std::string(table), scan ? TableAccess::Way::kScan : TableAccess::Way::kSearch});
}

std::optional<std::string> FaultOf(absl::string_view sql, const QueryPlan& plan) {
  if (IsAllowed(sql)) return std::nullopt;
  bool reads_growing = false;
  for (const TableAccess& access : plan.accesses) {
    if (!Grows(access.table)) continue;
    reads_growing = true;
    if (access.way == TableAccess::Way::kSearch) continue;
    if (HasBound(sql) && !plan.sorts && CountConditions(sql) <= access.conditions) continue;
    return absl::StrCat(access.way == TableAccess::Way::kScan ? "scans " : "walks through ",
                        access.table);
  }
  if (plan.sorts && reads_growing && !IsAboutFew(sql)) return "sorts";
  return std::nullopt;
}

}  // namespace perennial
