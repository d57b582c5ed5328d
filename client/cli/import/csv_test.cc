#include "client/cli/import/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

CsvTable Parse(const std::string& content, char delimiter = '\0') {
  absl::StatusOr<CsvTable> table = CsvTable::Parse("t.csv", content, {delimiter, "", false});
  EXPECT_TRUE(table.ok()) << table.status();
  return *std::move(table);
}

std::string ErrorOf(const std::string& content) {
  const absl::StatusOr<CsvTable> table = CsvTable::Parse("t.csv", content, {});
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
  EXPECT_EQ(table.CheckRecord(table.records()[1]).message(),
            "the row has 3 values for 2 columns with a name");
  EXPECT_TRUE(table.CheckRecord(table.records()[2]).ok());
}

std::string ProblemOf(const CsvTable& table, size_t record) {
  return std::string(table.CheckRecord(table.records().at(record)).message());
}

TEST(CsvTest, BadQuotesAreWrongOfTheirRowAlone) {
  const CsvTable table = Parse("a,b\n1,\"2\"\"\"\n3,\"x\ny,z\n\"x\"y,2\n1,x\"y\"\n5,\"6\"\n");
  ASSERT_EQ(table.records().size(), 6u);
  EXPECT_THAT(table.records()[0].values, ElementsAre("1", "2\""));
  EXPECT_EQ(table.records()[1].line, 3);
  EXPECT_EQ(ProblemOf(table, 1), "text behind the closing quote of a value");
  EXPECT_THAT(table.records()[2].values, ElementsAre("y", "z"));
  EXPECT_EQ(ProblemOf(table, 3), "text behind the closing quote of a value");
  EXPECT_THAT(ProblemOf(table, 4), HasSubstr("a quote in a value"));
  EXPECT_EQ(table.records()[4].line, 6);
  EXPECT_THAT(table.records()[5].values, ElementsAre("5", "6"));
  EXPECT_TRUE(table.CheckRecord(table.records()[5]).ok());
}

TEST(CsvTest, AQuoteThatIsNeverClosedIsWrongOfItsLineAlone) {
  const CsvTable table = Parse("a,b\n1,\"x\n2,y\n");
  ASSERT_EQ(table.records().size(), 2u);
  EXPECT_EQ(ProblemOf(table, 0), "a quote that is never closed");
  EXPECT_THAT(table.records()[1].values, ElementsAre("2", "y"));
}

TEST(CsvTest, TheCellsOfBadQuotesAreToldAsFarAsTheyCanBe) {
  const CsvTable table = Parse(
      "a,b,c\n\"Acme, \"\"Inc\"\"\",5\" "
      "disk,x\nm,\"a\"b,y\nm,\"open,z\n\"two\r\nlines\",\"a\"b,\n");
  EXPECT_THAT(table.CellsOf(table.records()[0]), ElementsAre("Acme, \"Inc\"", "5\" disk", "x"));
  EXPECT_THAT(table.CellsOf(table.records()[1]), ElementsAre("m", "\"a\"b", "y"));
  EXPECT_THAT(table.CellsOf(table.records()[2]), ElementsAre("m", "\"open", "z"));
  EXPECT_THAT(table.CellsOf(table.records()[3]), ElementsAre("\"two"));
  ASSERT_EQ(table.records().size(), 5u);
  EXPECT_EQ(table.records()[4].line, 6);
  EXPECT_THAT(table.CellsOf(table.records()[4]), ElementsAre("lines\"", "\"a\"b", ""));
  const CsvTable other = Parse("a\nx\n");
  EXPECT_THAT(other.CellsOf(other.records()[0]), ElementsAre("x"));
}

TEST(CsvTest, PassesOverWhatSpreadsheetsAdd) {
  const CsvTable table = Parse("sep=;\r\nid;name;;\r\n1;A;;\r\n;;;\r\n2;B\r\n;\r\n");
  EXPECT_THAT(table.columns(), ElementsAre("id", "name"));
  ASSERT_EQ(table.records().size(), 2u);
  EXPECT_THAT(table.records()[0].values, ElementsAre("1", "A"));
  EXPECT_EQ(table.records()[0].line, 3);
  EXPECT_THAT(table.records()[1].values, ElementsAre("2", "B"));
  EXPECT_TRUE(table.CheckRecord(table.records()[1]).ok());
  for (const char declared : {';', ','}) {
    const CsvTable declared_table = Parse("sep=;\nid;name\n1;A\n", declared);
    EXPECT_THAT(declared_table.columns(), ElementsAre("id", "name")) << declared;
    EXPECT_THAT(declared_table.records()[0].values, ElementsAre("1", "A")) << declared;
  }
}

TEST(CsvTest, AColumnWithoutANameIsPassedOver) {
  const CsvTable table = Parse(",id\n0,a\n1,b\n");
  EXPECT_THAT(table.columns(), ElementsAre("", "id"));
  EXPECT_EQ(table.FindColumn("id"), 1);
  EXPECT_EQ(table.FindColumn(""), std::nullopt);
  EXPECT_EQ(table.ColumnList(), "id");
}

TEST(CsvTest, AValueBehindTheLastNamedColumnIsTold) {
  EXPECT_EQ(ProblemOf(Parse("id,name,\n1,A,x\n"), 0),
            "the row has 3 values for 2 columns with a name");
}

TEST(CsvTest, RowsMayEndEarlyOnWish) {
  const CsvTable table = *CsvTable::Parse("t.csv", "a,b,c\n1\n", {'\0', "", true});
  EXPECT_TRUE(table.CheckRecord(table.records()[0]).ok());
  EXPECT_THAT(table.records()[0].values, ElementsAre("1", "", ""));
}

TEST(CsvTest, CharactersThatAreNoneAreWrongOfTheirRowAlone) {
  const CsvTable table = Parse("a,b\nM\xfcller,1\nMeier,2\n");
  EXPECT_THAT(ProblemOf(table, 0), HasSubstr("column \"a\" is not in UTF-8"));
  EXPECT_TRUE(table.CheckRecord(table.records()[1]).ok());
  const CsvTable declared =
      *CsvTable::Parse("t.csv", "a,b\nM\xfcller,1\n", {'\0', "windows-1252", false});
  EXPECT_THAT(declared.records()[0].values, ElementsAre("Müller", "1"));
}

TEST(CsvTest, Utf16IsRead) {
  const CsvTable table =
      Parse(std::string("\xff\xfe"
                        "a\0,\0b\0\n\0"
                        "1\0,\0"
                        "2\0\n\0",
                        18));
  EXPECT_THAT(table.records().at(0).values, ElementsAre("1", "2"));
}

TEST(CsvTest, BadHeaders) {
  EXPECT_EQ(ErrorOf(""), "t.csv is empty: it has no header");
  EXPECT_EQ(ErrorOf(",\n"), "t.csv:1: no column has a name in the header");
  EXPECT_EQ(ErrorOf("a,b,a\n"), "t.csv:1: the column \"a\" stands twice in the header");
  EXPECT_EQ(ErrorOf("a,\"b\n"), "t.csv:1: the header has a quote that is never closed");
}

TEST(CsvTest, AHeaderShowsWhatCannotBeSeen) {
  EXPECT_EQ(Parse("a\xc2\xa0,\xe2\x80\x8b"
                  "b,c\n")
                .ColumnList(),
            "a<U+00A0>, <U+200B>b, c");
}

TEST(CsvTest, MissingFile) {
  EXPECT_TRUE(absl::IsNotFound(CsvTable::Read("/nonexistent", "t.csv", {}).status()));
}

}  // namespace
}  // namespace perennial::cli
