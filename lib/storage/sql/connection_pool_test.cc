#include "lib/storage/sql/connection_pool.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

#include "absl/time/clock.h"

namespace perennial::sql {
namespace {

struct FakeConnection {
  explicit FakeConnection(int the_number) : number(the_number) {}
  bool usable() const { return is_usable; }

  int number;
  bool is_usable = true;
};
using Pool = ConnectionPool<FakeConnection>;

class ConnectionPoolTest : public testing::Test {
 protected:
  enum class Opening { kOpens, kFails, kThrows };

  Opening opening_ = Opening::kOpens;
  int opened_ = 0;
  Pool pool_{2, [this](absl::Time) -> absl::StatusOr<std::unique_ptr<FakeConnection>> {
               if (opening_ == Opening::kThrows) throw std::runtime_error("no");
               if (opening_ == Opening::kFails) return absl::UnavailableError("no");
               return std::make_unique<FakeConnection>(++opened_);
             }};
};

TEST_F(ConnectionPoolTest, UsesAConnectionAgain) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ((*pool_.Take(absl::InfiniteFuture()))->number, 1);
  EXPECT_EQ(pool_.taken(), 0);
}

TEST_F(ConnectionPoolTest, DropsOneThatIsNotUsable) {
  (*pool_.Take(absl::InfiniteFuture()))->is_usable = false;
  EXPECT_EQ((*pool_.Take(absl::InfiniteFuture()))->number, 2);
}

TEST_F(ConnectionPoolTest, WaitsNoLongerThanItsDeadline) {
  const auto first = pool_.Take(absl::InfiniteFuture());
  const auto second = pool_.Take(absl::InfiniteFuture());
  EXPECT_EQ(pool_.taken(), 2);
  EXPECT_TRUE(absl::IsDeadlineExceeded(pool_.Take(absl::Now()).status()));
}

TEST_F(ConnectionPoolTest, LosesNoPlaceToAnOpeningThatFailsOrThrows) {
  for (int i = 0; i < 3; ++i) {
    opening_ = Opening::kFails;
    EXPECT_TRUE(absl::IsUnavailable(pool_.Take(absl::Now()).status()));
    opening_ = Opening::kThrows;
    EXPECT_THROW(pool_.Take(absl::Now()).IgnoreError(), std::runtime_error);
  }
  EXPECT_EQ(pool_.taken(), 0);
  opening_ = Opening::kOpens;
  EXPECT_TRUE(pool_.Take(absl::Now()).ok());
}

TEST_F(ConnectionPoolTest, LosesNoPlaceToAUseThatThrows) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(
        {
          const auto lease = pool_.Take(absl::InfiniteFuture());
          throw std::runtime_error("in use");
        },
        std::runtime_error);
  }
  EXPECT_EQ(pool_.taken(), 0);
}

TEST_F(ConnectionPoolTest, AMovedLeaseEndsOnce) {
  std::optional<Pool::Lease> kept;
  {
    auto lease = pool_.Take(absl::InfiniteFuture());
    kept.emplace(*std::move(lease));
  }
  EXPECT_EQ(pool_.taken(), 1);
  kept.reset();
  EXPECT_EQ(pool_.taken(), 0);
}

}  // namespace
}  // namespace perennial::sql
