#include "lib/base/money.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "lib/base/reason.h"

namespace perennial {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kMax = 1'000'000'000'000'000'000;
constexpr int64_t kMaxInt = std::numeric_limits<int64_t>::max();
constexpr int64_t kMinInt = std::numeric_limits<int64_t>::min();

v1::Money Usd(int64_t micros) { return MakeMoney("USD", micros); }

TEST(MoneyTest, AddsAndSubtracts) {
  EXPECT_EQ(Add(Usd(3), Usd(4)).value(), Usd(7));
  EXPECT_EQ(Subtract(Usd(3), Usd(4)).value(), Usd(-1));
  EXPECT_EQ(Negate(Usd(3)), Usd(-3));
}

TEST(MoneyTest, ZeroWithoutCurrencyIsZeroOfAny) {
  EXPECT_EQ(Add(v1::Money(), Usd(4)).value(), Usd(4));
  EXPECT_EQ(Add(Usd(4), v1::Money()).value(), Usd(4));
  EXPECT_EQ(Subtract(v1::Money(), Usd(4)).value(), Usd(-4));
  EXPECT_EQ(Add(v1::Money(), v1::Money()).value(), v1::Money());
}

TEST(MoneyTest, RefusesToMixCurrencies) {
  for (const auto& mixed : {Add(Usd(1), MakeMoney("EUR", 1)), Add(Usd(1), MakeMoney("EUR", 0)),
                            Subtract(Usd(1), MakeMoney("", 1))}) {
    EXPECT_EQ(mixed.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(ReasonOf(mixed.status()), v1::CURRENCY_MISMATCH);
  }
}

TEST(MoneyTest, RefusesWhatIsOutOfBounds) {
  EXPECT_EQ(Add(Usd(kMax - 1), Usd(1)).value(), Usd(kMax));
  for (const auto& beyond : {Add(Usd(kMax), Usd(1)), Subtract(Usd(-kMax), Usd(1)),
                             Add(Usd(kMaxInt), Usd(kMaxInt)), Subtract(Usd(0), Usd(kMinInt))}) {
    EXPECT_EQ(beyond.status().code(), absl::StatusCode::kOutOfRange);
    EXPECT_EQ(ReasonOf(beyond.status()), v1::MONEY_OVERFLOW);
  }
}

TEST(MoneyTest, TotalsHaveMoreRoom) {
  EXPECT_EQ(AddUp(Usd(kMax), Usd(kMax)).value(), Usd(2 * kMax));
  EXPECT_EQ(AddUp(Usd(kMaxInt - 1), Usd(1)).value(), Usd(kMaxInt));
  for (const auto& beyond : {AddUp(Usd(kMaxInt), Usd(1)), AddUp(Usd(-kMaxInt), Usd(-1))}) {
    EXPECT_EQ(ReasonOf(beyond.status()), v1::MONEY_OVERFLOW);
  }
}

TEST(MoneyTest, OnlyTheDatabasesOverflowBecomesOneOfMoney) {
  EXPECT_EQ(ReasonOf(SumOfMoney(absl::OutOfRangeError("a sum"))), v1::MONEY_OVERFLOW);
  for (const absl::Status& status :
       {absl::OkStatus(), absl::UnavailableError("away"),
        MakeError(absl::StatusCode::kOutOfRange, v1::RESUME_TOKEN_EXPIRED, "old")}) {
    EXPECT_EQ(SumOfMoney(status), status);
  }
}

TEST(PercentTest, RoundsHalfAwayFromZero) {
  EXPECT_EQ(Percent(Usd(1000), 25), Usd(250));
  EXPECT_EQ(Percent(Usd(1), 50), Usd(1));
  EXPECT_EQ(Percent(Usd(1), 49), Usd(0));
  EXPECT_EQ(Percent(Usd(-1), 50), Usd(-1));
  EXPECT_EQ(Percent(Usd(-1), 49), Usd(0));
  EXPECT_EQ(Percent(Usd(3), 50), Usd(2));
  EXPECT_EQ(Percent(Usd(kMax), 100), Usd(kMax));
  EXPECT_EQ(Percent(Usd(kMax), 0), Usd(0));
}

TEST(ApportionTest, GivesTheRestToTheLargestRemainders) {
  EXPECT_THAT(Apportion(100, {1, 1, 1}), ElementsAre(34, 33, 33));
  EXPECT_THAT(Apportion(-100, {1, 1, 1}), ElementsAre(-34, -33, -33));
  EXPECT_THAT(Apportion(10, {1, 2, 3}), ElementsAre(2, 3, 5));
  EXPECT_THAT(Apportion(7, {0, 1}), ElementsAre(0, 7));
  EXPECT_THAT(Apportion(0, {1, 2}), ElementsAre(0, 0));
}

TEST(ApportionTest, SharesEquallyWithoutWeights) {
  EXPECT_THAT(Apportion(5, {0, 0}), ElementsAre(3, 2));
  EXPECT_THAT(Apportion(5, {}), IsEmpty());
}

TEST(ApportionTest, AddsUpToTheTotalAtTheEdgesOfTheNumbers) {
  for (const int64_t total : {kMaxInt, kMinInt, kMax, int64_t{-1}, int64_t{1}}) {
    const std::vector<int64_t> shares = Apportion(total, {kMaxInt, kMaxInt, 1, 7, 0});
    EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), int64_t{0}), total);
  }
}

