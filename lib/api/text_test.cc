#include "lib/api/text.h"

#include <gtest/gtest.h>

#include <string>

namespace perennial {
namespace {

TEST(CountCharactersTest, CountsUnicodeCharacters) {
  EXPECT_EQ(CountCharacters(""), 0);
  EXPECT_EQ(CountCharacters("abc\t\n"), 5);
  EXPECT_EQ(CountCharacters("\u00e9\u20ac\U0001f600"), 3);
  EXPECT_EQ(CountCharacters("\xed\x9f\xbf\xee\x80\x80"), 2);  // beside the surrogates
  EXPECT_EQ(CountCharacters("\xf4\x8f\xbf\xbf"), 1);          // the last of all
}

TEST(CountCharactersTest, RefusesControlCharacters) {
  for (const char* text : {"\r", "a\x01", "\x1f", "\x7f", "\u0085", "\u009f"}) {
    EXPECT_EQ(CountCharacters(text), std::nullopt);
  }
  EXPECT_EQ(CountCharacters(absl::string_view("a\0b", 3)), std::nullopt);
}

TEST(CountCharactersTest, RefusesWhatIsNotUtf8) {
  for (const char* text : {
           "\x80", "\xbf", "\xff", "\xfe", "\xc3", "a\xe2\x82", "\xf0\x9f\x98",  // cut short
           "\xc3(", "\xe2(\x82",                                                 // broken off
           "\xc1\xa1", "\xe0\x81\xa1", "\xf0\x80\x80\xaf",                       // too long a form
           "\xed\xa0\x80", "\xed\xbf\xbf",                                       // surrogates
           "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",                           // beyond the last
       }) {
    EXPECT_EQ(CountCharacters(text), std::nullopt) << text;
  }
}

TEST(HasVisibleTest, BlanksAndWhatHasNoShapeShowNothing) {
  for (const char* text :
       {"", " ", "\n\t", "\u00a0", "\u200b", "\u2060\ufeff", "\u3164", "\u2800"}) {
    EXPECT_FALSE(HasVisible(text)) << text;
  }
  for (const char* text : {"a", " .", "\u200b\u00e9", "\U0001f600"}) EXPECT_TRUE(HasVisible(text));
}

TEST(HasLineBreakTest, KnowsUnicodesToo) {
  EXPECT_FALSE(HasLineBreak("a b\t"));
  for (const char* text : {"a\nb", "a\u2028b", "\u2029"}) EXPECT_TRUE(HasLineBreak(text));
}

TEST(IsLabelKeyTest, TakesSmallNames) {
  for (const char* key : {"a", "tier", "cost-center_2"}) EXPECT_TRUE(IsLabelKey(key)) << key;
  EXPECT_TRUE(IsLabelKey(std::string(63, 'k')));
  for (const char* key : {"", "Tier", "2nd", "-a", "_a", "a.b", "a=b", "a b", "\u00e9"}) {
    EXPECT_FALSE(IsLabelKey(key)) << key;
  }
  EXPECT_FALSE(IsLabelKey(std::string(64, 'k')));
}

TEST(FirstCharactersTest, CutsBetweenCharacters) {
  EXPECT_EQ(FirstCharacters("abc", 2), "ab");
  EXPECT_EQ(FirstCharacters("abc", 3), "abc");
  EXPECT_EQ(FirstCharacters("abc", 9), "abc");
  EXPECT_EQ(FirstCharacters("", 1), "");
  EXPECT_EQ(FirstCharacters("a\u00e9\u20acb", 3), "a\u00e9\u20ac");
  EXPECT_EQ(FirstCharacters("\u20ac\u20ac", 1), "\u20ac");
}

}  // namespace
}  // namespace perennial
