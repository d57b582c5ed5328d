#include "lib/base/sha256.h"

#include <gtest/gtest.h>

#include <string>

namespace perennial {
namespace {

std::string Of(absl::string_view bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

// The examples of FIPS 180.
TEST(Sha256Test, IsAsTheStandardHasIt) {
  EXPECT_EQ(Of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Of(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256Test, DoesNotDependOnThePieces) {
  const std::string text(1000, 'x');
  for (const size_t piece : {1, 55, 56, 63, 64, 65, 129}) {
    Sha256 hash;
    for (size_t at = 0; at < text.size(); at += piece) {
      hash.Update(absl::string_view(text).substr(at, piece));
    }
    EXPECT_EQ(hash.Finish(), Of(text)) << piece;
  }
}

}  // namespace
}  // namespace perennial
