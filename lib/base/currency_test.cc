#include "lib/base/currency.h"

#include <gtest/gtest.h>

namespace perennial {
namespace {

TEST(CurrencyTest, HasTheDecimalsOfIso4217) {
  EXPECT_EQ(DecimalsOf("USD"), 2);
  EXPECT_EQ(DecimalsOf("JPY"), 0);
  EXPECT_EQ(DecimalsOf("KWD"), 3);
  EXPECT_EQ(DecimalsOf("CLF"), 4);
  EXPECT_EQ(DecimalsOf("XYZ"), 2);
  EXPECT_EQ(DecimalsOf(""), 2);
}

TEST(CurrencyTest, TheSmallestAmountIsInMicros) {
  EXPECT_EQ(SmallestAmountOf("USD"), 10'000);
  EXPECT_EQ(SmallestAmountOf("JPY"), 1'000'000);
  EXPECT_EQ(SmallestAmountOf("KWD"), 1'000);
}

}  // namespace
}  // namespace perennial
