#include "lib/base/utf8.h"

#include <gtest/gtest.h>

namespace perennial {
namespace {

TEST(Utf8Test, ReadsCharactersOfEveryLength) {
  const std::pair<const char*, Utf8Character> characters[] = {
      {"A", {0x41, 1}}, {"ü", {0xfc, 2}}, {"€", {0x20ac, 3}}, {"😀", {0x1f600, 4}}};
  for (const auto& [text, expected] : characters) {
    EXPECT_EQ(FirstCharacter(text).code, expected.code) << text;
    EXPECT_EQ(FirstCharacter(text).length, expected.length) << text;
  }
}

TEST(Utf8Test, TellsBytesThatAreNoCharacter) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("M\u00fcller \U0010ffff"));
  for (const char* text : {"M\xfcller", "\xc3", "\xe2\x82", "\x80", "\xc0\xaf", "\xe0\x80\xaf",
                           "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
    EXPECT_TRUE(IsUtf8(ValidUtf8(text))) << text;
  }
  EXPECT_EQ(ValidUtf8("M\xfcller \u20ac"), "M\\xfcller \u20ac");
}

}  // namespace
}  // namespace perennial
