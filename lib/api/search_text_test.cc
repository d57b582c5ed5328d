#include "lib/api/search_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FoldCaseTest, MindsNeitherCaseNorUnicodeForm) {
  EXPECT_EQ(FoldCase("Ada LOVELACE"), "ada lovelace");
  EXPECT_EQ(FoldCase("ZOË"), FoldCase("zoë"));
  EXPECT_EQ(FoldCase("Zoe\u0308"), FoldCase("zoë"));   // a combining diaeresis
  EXPECT_EQ(FoldCase("Ｍüller"), FoldCase("müller"));  // full width
  EXPECT_EQ(FoldCase("Straße"), FoldCase("STRASSE"));
  EXPECT_EQ(FoldCase("ΣΊΣΥΦΟΣ"), FoldCase("σίσυφος"));
  EXPECT_EQ(FoldCase("ｶﾌﾞｼｷ"), FoldCase("カブシキ"));
  EXPECT_NE(FoldCase("zoe"), FoldCase("zoë"));
}

TEST(FoldCaseTest, FoldsWhatIsFoldedToItself) {
  for (const char* text : {"", "zoë", "Ⅷ ﬁn", "İstanbul", "ǅ", "ﷺ", "e\u0327\u0301", "日本"}) {
    EXPECT_EQ(FoldCase(FoldCase(text)), FoldCase(text)) << text;
  }
}

TEST(FoldCaseTest, LeavesWhatIsNoUtf8) { EXPECT_EQ(FoldCase("A\xff"), "A\xff"); }

TEST(FoldMarksTest, MindsNoMarksEither) {
  for (const char* text : {"ZOË", "zoë", "Zoe\u0308", "zoe", "ＺＯＥ"}) {
    EXPECT_EQ(FoldMarks(text), "zoe") << text;
  }
  EXPECT_EQ(FoldMarks("Ærø, Łódź"), "ærø, łodz") << "letters of their own stay";
  EXPECT_EQ(FoldMarks("A\xff"), "A\xff");
}

TEST(SearchWordsTest, AreLettersAndDigits) {
  EXPECT_THAT(SearchWords("  Zoë\tMÜLLER\u00a0AG "), ElementsAre("zoë", "müller", "ag"));
  EXPECT_THAT(SearchWords("zoe.m@lumen.example"), ElementsAre("zoe", "m", "lumen", "example"));
  EXPECT_THAT(SearchWords("+49 (30) 12-34"), ElementsAre("49", "30", "12", "34"));
  EXPECT_THAT(SearchWords(" \u00a0 -- \xff "), IsEmpty());
  // A mark belongs to its letter, also where both are not one character.
  EXPECT_THAT(SearchWords("x\u0323\u0331y"), ElementsAre("x\u0323\u0331y"));
}

TEST(SearchWordsTest, AreSingleLettersWhereNothingPartsThem) {
  EXPECT_THAT(SearchWords("東京 AG株"), ElementsAre("東", "京", "ag", "株"));
}

TEST(SearchWordsTest, CountByTheirFirstCharacters) {
  std::string first;
  for (int i = 0; i < 64; ++i) first += "ë";
  EXPECT_THAT(SearchWords(first + "x y"), ElementsAre(first, "y"));
}

TEST(SearchRankTest, PrefersWhatIsCalledSo) {
  const auto rank = [](const std::string& name, const std::string& words) {
    return SearchRank(SearchLine(name) + SearchLine("north wind turbines"), SearchWords(words));
  };
  EXPECT_EQ(rank("North Wind", "north WIND"), 0);
  EXPECT_EQ(rank("North Wind AG", "north wi"), 1);
  EXPECT_EQ(rank("The North Wind", "north wi"), 2);
  EXPECT_EQ(rank("Wind of the North", "north wi"), 3);
  EXPECT_EQ(rank("Snorth Wind", "north wi"), 4);
  EXPECT_EQ(rank("", "north wi"), 4);
}

}  // namespace
}  // namespace perennial
