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

TEST(FoldedWordsTest, ArePartedByBlanks) {
  EXPECT_THAT(FoldedWords("  Zoë\tMÜLLER\u00a0AG "), ElementsAre("zoë", "müller", "ag"));
  EXPECT_THAT(FoldedWords(" \u00a0 "), IsEmpty());
}

}  // namespace
}  // namespace perennial
