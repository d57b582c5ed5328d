#include "client/cli/import/text_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::cli {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Pair;

class TextTemplateTest : public testing::Test {
 protected:
  TextTemplateTest() {
    scope_.AddLookup("other", other_);
    context_.today = absl::CivilDay(2025, 1, 31);
    internal::ValueMap& map = context_.value_maps["sizes"];
    map.set_name("sizes");
    (*map.mutable_values())["S"] = "small";
  }

  std::string Evaluate(const std::string& text) {
    const absl::StatusOr<TextTemplate> parsed = TextTemplate::Parse(text, scope_, context_);
    if (!parsed.ok()) return "parse: " + std::string(parsed.status().message());
    const absl::StatusOr<std::string> value =
        parsed->Evaluate({&file_.records()[0], &other_.records()[0]});
    return value.ok() ? *value : "error: " + std::string(value.status().message());
  }

  // Table and index of each column.
  std::vector<std::pair<size_t, size_t>> ColumnsOf(const std::string& text) {
    std::vector<std::pair<size_t, size_t>> columns;
    for (const ColumnScope::Column& column :
         TextTemplate::Parse(text, scope_, context_)->Columns()) {
      columns.emplace_back(column.table, column.index);
    }
    return columns;
  }

  // `text` with {a} being `value`.
  std::string EvaluateWith(const std::string& value, const std::string& text) {
    const CsvTable table = *CsvTable::Parse("f.csv", "a\n\"" + value + "\"\n", {});
    const ColumnScope scope(table);
    const absl::StatusOr<std::string> result =
        TextTemplate::Parse(text, scope, context_)->Evaluate({&table.records()[0]});
    return result.ok() ? *result : "error: " + std::string(result.status().message());
  }

  CsvTable file_ = *CsvTable::Parse("f.csv", "a,Full Name,empty,x.y\n1,ACME Inc.,,dot\n", {});
  CsvTable other_ = *CsvTable::Parse("o.csv", "b\n2\n", {});
  ColumnScope scope_{file_};
  FunctionContext context_;
};

TEST_F(TextTemplateTest, ColumnsStandInBraces) {
  EXPECT_EQ(Evaluate("accounts/{a}/{other.b}"), "accounts/1/2");
  EXPECT_EQ(Evaluate("{Full Name} {x.y}"), "ACME Inc. dot");
  EXPECT_EQ(Evaluate("{{{a}}}"), "{1}");
  EXPECT_EQ(Evaluate(""), "");
}

TEST_F(TextTemplateTest, LookupsThatFoundNothingAreEmpty) {
  const auto text = TextTemplate::Parse("<{other.b|or:-}>", scope_, context_);
  EXPECT_EQ(*text->Evaluate({&file_.records()[0], nullptr}), "<->");
}

TEST_F(TextTemplateTest, FunctionsFollowOneAnother) {
  EXPECT_EQ(Evaluate("{Full Name|lower|id}"), "acme-inc");
  EXPECT_EQ(Evaluate("{Full Name|upper|replace:INC.:Ltd}"), "ACME Ltd");
  EXPECT_EQ(Evaluate("{empty|or:none}"), "none");
}

TEST_F(TextTemplateTest, Ids) {
  EXPECT_EQ(EvaluateWith("--A_b  C--", "{a|id}"), "a-b-c");
  EXPECT_EQ(EvaluateWith(std::string(80, 'x'), "{a|id}"), std::string(63, 'x'));
  EXPECT_EQ(EvaluateWith("!?", "{a|id}"),
            "error: column \"a\": \"!?\" has nothing to make an id of");
}

