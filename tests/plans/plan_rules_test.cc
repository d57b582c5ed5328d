#include "tests/plans/plan_rules.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace perennial {
namespace {

std::string Judge(absl::string_view sql, const std::vector<std::string>& lines) {
  QueryPlan plan;
  for (const std::string& line : lines) AddSqliteLine(line, plan);
  return FaultOf(sql, plan).value_or("");
}

TEST(PlanRulesTest, ASearchReadsWhatItIsAbout) {
  EXPECT_EQ(Judge("SELECT 1 FROM tasks WHERE opportunity = ?",
                  {"SEARCH tasks USING INDEX tasks_by_opportunity (opportunity=?)"}),
            "");
  EXPECT_EQ(Judge("SELECT 1 FROM tasks WHERE name >= ? AND name < ? AND state = ?",
                  {"SEARCH tasks USING INDEX x (name>? AND name<?)"}),
            "");
}

TEST(PlanRulesTest, AScanIsRefused) {
  EXPECT_EQ(Judge("SELECT 1 FROM offers WHERE account = ? LIMIT 1", {"SCAN offers"}),
            "scans offers");
  EXPECT_EQ(Judge("SELECT SUM(delta_micros) FROM arr_movements",
                  {"SCAN arr_movements USING COVERING INDEX x"}),
            "scans arr_movements");
  EXPECT_EQ(Judge("SELECT 1 FROM offers JOIN contacts",
                  {"SEARCH offers USING AUTOMATIC COVERING INDEX (account=?)"}),
            "scans offers");
  EXPECT_EQ(Judge("SELECT data FROM products ORDER BY name", {"SCAN products"}), "");
}

TEST(PlanRulesTest, TheFirstRowsInTheOrderOfAnIndexAreNoScan) {
  EXPECT_EQ(Judge("SELECT data FROM accounts ORDER BY name LIMIT 51",
                  {"SCAN accounts USING INDEX sqlite_autoindex_accounts_1"}),
            "");
  EXPECT_EQ(Judge("SELECT data FROM accounts WHERE note = ? ORDER BY name LIMIT 51",
                  {"SCAN accounts USING INDEX sqlite_autoindex_accounts_1"}),
            "scans accounts");
}

TEST(PlanRulesTest, AStateIsAShareOfTheTable) {
  const std::vector<std::string> by_outcome = {
      "SEARCH opportunities USING INDEX x (outcome=? AND name>?)"};
  EXPECT_EQ(Judge("SELECT data FROM opportunities WHERE name > ? AND outcome = ? ORDER BY name "
                  "LIMIT 200",
                  by_outcome),
            "");
  EXPECT_EQ(Judge("SELECT data FROM opportunities WHERE name > ? AND outcome = ?", by_outcome),
            "walks through opportunities");
  EXPECT_EQ(Judge("SELECT data FROM opportunities WHERE name > ? AND outcome = ? AND note = ? "
                  "ORDER BY name LIMIT 200",
                  by_outcome),
            "walks through opportunities");
}

TEST(PlanRulesTest, OnlyFewRowsAreSorted) {
  const std::vector<std::string> sorted = {"SEARCH touches USING INDEX x (account=?)",
                                           "USE TEMP B-TREE FOR ORDER BY"};
  EXPECT_EQ(Judge("SELECT data FROM touches WHERE account = ? ORDER BY note", sorted), "");
  EXPECT_EQ(Judge("SELECT data FROM touches WHERE owner = ? ORDER BY note", sorted), "sorts");
}

TEST(PlanRulesTest, WhatACallerAskedForMayDoAsItLikes) {
  EXPECT_EQ(Judge("SELECT data FROM offers /* as asked */ WHERE (note = ?)",
                  {"SCAN offers", "USE TEMP B-TREE FOR ORDER BY"}),
            "");
}

TEST(PlanRulesTest, MysqlSaysItInItsOwnWords) {
  QueryPlan scan, sort, search;
  AddMysqlRow("offers", "ALL", "Using where", scan);
  AddMysqlRow("offers", "ref", "Using where; Using filesort", sort);
  AddMysqlRow("offers", "range", "Using index condition", search);
  EXPECT_EQ(FaultOf("SELECT 1 FROM offers WHERE state = ?", scan), "scans offers");
  EXPECT_EQ(FaultOf("SELECT 1 FROM offers WHERE state = ?", sort), "sorts");
  EXPECT_EQ(FaultOf("SELECT 1 FROM offers WHERE state = ?", search), std::nullopt);
}

// What a server has answered, with its columns as they came.
QueryPlan PlanOf(const ExplainColumns& columns, const std::vector<std::vector<std::string>>& rows) {
  QueryPlan plan;
  for (const std::vector<std::string>& row : rows) {
    AddMysqlRow(row[columns.table], row[columns.type], row[columns.extra], plan);
  }
  return plan;
}

TEST(PlanRulesTest, MariadbAndMysqlHaveItInOtherColumns) {
  constexpr char kSql[] = "SELECT data FROM touches WHERE state = ? ORDER BY note";
  // id, select_type, table, type, possible_keys, key, key_len, ref, rows, Extra
  const QueryPlan mariadb = PlanOf(
      kMariadbExplain, {{"1", "SIMPLE", "touches", "ref", "touches_by_state", "touches_by_state",
                         "130", "const", "200000", "Using index condition; Using filesort"}});
  // id, select_type, table, partitions, type, possible_keys, key, key_len, ref, rows, filtered,
  // Extra
  const QueryPlan mysql = PlanOf(
      kMysqlExplain, {{"1", "SIMPLE", "touches", "", "ref", "touches_by_state", "touches_by_state",
                       "130", "const", "1", "100.00", "Using index condition; Using filesort"}});
  EXPECT_EQ(mariadb.text, mysql.text);
  EXPECT_EQ(FaultOf(kSql, mariadb), "sorts");
  EXPECT_EQ(FaultOf(kSql, mysql), "sorts");

  const QueryPlan scan =
      PlanOf(kMysqlExplain,
             {{"1", "SIMPLE", "touches", "", "ALL", "", "", "", "", "1", "100.00", "Using where"}});
  EXPECT_EQ(FaultOf(kSql, scan), "scans touches");
  // Nothing is read of what cannot be there.
  const QueryPlan nothing = PlanOf(kMysqlExplain, {{"1", "SIMPLE", "", "", "", "", "", "", "", "",
                                                    "", "no matching row in const table"}});
  EXPECT_EQ(FaultOf(kSql, nothing), std::nullopt);
}

}  // namespace
}  // namespace perennial
