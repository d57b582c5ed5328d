#include "lib/storage/board.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

using v1::Board;
using v1::Opportunity;

constexpr int64_t kUnit = 1000000;

class BoardTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    if (IsSkipped()) return;
    for (const char* id : {"a", "b"}) {
      v1::Account account;
      account.set_name(absl::StrCat("accounts/", id));
      Create(account);
    }
  }

  // Open, in UPSELL, due tomorrow, and worth so much: at a half of it, weighted.
  Opportunity Make(const std::string& name, const std::string& currency, int64_t micros) {
    Opportunity opportunity;
    opportunity.set_name(name);
    opportunity.set_stage(Opportunity::UPSELL);
    opportunity.set_outcome(Opportunity::OPEN);
    *opportunity.mutable_arr() = MakeMoney(currency, micros);
    *opportunity.mutable_weighted_arr() = MakeMoney(currency, micros / 2);
    *opportunity.mutable_renewal_date() = ToDate(absl::CivilDay(2025, 1, 2));
    return opportunity;
  }

  absl::StatusOr<Board> Read(absl::string_view prefix, absl::string_view filter_text) {
    Board board;
    RETURN_IF_ERROR(store_->Read(Call(), [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Filter filter,
                       Filter::Parse(filter_text, ResourceTable::Of<Opportunity>().fields()));
      ASSIGN_OR_RETURN(board, ReadBoard(prefix, filter, tx));
      return absl::OkStatus();
    }));
    return board;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, BoardTest, EveryEngine(), EngineName);

TEST_P(BoardTest, HasEveryStageWhereNothingIsOpen) {
  Opportunity closed = Make("accounts/a/opportunities/1", "EUR", kUnit);
  closed.set_outcome(Opportunity::RENEWED);
  Create(closed);
  const auto board = Read("", "");
  ASSERT_TRUE(board.ok()) << board.status();
  ASSERT_EQ(board->columns_size(), 4);
  EXPECT_EQ(board->columns(0).stage(), Opportunity::OUTREACH);
  EXPECT_EQ(board->columns(3).stage(), Opportunity::RENEWAL);
  for (const Board::Column& column : board->columns()) {
    EXPECT_EQ(column.count(), 0);
    EXPECT_EQ(column.amounts_size(), 0);
  }
}

TEST_P(BoardTest, AddsUpByStageAndCurrency) {
  Create(Make("accounts/a/opportunities/1", "USD", 10 * kUnit));
  Create(Make("accounts/a/opportunities/2", "EUR", 20 * kUnit));
  Opportunity overdue = Make("accounts/a/opportunities/3", "EUR", 40 * kUnit + 2);
  *overdue.mutable_renewal_date() = ToDate(absl::CivilDay(2024, 12, 31));
  Create(overdue);
  Opportunity at_risk = Make("accounts/b/opportunities/4", "EUR", 80 * kUnit);
  at_risk.set_risk_level(Opportunity::HIGH);
  Create(at_risk);
  Opportunity today = Make("accounts/b/opportunities/5", "EUR", 160 * kUnit);
  today.set_stage(Opportunity::RENEWAL);
  *today.mutable_renewal_date() = ToDate(absl::CivilDay(2025, 1, 1));
  Create(today);

  const auto board = Read("", "");
  ASSERT_TRUE(board.ok()) << board.status();
  const Board::Column& upsell = board->columns(2);
  EXPECT_EQ(upsell.count(), 4);
  EXPECT_EQ(upsell.overdue_count(), 1);
  EXPECT_EQ(upsell.at_risk_count(), 1);
  ASSERT_EQ(upsell.amounts_size(), 2);
  EXPECT_EQ(upsell.amounts(0).arr(), MakeMoney("EUR", 140 * kUnit + 2));
  EXPECT_EQ(upsell.amounts(0).weighted_arr(), MakeMoney("EUR", 50 * kUnit));
  EXPECT_EQ(upsell.amounts(0).overdue_weighted_arr(), MakeMoney("EUR", 20 * kUnit + 1));
  EXPECT_EQ(upsell.amounts(0).overdue_arr(), MakeMoney("EUR", 40 * kUnit + 2));
  EXPECT_EQ(upsell.amounts(0).at_risk_arr(), MakeMoney("EUR", 80 * kUnit));
  EXPECT_EQ(upsell.amounts(1).arr(), MakeMoney("USD", 10 * kUnit));
  EXPECT_EQ(upsell.amounts(1).overdue_arr(), MakeMoney("USD", 0));
  EXPECT_EQ(board->columns(3).count(), 1);
  // On the first day after its term.
  EXPECT_EQ(board->columns(3).overdue_count(), 1);
}

TEST_P(BoardTest, CountsOneAccountOrWhatAFilterMatches) {
  Create(Make("accounts/a/opportunities/1", "EUR", kUnit));
  Opportunity owned = Make("accounts/b/opportunities/2", "EUR", kUnit);
  owned.set_owner("jo");
  Create(owned);
  const auto of_account = Read("accounts/a/opportunities/", "");
  ASSERT_TRUE(of_account.ok()) << of_account.status();
  EXPECT_EQ(of_account->columns(2).count(), 1);
  const auto of_owner = Read("", "owner = \"jo\"");
  ASSERT_TRUE(of_owner.ok()) << of_owner.status();
  EXPECT_EQ(of_owner->columns(2).count(), 1);
}

TEST_P(BoardTest, RefusesSumsThatDoNotFit) {
  constexpr int64_t kMost = 1000000000000000000;
  for (int i = 0; i < 9; ++i) {
    Create(Make(absl::StrCat("accounts/a/opportunities/", i), "EUR", kMost));
  }
  EXPECT_TRUE(Read("", "").ok());
  // More than the database itself can add up to.
  for (int i = 9; i < 10; ++i) {
    Create(Make(absl::StrCat("accounts/a/opportunities/", i), "EUR", kMost));
  }
  EXPECT_EQ(Read("", "").status().code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace perennial
