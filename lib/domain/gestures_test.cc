#include "lib/domain/gestures.h"

#include <gtest/gtest.h>

#include "tests/support/parse_text.h"

namespace perennial {
namespace {

using v1::Touch;

TEST(OwesAGiftTest, WhoeverIsAskedIsOwedSomething) {
  const auto ask = ParseText<Touch>("intent: ASK disposition: CONNECTED");
  const auto gift = ParseText<Touch>("intent: GIVE disposition: CONNECTED");
  const auto lost = ParseText<Touch>("intent: GIVE disposition: BOUNCED");
  EXPECT_TRUE(OwesAGift({ask}));
  EXPECT_FALSE(OwesAGift({ask, gift}));
  EXPECT_FALSE(OwesAGift({gift}));
  EXPECT_FALSE(OwesAGift({}));
  EXPECT_TRUE(OwesAGift({ask, lost})) << "a gift that did not arrive is none";
}

}  // namespace
}  // namespace perennial
