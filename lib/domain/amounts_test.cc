#include "lib/domain/amounts.h"

#include <gtest/gtest.h>

#include "lib/base/money.h"
#include "lib/base/reason.h"

namespace perennial {
namespace {

TEST(ProratedTest, RoundsToWhatTheCurrencyHas) {
  EXPECT_EQ(*Prorated(MakeMoney("USD", 1000'000'000), 365), MakeMoney("USD", 1000'000'000));
  EXPECT_EQ(*Prorated(MakeMoney("USD", 1000'000'000), 100), MakeMoney("USD", 273'970'000));
  EXPECT_EQ(*Prorated(MakeMoney("USD", 1000'000'000), -100), MakeMoney("USD", -273'970'000));
  EXPECT_EQ(*Prorated(MakeMoney("JPY", 1000'000'000), 100), MakeMoney("JPY", 274'000'000));
  EXPECT_EQ(*Prorated(MakeMoney("KWD", 1000'000'000), 100), MakeMoney("KWD", 273'973'000));
  EXPECT_EQ(*Prorated(MakeMoney("USD", 0), 100), MakeMoney("USD", 0));
}

TEST(ProratedTest, HalvesGoAwayFromZero) {
  // 7.3 units of a year are 0.02 a day: five days of a quarter of that are 0.025.
  EXPECT_EQ(*Prorated(MakeMoney("USD", 1'825'000), 5), MakeMoney("USD", 30'000));
  EXPECT_EQ(*Prorated(MakeMoney("USD", 1'825'000), -5), MakeMoney("USD", -30'000));
}

TEST(ProratedTest, RefusesWhatDoesNotFit) {
  const v1::Money most = MakeMoney("USD", 1'000'000'000'000'000'000);
  EXPECT_EQ(*Prorated(most, 365), most);
  EXPECT_EQ(ReasonOf(Prorated(most, 3650).status()), v1::MONEY_OVERFLOW);
}

TEST(ExchangedTest, GoesThereAndBack) {
  const int64_t rate = 900'000'000;  // EUR 0.90 for USD 1
  EXPECT_EQ(*Exchanged(MakeMoney("USD", 1000'000'000), "EUR", rate), MakeMoney("EUR", 900'000'000));
  EXPECT_EQ(*ExchangedBack(MakeMoney("EUR", 900'000'000), "USD", rate),
            MakeMoney("USD", 1000'000'000));
  EXPECT_EQ(*Exchanged(MakeMoney("USD", 1'000'000), "JPY", 151'730'000'000),
            MakeMoney("JPY", 152'000'000));
  EXPECT_EQ(*ExchangedBack(MakeMoney("JPY", 152'000'000), "USD", 151'730'000'000),
            MakeMoney("USD", 1'000'000));
  EXPECT_EQ(
      ReasonOf(
          Exchanged(MakeMoney("USD", 1'000'000'000'000'000'000), "JPY", 151'730'000'000).status()),
      v1::MONEY_OVERFLOW);
}

}  // namespace
}  // namespace perennial
