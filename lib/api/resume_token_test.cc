#include "lib/api/resume_token.h"

#include <gtest/gtest.h>

#include "lib/api/errors.h"

namespace perennial {
namespace {

TEST(ResumeTokenTest, SurvivesItsTrip) {
  const auto token = ParseResumeToken(MakeResumeToken({0xfedcba9876543210, 42}));
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->history_id, 0xfedcba9876543210);
  EXPECT_EQ(token->revision, 42);
}

TEST(ResumeTokenTest, MangledOnesAreRefused) {
  const std::string good = MakeResumeToken({1, 42});
  std::string other = good;
  other[other.size() / 2] = other[other.size() / 2] == 'A' ? 'B' : 'A';
  for (const std::string& wrong : {std::string("?"), std::string("zzzz"), other, good + good}) {
    const auto token = ParseResumeToken(wrong);
    EXPECT_EQ(ReasonOf(token.status()), v1::INVALID_RESUME_TOKEN) << wrong;
    ASSERT_EQ(ViolationsOf(token.status()).size(), 1u);
    EXPECT_EQ(ViolationsOf(token.status())[0].field, "resume_token");
  }
}

}  // namespace
}  // namespace perennial
