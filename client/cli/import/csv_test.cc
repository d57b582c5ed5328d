#include "client/cli/import/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

CsvTable Parse(const std::string& content, char delimiter = ',') {
  absl::StatusOr<CsvTable> table = CsvTable::Parse("t.csv", content, delimiter);
  EXPECT_TRUE(table.ok()) << table.status();
  return *std::move(table);
}

std::string ErrorOf(const std::string& content) {
  const absl::StatusOr<CsvTable> table = CsvTable::Parse("t.csv", content, ',');
  EXPECT_TRUE(absl::IsInvalidArgument(table.status())) << table.status();
  return std::string(table.status().message());
}

TEST(CsvTest, ReadsHeaderAndRecords) {
  const CsvTable table = Parse("a,b\n1,2\n3,\n");
  EXPECT_THAT(table.columns(), ElementsAre("a", "b"));
  ASSERT_EQ(table.records().size(), 2);
  EXPECT_THAT(table.records()[0].values, ElementsAre("1", "2"));
  EXPECT_THAT(table.records()[1].values, ElementsAre("3", ""));
  EXPECT_EQ(table.records()[1].line, 3);
  EXPECT_EQ(table.FindColumn("b"), 1);
  EXPECT_EQ(table.FindColumn("c"), std::nullopt);
}

TEST(CsvTest, QuotedValuesHoldAnything) {
  const CsvTable table = Parse("a,b\n\"x, \"\"y\"\"\",\"two\nlines\"\n\"\",z");
  EXPECT_THAT(table.records()[0].values, ElementsAre("x, \"y\"", "two\nlines"));
  EXPECT_THAT(table.records()[1].values, ElementsAre("", "z"));
  EXPECT_EQ(table.records()[1].line, 4);
}

TEST(CsvTest, LineEndsOfAllKindsAndAByteOrderMark) {
  const CsvTable table = Parse(
      "\xef\xbb\xbf"
      "a,b\r\n1,\"x\r\ny\"\r\n\r\n2,z\r3,w");
  EXPECT_THAT(table.columns(), ElementsAre("a", "b"));
  ASSERT_EQ(table.records().size(), 3);
  EXPECT_THAT(table.records()[0].values, ElementsAre("1", "x\ny"));
  EXPECT_THAT(table.records()[1].values, ElementsAre("2", "z"));
  EXPECT_EQ(table.records()[1].line, 5);
  EXPECT_THAT(table.records()[2].values, ElementsAre("3", "w"));
}

TEST(CsvTest, OtherDelimiters) {
  const CsvTable table = Parse("a;b\n1,5;\"2;3\"\n", ';');
  EXPECT_THAT(table.records()[0].values, ElementsAre("1,5", "2;3"));
}

TEST(CsvTest, ValuesStayWhereTheyAreWhenTheTableMoves) {
  CsvTable table = Parse("a\nx\n");
  const CsvTable moved = std::move(table);
  EXPECT_THAT(moved.records()[0].values, ElementsAre("x"));
}

TEST(CsvTest, HeaderAlone) { EXPECT_THAT(Parse("a,b").records(), IsEmpty()); }

TEST(CsvTest, RecordsOfAnotherLengthAreTold) {
  const CsvTable table = Parse("a,b\n1\n1,2,3\n1,2\n");
  EXPECT_EQ(table.CheckRecord(table.records()[0]).message(),
            "the row ends before the column \"b\"");
  EXPECT_EQ(table.CheckRecord(table.records()[1]).message(), "the row has 3 values for 2 columns");
  EXPECT_TRUE(table.CheckRecord(table.records()[2]).ok());
}

TEST(CsvTest, BadQuotesNameLineAndColumn) {
  EXPECT_EQ(ErrorOf("a,b\n1,2\n3,\"x\ny\n"), "t.csv:3: column \"b\": a quote that is never closed");
  EXPECT_EQ(ErrorOf("a,b\n\"x\"y,2\n"),
            "t.csv:2: column \"a\": text behind the closing quote of a value");
  EXPECT_THAT(ErrorOf("a,b\n1,x\"y\"\n"), HasSubstr("t.csv:2: column \"b\": a quote in a value"));
}

TEST(CsvTest, BadHeaders) {
  EXPECT_EQ(ErrorOf(""), "t.csv is empty: it has no header");
  EXPECT_EQ(ErrorOf("a,\n"), "t.csv:1: column 2 has no name in the header");
  EXPECT_EQ(ErrorOf("a,b,a\n"), "t.csv:1: the column \"a\" stands twice in the header");
  EXPECT_THAT(ErrorOf("\xff\xfe"
                      "a"),
              HasSubstr("UTF-16"));
}

TEST(CsvTest, MissingFile) {
  EXPECT_TRUE(absl::IsNotFound(CsvTable::Read("/nonexistent", "t.csv", ',').status()));
}

}  // namespace
}  // namespace perennial::cli
