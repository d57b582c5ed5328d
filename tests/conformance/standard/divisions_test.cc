// Trees of divisions: no circles, no depth without end, whoever moves them at once.

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {
namespace {

constexpr int kMaxLevels = 20;

class DivisionsTest : public EngineTest {
 protected:
  absl::StatusOr<v1::Account> TryCreate(const std::string& parent = "") {
    v1::CreateAccountRequest request;
    request.mutable_account()->set_display_name("A division");
    request.mutable_account()->set_parent_account(parent);
    return api().accounts.CreateAccount(request);
  }

  std::string Create(const std::string& parent = "") { return Must(TryCreate(parent)).name(); }

  // From the topmost down.
  std::vector<std::string> CreateChain(int levels) {
    std::vector<std::string> chain;
    for (int i = 0; i < levels; ++i) chain.push_back(Create(i == 0 ? "" : chain.back()));
    return chain;
  }

  absl::Status Put(const std::string& account, const std::string& parent) {
    v1::UpdateAccountRequest request;
    request.mutable_account()->set_name(account);
    request.mutable_account()->set_parent_account(parent);
    request.mutable_update_mask()->add_paths("parent_account");
    return api().accounts.UpdateAccount(request).status();
  }

  // Two at once, how each went.
  std::vector<absl::Status> PutAtOnce(const std::string& one, const std::string& under_one,
                                      const std::string& other, const std::string& under_other) {
    std::vector<absl::Status> statuses(2);
    std::thread first([&] { statuses[0] = Put(one, under_one); });
    statuses[1] = Put(other, under_other);
    first.join();
    return statuses;
  }

  const testing::Matcher<absl::Status> refused_ = IsInvalid("account.parent_account");
};
INSTANTIATE_ON_EVERY_ENGINE(DivisionsTest);

TEST_P(DivisionsTest, TwoMovesAtOnceMakeNoCircle) {
  const std::string a = Create(), c = Create();
  const std::string b = Create(c), d = Create(a);
  for (int round = 0; round < 60; ++round) {
    const std::vector<absl::Status> moved = PutAtOnce(a, b, c, d);
    ASSERT_NE(moved[0].ok(), moved[1].ok()) << moved[0] << " " << moved[1];
    EXPECT_THAT(moved[moved[0].ok() ? 1 : 0], refused_);
    ASSERT_THAT(Put(moved[0].ok() ? a : c, ""), IsOk());
  }
}

TEST_P(DivisionsTest, TwoMovesAtOnceDoNotAddUpToTooDeepATree) {
  const std::vector<std::string> top = CreateChain(8), middle = CreateChain(8),
                                 low = CreateChain(8);
  for (int round = 0; round < 30; ++round) {
    const std::vector<absl::Status> moved =
        PutAtOnce(middle.front(), top.back(), low.front(), middle.back());
    ASSERT_NE(moved[0].ok(), moved[1].ok()) << moved[0] << " " << moved[1];
    ASSERT_THAT(Put(moved[0].ok() ? middle.front() : low.front(), ""), IsOk());
  }
}

TEST_P(DivisionsTest, ATreeHasABoundedDepth) {
  const std::vector<std::string> chain = CreateChain(kMaxLevels);
  EXPECT_THAT(TryCreate(chain.back()).status(), refused_);
  // The levels below what is moved count as well.
  const std::vector<std::string> two = CreateChain(2);
  EXPECT_THAT(Put(two[0], chain[kMaxLevels - 2]), refused_);
  EXPECT_THAT(Put(two[0], chain[kMaxLevels - 3]), IsOk());
  EXPECT_THAT(TryCreate(two[1]).status(), refused_);
  EXPECT_THAT(Put(chain[0], Create()), refused_);
}

TEST_P(DivisionsTest, ManyDivisionsMoveTogether) {
  const std::string holding = Create(), other = Create();
  for (int i = 0; i < 30; ++i) Create(holding);
  EXPECT_THAT(Put(holding, other), IsOk());
  EXPECT_THAT(Put(other, holding), refused_);
}

}  // namespace
}  // namespace perennial::conformance
