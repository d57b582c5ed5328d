#include "lib/api/trim.h"

#include <gtest/gtest.h>

#include "perennial/v1/account_service.pb.h"

namespace perennial {
namespace {

TEST(TrimTest, BlanksAreThoseOfUnicode) {
  EXPECT_EQ(WithoutBlanks(" \t\u00a0a b\u3000\n"), "a b");
  EXPECT_EQ(WithoutBlanks("\u00e4"), "\u00e4");
  EXPECT_EQ(WithoutBlanks(" \u2003 "), "");
  EXPECT_EQ(WithoutBlanks(""), "");
}

TEST(TrimTest, OnlyTextsInWhichBlanksMeanNothing) {
  v1::Account account;
  account.set_industry(" Retail ");
  account.set_owner("kim\u00a0");
  account.set_note(" as it was written ");
  TrimTexts(account);
  EXPECT_EQ(account.industry(), "Retail");
  EXPECT_EQ(account.owner(), "kim");
  EXPECT_EQ(account.note(), " as it was written ");
}

}  // namespace
}  // namespace perennial
