#include "client/cli/sheet_cell.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Readings(const char* field, absl::string_view cell,
                                  absl::string_view currency = "USD") {
  return CellReadings(*v1::Opportunity::descriptor()->FindFieldByName(field), cell, currency);
}

TEST(SheetCellTest, ReadsAmountsOfAnyLanguage) {
  for (const char* cell :
       {"1250", "1250.00", "1,250.00", "1.250,00", "1250,00", "1 250", "1\u00a0250,00",
        "1\u202f250", "1'250.00", "USD 1250", "usd1,250.00", "1250 USD", " +1250 "}) {
    EXPECT_THAT(Readings("forecast_arr", cell), ElementsAre("USD 1250.00")) << cell;
  }
  EXPECT_THAT(Readings("forecast_arr", "1,234,567"), ElementsAre("USD 1234567.00"));
  EXPECT_THAT(Readings("forecast_arr", "1.234.567,8"), ElementsAre("USD 1234567.80"));
  EXPECT_THAT(Readings("forecast_arr", "-0.500"), ElementsAre("USD -0.50"));
  EXPECT_THAT(Readings("forecast_arr", "EUR 7"), ElementsAre("EUR 7.00"));
  // Of a currency without decimals it can only be one.
  EXPECT_THAT(Readings("forecast_arr", "1,250", "JPY"), ElementsAre("JPY 1250"));
  EXPECT_THAT(Readings("forecast_arr", ""), ElementsAre(""));
}

TEST(SheetCellTest, KnowsWhatMayBeEither) {
  EXPECT_THAT(Readings("forecast_arr", "1,250"), ElementsAre("USD 1250.00", "USD 1.25"));
  EXPECT_THAT(Readings("forecast_arr", "1.250"), ElementsAre("USD 1250.00", "USD 1.25"));
  EXPECT_THAT(Readings("next_step_date", "3/4/2025"), ElementsAre("2025-03-04", "2025-04-03"));
  const auto read =
      ReadCell(*v1::Opportunity::descriptor()->FindFieldByName("next_step_date"), "3/4/2025", "");
  EXPECT_EQ(read.status().message(),
            "\"3/4/2025\" may be 2025-03-04 or 2025-04-03: write it as one of these");
}

TEST(SheetCellTest, RefusesWhatIsNoNumber) {
  for (const char* cell : {"1,25,000", "12,34.5.6", "1.2.3", "abc", "12e3", ",5", "--1", "$5"}) {
    EXPECT_THAT(Readings("forecast_arr", cell), IsEmpty()) << cell;
  }
  EXPECT_THAT(Readings("forecast_arr", "5", ""), IsEmpty()) << "of which currency?";
  const auto read =
      ReadCell(*v1::Opportunity::descriptor()->FindFieldByName("forecast_arr"), "5", "");
  EXPECT_THAT(std::string(read.status().message()), HasSubstr("such as \"USD 1200.50\""));
}

TEST(SheetCellTest, ReadsWholeNumbers) {
  for (const char* cell : {"42", "42.00", "42,0"}) {
    EXPECT_THAT(Readings("probability_percent", cell), ElementsAre("42")) << cell;
  }
  EXPECT_THAT(Readings("probability_percent", "1,250"), ElementsAre("1250"));
  EXPECT_THAT(Readings("probability_percent", "1.5"), IsEmpty());
}

TEST(SheetCellTest, ReadsDaysOfAnyLanguage) {
  for (const char* cell : {"2025-03-31", "31.03.2025", "31.3.2025", "2025/03/31", "3/31/2025",
                           "31/03/2025", "2025-03-31 00:00:00", "2025-03-31T00:00:00Z"}) {
    EXPECT_THAT(Readings("next_step_date", cell), ElementsAre("2025-03-31")) << cell;
  }
  for (const char* cell : {"31.02.2025", "31.03.25", "2025-03-31 12:00", "45747"}) {
    EXPECT_THAT(Readings("next_step_date", cell), IsEmpty()) << cell;
  }
  for (const char* cell : {"2025-03-31T12:00:00Z", "2025-03-31 12:00", "31.03.2025 12:00:00"}) {
    EXPECT_THAT(Readings("open_time", cell), ElementsAre("2025-03-31T12:00:00Z")) << cell;
  }
}

TEST(SheetCellTest, ReadsTextWithoutWhatKeepsItFromBeingRun) {
  EXPECT_THAT(Readings("next_step", "'=1+1"), ElementsAre("=1+1"));
  EXPECT_THAT(Readings("next_step", "'tis"), ElementsAre("'tis"));
  EXPECT_THAT(Readings("owner_risk_level", "high"), ElementsAre("HIGH"));
  EXPECT_THAT(Readings("labels", "b=2,a=1"), ElementsAre("a=1,b=2"));
}

TEST(SheetCellTest, KnowsWhatSpreadsheetsMakeOfTexts) {
  EXPECT_TRUE(MayBeReformatted("00123", "123"));
  EXPECT_TRUE(MayBeReformatted("12345678901234567890", "1.23457E+19"));
  EXPECT_TRUE(MayBeReformatted("1.50", "1.5"));
  EXPECT_TRUE(MayBeReformatted("true", "TRUE"));
  EXPECT_TRUE(MayBeReformatted("2025-03-01", "01.03.2025"));
  EXPECT_TRUE(MayBeReformatted("3/1/2025", "2025-03-01"));
  EXPECT_FALSE(MayBeReformatted("123", "124"));
  EXPECT_FALSE(MayBeReformatted("Call", "call"));
  EXPECT_FALSE(MayBeReformatted("", "0"));
  EXPECT_FALSE(MayBeReformatted("2025-03-01", "2025-03-02"));
}

}  // namespace
}  // namespace perennial::cli
