#include "lib/base/metadata_text.h"

#include "gtest/gtest.h"

namespace perennial {
namespace {

TEST(MetadataTextTest, EveryTextComesBack) {
  for (const char* text : {"", "jane", "Zoë", "two\nlines", "100% \x7f", "%41", "Ана 木"}) {
    const std::string value = EncodeMetadataText(text);
    EXPECT_TRUE(IsMetadataText(value)) << value;
    EXPECT_EQ(DecodeMetadataText(value), text);
  }
  EXPECT_EQ(EncodeMetadataText("jörg %"), "j%c3%b6rg %25");
}

TEST(MetadataTextTest, WhatIsNotEncodedStaysAsItIs) {
  for (const char* text : {"jane@example.com", "50%", "%", "%4", "%zz"}) {
    EXPECT_EQ(DecodeMetadataText(text), text);
  }
  EXPECT_EQ(DecodeMetadataText("J%C3%B6rg"), "Jörg");
  EXPECT_FALSE(IsMetadataText("jörg"));
  EXPECT_FALSE(IsMetadataText("two\nlines"));
}

}  // namespace
}  // namespace perennial
