#include "lib/storage/seal.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "perennial/v1/account_service.pb.h"

namespace perennial {
namespace {

constexpr char kName[] = "accounts/a";

std::string DataOf(int length) {
  v1::Account account;
  account.set_name(kName);
  account.set_note(std::string(static_cast<size_t>(length), 'n'));
  return account.SerializeAsString();
}

TEST(SealTest, GivesBackWhatWasSealed) {
  for (int length = 0; length < 40; ++length) {
    const std::string data = DataOf(length);
    EXPECT_EQ(Unseal(kName, Seal(kName, data)).value(), data);
  }
  EXPECT_EQ(Unseal(kName, Seal(kName, "")).value(), "");
}

TEST(SealTest, EveryBitCounts) {
  for (const int length : {0, 1, 2, 3, 4, 5, 6, 7, 8, 100}) {
    const std::string sealed = Seal(kName, DataOf(length));
    for (size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
      std::string flipped = sealed;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      const absl::Status status = Unseal(kName, flipped).status();
      EXPECT_EQ(ReasonOf(status), v1::DATA_DAMAGED) << bit;
    }
  }
}

TEST(SealTest, IsNotLookedForBeyondTheEnd) {
  const std::string sealed = Seal(kName, "");
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_EQ(Unseal(kName, sealed.substr(0, size), Sealed::kOther).value(),
              sealed.substr(0, size));
    EXPECT_EQ(ReasonOf(Unseal(kName, sealed.substr(0, size)).status()), v1::DATA_DAMAGED);
  }
}

TEST(SealTest, IsOfOneName) {
  EXPECT_EQ(ReasonOf(Unseal("accounts/b", Seal(kName, DataOf(5))).status()), v1::DATA_DAMAGED);
}

TEST(SealTest, TakesWhatHasNoSealWhereItIsOfThatName) {
  const std::string data = DataOf(50);
  EXPECT_EQ(Unseal(kName, data).value(), data);
  for (const std::string& other :
       {std::string(), std::string(1, '\0'), data.substr(1), data.substr(0, 5),
        std::string("\x0a\x0a"
                    "accounts/b")}) {
    EXPECT_EQ(ReasonOf(Unseal(kName, other).status()), v1::DATA_DAMAGED) << other;
    EXPECT_EQ(Unseal(kName, other, Sealed::kOther).value(), other);
  }
}

TEST(SealTest, KnowsTheChecksumsOfAnEarlierProgram) {
  const std::string data(
      "\x0a\x0a"
      "accounts/a",
      12);
  const std::string sealed = absl::StrCat(data, absl::HexStringToBytes("f9ffffff0f"),
                                          absl::HexStringToBytes("3fa2bb19702372b7"));
  EXPECT_EQ(Unseal(kName, sealed).value(), data);
  for (size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    std::string flipped = sealed;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(ReasonOf(Unseal(kName, flipped).status()), v1::DATA_DAMAGED) << bit;
  }
}

TEST(SealTest, KnowsWhatStandsBeside) {
  const std::string data = DataOf(5);
  const std::string sealed = Seal(kName, data, "who and when");
  EXPECT_EQ(Unseal(kName, sealed).value(), data);
  EXPECT_EQ(UnsealBeside(kName, sealed, "who and when").value(), data);
  EXPECT_EQ(ReasonOf(UnsealBeside(kName, sealed, "who else").status()), v1::DATA_DAMAGED);
  for (size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    std::string flipped = sealed;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(ReasonOf(Unseal(kName, flipped).status()), v1::DATA_DAMAGED) << bit;
  }
  // What an earlier program wrote.
  EXPECT_EQ(UnsealBeside(kName, Seal(kName, data), "whatever").value(), data);
}

TEST(SealTest, IsSkippedByWhoeverParsesTheWhole) {
  v1::Account account;
  ASSERT_TRUE(account.ParseFromString(Seal(kName, DataOf(3))));
  EXPECT_EQ(account.name(), kName);
  EXPECT_EQ(account.note(), "nnn");
}

}  // namespace
}  // namespace perennial