TEST_F(TextTemplateTest, Dates) {
  EXPECT_EQ(EvaluateWith("03.02.2025", "{a|date:%d.%m.%Y}"), "2025-02-03");
  EXPECT_EQ(EvaluateWith("2024-07-09 3:00", "{a|time:%Y-%m-%d %H:%M}"), "2024-07-09T03:00:00Z");
  EXPECT_EQ(EvaluateWith("2024-07-09 03:00 +0200", "{a|time:%Y-%m-%d %H:%M %z}"),
            "2024-07-09T01:00:00Z");
  EXPECT_EQ(EvaluateWith("", "{a|date:%d.%m.%Y}"), "");
  EXPECT_THAT(EvaluateWith("3/2/25", "{a|date:%d.%m.%Y}"),
              EndsWith("\"3/2/25\" does not have the form %d.%m.%Y"));
  EXPECT_THAT(EvaluateWith("03.02.2025 12:00", "{a|date:%d.%m.%Y}"),
              EndsWith("\"03.02.2025 12:00\" does not have the form %d.%m.%Y"));
  EXPECT_THAT(EvaluateWith("31.02.2025", "{a|date:%d.%m.%Y}"),
              EndsWith("\"31.02.2025\" is of no day or time in the form %d.%m.%Y"));
  EXPECT_EQ(EvaluateWith("-31", "{a|days_from_today}"), "2024-12-31");
  EXPECT_EQ(EvaluateWith("1", "{a|days_from_today}T09:30:00Z"), "2025-02-01T09:30:00Z");
  EXPECT_THAT(EvaluateWith("soon", "{a|days_from_today}"), HasSubstr("is not a number of days"));
}

TEST_F(TextTemplateTest, DaysAreReckonedWith) {
  EXPECT_EQ(EvaluateWith("2024-01-31", "{a|plus_months:1}"), "2024-02-29");
  EXPECT_EQ(EvaluateWith("2024-03-01", "{a|plus_days:-1}"), "2024-02-29");
  EXPECT_EQ(EvaluateWith("-1", "{a|days_from:2025-01-01}"), "2024-12-31");
  EXPECT_EQ(EvaluateWith("45292", "{a|excel_day}"), "2024-01-01");
  EXPECT_EQ(EvaluateWith("45292.75", "{a|excel_day}"), "2024-01-01");
  EXPECT_EQ(EvaluateWith("61", "{a|excel_day}"), "1900-03-01");
  EXPECT_EQ(EvaluateWith("", "{a|excel_day}"), "");
  EXPECT_THAT(EvaluateWith("2024-01-01", "{a|excel_day}"), HasSubstr("is not a day's number"));
  EXPECT_THAT(EvaluateWith("9999-12-31", "{a|plus_days:1}"), HasSubstr("out of the calendar"));
  EXPECT_THAT(EvaluateWith("soon", "{a|plus_days:1}"), HasSubstr("is not a day"));
}

TEST_F(TextTemplateTest, Numbers) {
  EXPECT_EQ(EvaluateWith("10", "{a|times:12}"), "120");
  EXPECT_EQ(EvaluateWith("-10.05", "{a|times:12}"), "-120.6");
  EXPECT_EQ(EvaluateWith("1000", "{a|times:0.85}"), "850");
  EXPECT_EQ(EvaluateWith("0.000001", "{a|times:-0.5}"), "-0.000001");
  EXPECT_EQ(EvaluateWith("", "{a|times:12}"), "");
  EXPECT_THAT(EvaluateWith("ten", "{a|times:12}"), HasSubstr("is not a number"));
  EXPECT_THAT(EvaluateWith("1000000000000", "{a|times:12}"), HasSubstr("too large"));
}

TEST_F(TextTemplateTest, NumbersAsPeopleWriteThem) {
  EXPECT_EQ(EvaluateWith("1.234.567,50", "{a|decimal_comma}"), "1234567.50");
  EXPECT_EQ(EvaluateWith("-12,5", "{a|decimal_comma}"), "-12.5");
  EXPECT_EQ(EvaluateWith("1,234.50", "{a|decimal_point}"), "1234.50");
  EXPECT_EQ(EvaluateWith("1234", "{a|decimal_point}"), "1234");
  for (const char* text : {"1.5", "1.2345,0", "1,2,3", ",5", "5,", "1.23.456", "x"}) {
    EXPECT_THAT(EvaluateWith(text, "{a|decimal_comma}"), HasSubstr("is not a number such as"))
        << text;
  }
}

