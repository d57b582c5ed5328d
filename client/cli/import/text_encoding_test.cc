#include "client/cli/import/text_encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/utf8.h"

namespace perennial::cli {
namespace {

using testing::HasSubstr;

std::string Utf16(const std::u16string& text, bool big) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xff);
    bytes.push_back(big ? high : low);
    bytes.push_back(big ? low : high);
  }
  return bytes;
}

const std::u16string kText = u"name;city\nMüller;Łódź €\U0001f600\n";
constexpr char kUtf8[] = "name;city\nMüller;Łódź €\xf0\x9f\x98\x80\n";

TEST(ToUtf8Test, Utf8WithAndWithoutAMark) {
  EXPECT_EQ(*ToUtf8(kUtf8, ""), kUtf8);
  EXPECT_EQ(*ToUtf8("\xef\xbb\xbf" + std::string(kUtf8), ""), kUtf8);
  EXPECT_EQ(*ToUtf8(kUtf8, "UTF-8"), kUtf8);
  EXPECT_EQ(*ToUtf8("", ""), "");
}

TEST(ToUtf8Test, Utf16WithAndWithoutAMark) {
  EXPECT_EQ(*ToUtf8("\xff\xfe" + Utf16(kText, false), ""), kUtf8);
  EXPECT_EQ(*ToUtf8("\xfe\xff" + Utf16(kText, true), ""), kUtf8);
  EXPECT_EQ(*ToUtf8(Utf16(kText, false), ""), kUtf8);
  EXPECT_EQ(*ToUtf8(Utf16(kText, true), ""), kUtf8);
  EXPECT_EQ(*ToUtf8("\xfe\xff" + Utf16(kText, true), "utf-16"), kUtf8);
  EXPECT_EQ(*ToUtf8(Utf16(kText, true), "utf-16be"), kUtf8);
}

TEST(ToUtf8Test, WhatUtf16HasWrongIsWrongAfterwardsToo) {
  EXPECT_FALSE(IsUtf8(*ToUtf8(Utf16({0xd800, u'a'}, false), "utf-16le")));
  EXPECT_FALSE(IsUtf8(*ToUtf8(std::string("a\0b", 3), "utf-16le")));
}

TEST(ToUtf8Test, Windows1252WhereItIsDeclared) {
  EXPECT_EQ(*ToUtf8("M\xfcller \x80 \x93q\x94", "windows-1252"), "Müller € “q”");
  EXPECT_FALSE(IsUtf8(*ToUtf8("M\xfcller", ""))) << "nobody guesses it";
}

TEST(ToUtf8Test, AMarkGoesBeforeWhatIsDeclared) {
  for (const char* declared : {"utf-8", "utf-16", "utf-16le", "utf-16be", "windows-1252"}) {
    EXPECT_EQ(*ToUtf8("\xef\xbb\xbf" + std::string(kUtf8), declared), kUtf8) << declared;
    EXPECT_EQ(*ToUtf8("\xff\xfe" + Utf16(kText, false), declared), kUtf8) << declared;
    EXPECT_EQ(*ToUtf8("\xfe\xff" + Utf16(kText, true), declared), kUtf8) << declared;
  }
  EXPECT_FALSE(ToUtf8("\xef\xbb\xbf" + std::string(kUtf8), "ebcdic").ok());
}

TEST(ToUtf8Test, RefusesOthers) {
  EXPECT_THAT(std::string(ToUtf8("a", "ebcdic").status().message()), HasSubstr("windows-1252"));
}

}  // namespace
}  // namespace perennial::cli
