#include "lib/storage/seal.h"

#include <gtest/gtest.h>

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

TEST(SealTest, IsOfOneName) {
  EXPECT_EQ(ReasonOf(Unseal("accounts/b", Seal(kName, DataOf(5))).status()), v1::DATA_DAMAGED);
}

TEST(SealTest, TakesWhatHasNoSeal) {
  EXPECT_EQ(Unseal(kName, "").value(), "");
  const std::string data = DataOf(50);
  EXPECT_EQ(Unseal(kName, data).value(), data);
}

TEST(SealTest, IsSkippedByWhoeverParsesTheWhole) {
  v1::Account account;
  ASSERT_TRUE(account.ParseFromString(Seal(kName, DataOf(3))));
  EXPECT_EQ(account.name(), kName);
  EXPECT_EQ(account.note(), "nnn");
}

}  // namespace
}  // namespace perennial