TEST_F(TextTemplateTest, Countries) {
  for (const char* text : {"Germany", "deutschland", "DE", "deu", " Germany "}) {
    EXPECT_EQ(EvaluateWith(text, "{a|country}"), "DE") << text;
  }
  EXPECT_EQ(EvaluateWith("Korea, Republic of", "{a|country}"), "KR");
  EXPECT_EQ(EvaluateWith("", "{a|country}"), "");
  EXPECT_THAT(EvaluateWith("Atlantis", "{a|country}"), HasSubstr("is not a country"));
}

TEST_F(TextTemplateTest, OtherColumns) {
  EXPECT_EQ(Evaluate("{empty|or_column:a}"), "1");
  EXPECT_EQ(Evaluate("{empty|or_column:empty|or_column:other.b}"), "2");
  EXPECT_EQ(Evaluate("{a|plus_column:other.b}"), "3");
  EXPECT_EQ(Evaluate("{a|minus_column:other.b}"), "-1");
  EXPECT_EQ(Evaluate("{other.b|times_column:other.b|times:0.5}"), "2");
  EXPECT_EQ(Evaluate("{a|plus_column:empty}"), "1");
  EXPECT_EQ(Evaluate("{empty|plus_column:empty}"), "");
  EXPECT_EQ(Evaluate("{a|times_column:empty}{empty|times_column:a}"), "") << "nobody knows";
  EXPECT_THAT(Evaluate("{a|plus_column:x.y}"), HasSubstr("is not a number"));
  EXPECT_THAT(Evaluate("{a|plus_column:z}"), HasSubstr("there is no column \"z\""));
  EXPECT_THAT(ColumnsOf("{a|or_column:empty}"), ElementsAre(Pair(0, 0), Pair(0, 2)));
}

TEST(DescribeFunctionsTest, NamesEachOne) {
  const std::string text = DescribeFunctions();
  for (const char* name : {"lower", "or:TEXT", "excel_day", "plus_months:N", "or_column:COLUMN"}) {
    EXPECT_THAT(text, HasSubstr(name));
  }
}

TEST_F(TextTemplateTest, ValueMaps) {
  internal::ValueMap& map = context_.value_maps["sizes"];
  EXPECT_EQ(EvaluateWith("S", "{a|map:sizes}"), "small");
  EXPECT_EQ(EvaluateWith("", "{a|map:sizes}"), "");
  EXPECT_EQ(EvaluateWith("M", "{a|map:sizes}"),
            "error: column \"a\": \"M\" is not in the value map sizes");
  map.set_otherwise("other");
  EXPECT_EQ(EvaluateWith("M", "{a|map:sizes}"), "other");
  map.set_keep_others(true);
  EXPECT_EQ(EvaluateWith("M", "{a|map:sizes}"), "M");
}

TEST_F(TextTemplateTest, WhatIsWrongWithATextIsTold) {
  EXPECT_EQ(Evaluate("{b}"),
            "parse: there is no column \"b\"; there are a, Full Name, empty, x.y, other.b");
  EXPECT_THAT(Evaluate("{a"), HasSubstr("a brace is not closed"));
  EXPECT_THAT(Evaluate("a}"), HasSubstr("a brace is not closed, or not opened"));
  EXPECT_THAT(Evaluate("{a|shout}"), HasSubstr("there is no function shout; there are lower"));
  EXPECT_THAT(Evaluate("{a|lower:x}"), HasSubstr("there is no function lower with an argument"));
  EXPECT_THAT(Evaluate("{a|map:colors}"), HasSubstr("needs the name of a value map"));
  EXPECT_THAT(Evaluate("{a|date}"), HasSubstr("needs a format"));
  EXPECT_THAT(Evaluate("{a|times:x}"), HasSubstr("needs a number"));
}

TEST_F(TextTemplateTest, KnowsItsColumns) {
  EXPECT_THAT(ColumnsOf("{a}{other.b}{empty|id}"), ElementsAre(Pair(0, 0), Pair(1, 0), Pair(0, 2)));
}

}  // namespace
}  // namespace perennial::cli