TEST(FormatMoneyTest, HasTheDecimalsOfTheCurrency) {
  EXPECT_EQ(FormatMoney(MakeMoney("JPY", 1'000'000'000'000)), "JPY 1000000");
  EXPECT_EQ(FormatMoney(MakeMoney("JPY", 500'000)), "JPY 0.5");
  EXPECT_EQ(FormatMoney(MakeMoney("KWD", 1'500'000)), "KWD 1.500");
}

TEST(ApportionTest, SharesOfMoneyHaveTheDecimalsOfTheCurrency) {
  EXPECT_THAT(Apportion(Usd(100'000'000), {1, 1, 1}),
              ElementsAre(Usd(33'340'000), Usd(33'330'000), Usd(33'330'000)));
  EXPECT_THAT(Apportion(MakeMoney("JPY", 10'000'000), {1, 2}),
              ElementsAre(MakeMoney("JPY", 3'000'000), MakeMoney("JPY", 7'000'000)));
  EXPECT_THAT(Apportion(Usd(5), {0, 0}), ElementsAre(Usd(3), Usd(2)));
}

TEST(RoundedForPeopleTest, HasNoFractionsOfTheSmallestAmount) {
  EXPECT_EQ(RoundedForPeople(Usd(1'005'000)), Usd(1'010'000));
  EXPECT_EQ(RoundedForPeople(Usd(-1'005'000)), Usd(-1'010'000));
  EXPECT_EQ(RoundedForPeople(Usd(1'004'999)), Usd(1'000'000));
  EXPECT_EQ(RoundedForPeople(MakeMoney("JPY", 499'999)), MakeMoney("JPY", 0));
}

TEST(FormatMoneyTest, HasTwoToSixDecimals) {
  EXPECT_EQ(FormatMoney(Usd(1'234'500'000)), "USD 1234.50");
  EXPECT_EQ(FormatMoney(Usd(1)), "USD 0.000001");
  EXPECT_EQ(FormatMoney(Usd(-1'230'000)), "USD -1.23");
  EXPECT_EQ(FormatMoney(v1::Money()), "0.00");
  EXPECT_EQ(FormatMoney(Usd(kMinInt)), "USD -9223372036854.775808");
}

TEST(ParseMicrosTest, ReadsDecimalNumbers) {
  EXPECT_EQ(ParseMicros("1234.5").value(), 1'234'500'000);
  EXPECT_EQ(ParseMicros("-0.000001").value(), -1);
  EXPECT_EQ(ParseMicros("0").value(), 0);
  EXPECT_EQ(ParseMicros("007.10").value(), 7'100'000);
  EXPECT_EQ(ParseMicros("1000000000000").value(), kMax);
  EXPECT_EQ(ParseMicros("-1000000000000.000000").value(), -kMax);
}

TEST(ParseMicrosTest, RefusesAnythingElse) {
  for (const char* text :
       {"", "-", ".", "1.", ".5", "+1", "--1", "1e3", "1,5", " 1", "1 ", "0.0000001", "1.2.3",
        "0x1", "inf", "1000000000000.000001", "-1000000000001", "99999999999999999999999999"}) {
    EXPECT_EQ(ParseMicros(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace perennial
