#include "perennial/client/text.h"

#include <gtest/gtest.h>

#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::client {
namespace {

v1::Money Money(const char* code, int64_t micros) {
  v1::Money money;
  money.set_currency_code(code);
  money.set_micros(micros);
  return money;
}

TEST(TextTest, FormatsMoneyForPeople) {
  EXPECT_EQ(FormatMoney(Money("USD", 50'000'000'000)), "USD 50,000.00");
  EXPECT_EQ(FormatMoney(Money("USD", -3'000'000)), "USD -3.00");
  EXPECT_EQ(FormatMoney(Money("JPY", 1'200'000'000)), "JPY 1,200");
  EXPECT_EQ(FormatMoney(Money("EUR", 999'000'001)), "EUR 999.000001");
  EXPECT_EQ(FormatMoney(Money("USD", 1'000'000'000'000'000'000)), "USD 1,000,000,000,000.00");
}

TEST(TextTest, ParsesMoney) {
  const std::pair<const char*, v1::Money> texts[] = {
      {"EUR 1,250.50", Money("EUR", 1'250'500'000)}, {"1250.5 eur", Money("EUR", 1'250'500'000)},
      {"-USD 3", Money("USD", -3'000'000)},          {"USD -3", Money("USD", -3'000'000)},
      {" usd12 ", Money("USD", 12'000'000)},         {"USD 0.000001", Money("USD", 1)},
  };
  for (const auto& [text, money] : texts) {
    const auto parsed = ParseMoney(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->ShortDebugString(), money.ShortDebugString()) << text;
  }
  for (const char* bad :
       {"", "USD", "12", "USD 1,25", "USD 0,125", "USD 1,2500", "EUR 1.250,50", "USD --3",
        "-USD -3", "USD 1.0000001", "USD 9223372036854.775808", "USD 1.", "USD .5", "USD 1 000"}) {
    EXPECT_EQ(ParseMoney(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(TextTest, WhatIsFormattedIsParsedBack) {
  for (const int64_t micros : {int64_t{0}, int64_t{1}, int64_t{-1'234'567'890'123},
                               int64_t{999'999'990'000}, int64_t{1'000'000'000'000'000'000}}) {
    for (const char* code : {"USD", "JPY", "KWD"}) {
      const auto parsed = ParseMoney(FormatMoney(Money(code, micros)));
      ASSERT_TRUE(parsed.ok()) << parsed.status();
      EXPECT_EQ(parsed->micros(), micros);
    }
  }
}

TEST(TextTest, TakesNamesApart) {
  const auto ids = ParseName("accounts/acme/opportunities/2025");
  ASSERT_TRUE(ids.ok()) << ids.status();
  EXPECT_EQ(ids->at("accounts"), "acme");
  EXPECT_EQ(ids->at("opportunities"), "2025");
  EXPECT_EQ(FormatName({{"accounts", "acme"}, {"opportunities", "2025"}}).value_or(""),
            "accounts/acme/opportunities/2025");
  for (const char* bad : {"", "accounts", "accounts/", "accounts/A", "accounts/-", "/a", "a/b/a/c",
                          "accounts/acme/opportunities"}) {
    EXPECT_FALSE(ParseName(bad).ok()) << bad;
  }
  EXPECT_FALSE(FormatName({{"accounts", "Acme Inc"}}).ok());
}

TEST(TextTest, LabelsEnums) {
  EXPECT_EQ(Label(v1::Opportunity::ADOPTION_REVIEW), "Adoption review");
  EXPECT_EQ(Label(v1::Opportunity::STAGE_UNSPECIFIED), "Unspecified");
  EXPECT_EQ(Label(*v1::Opportunity::Stage_descriptor(), 17), "Unknown (17)");
}

}  // namespace
}  // namespace perennial::client
