// The board, against the list of what is on it.

#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using v1::Board;
using v1::Opportunity;

class BoardTest : public EngineTest {
 protected:
  absl::StatusOr<Board> Get(const std::string& parent, const std::string& filter = "") {
    v1::GetBoardRequest request;
    request.set_parent(parent);
    request.set_filter(filter);
    return api().pipeline.GetBoard(request);
  }

  std::vector<Opportunity> Open(const std::string& parent, const std::string& filter) {
    v1::ListOpportunitiesRequest request;
    request.set_parent(parent);
    request.set_filter(filter.empty() ? "outcome = OPEN" : "outcome = OPEN AND (" + filter + ")");
    return MustList(api().pipeline.ListOpportunities(request));
  }

  // The same, worked out from the opportunities themselves.
  Board Expect(const std::vector<Opportunity>& opportunities) {
    Board board;
    *board.mutable_as_of_time() = ToTimestamp(Now());
    for (const auto stage : {Opportunity::OUTREACH, Opportunity::ADOPTION_REVIEW,
                             Opportunity::UPSELL, Opportunity::RENEWAL}) {
      Board::Column& column = *board.add_columns();
      column.set_stage(stage);
      std::map<std::string, Board::Amount> amounts;
      for (const Opportunity& opportunity : opportunities) {
        if (opportunity.stage() != stage) continue;
        Count(opportunity, column, amounts[opportunity.arr().currency_code()]);
      }
      for (const auto& [currency, amount] : amounts) *column.add_amounts() = amount;
    }
    return board;
  }

 private:
  static void AddTo(v1::Money& sum, const v1::Money& money) { sum = Must(Add(sum, money)); }

  void Count(const Opportunity& opportunity, Board::Column& column, Board::Amount& amount) {
    const v1::Money none = MakeMoney(opportunity.arr().currency_code(), 0);
    const bool overdue = ToCivilDay(opportunity.renewal_date()) <= Today();
    const bool at_risk = opportunity.risk_level() == Opportunity::HIGH;
    column.set_count(column.count() + 1);
    column.set_overdue_count(column.overdue_count() + overdue);
    column.set_at_risk_count(column.at_risk_count() + at_risk);
    AddTo(*amount.mutable_arr(), opportunity.arr());
    AddTo(*amount.mutable_weighted_arr(), overdue ? none : opportunity.weighted_arr());
    AddTo(*amount.mutable_overdue_weighted_arr(), overdue ? opportunity.weighted_arr() : none);
    AddTo(*amount.mutable_overdue_arr(), overdue ? opportunity.arr() : none);
    AddTo(*amount.mutable_at_risk_arr(), at_risk ? opportunity.arr() : none);
  }
};
INSTANTIATE_ON_EVERY_ENGINE(BoardTest);

TEST_P(BoardTest, CountsWhatIsOpen) {
  Customer customer(api());
  const auto open = [&](int64_t micros, const char* currency) {
    return customer.Open(
        {customer
             .Subscribe(absl::StrCat("arr {micros: ", micros, " currency_code: '", currency, "'}"))
             .name()});
  };
  EXPECT_THAT(Must(Get(customer.account())), EqualsProto(Expect({})));

  open(12'000'000'000, "USD");
  const Opportunity odd = open(33'333'330'000, "USD");
  open(10'000, "EUR");
  v1::UpdateOpportunityRequest risky;
  risky.mutable_opportunity()->set_name(odd.name());
  risky.mutable_opportunity()->set_owner_risk_level(Opportunity::HIGH);
  Must(api().pipeline.UpdateOpportunity(risky));
  customer.BringTo(Opportunity::UPSELL, open(7'000'000'000, "USD").name());
  customer.CloseAsChurned(open(8'000'000'000, "USD").name(), v1::PRICE);
  const std::string parent = customer.account();
  EXPECT_THAT(Must(Get(parent)), EqualsProto(Expect(Open(parent, ""))));
  for (const std::string& filter : {std::string("risk_level = HIGH"), std::string("arr > 12000"),
                                    "owner = \"" + customer.owner() + "\" AND stage = UPSELL"}) {
    const Board board = Must(Get(parent, filter));
    EXPECT_THAT(board, EqualsProto(Expect(Open(parent, filter)))) << filter;
    EXPECT_THAT(Must(Get("accounts/-", filter)), EqualsProto(Expect(Open("accounts/-", filter))));
  }
  EXPECT_THAT(Must(Get("accounts/-")), EqualsProto(Expect(Open("accounts/-", ""))));
}

TEST_P(BoardTest, SaysWhenASumDoesNotFit) {
  Customer customer(api());
  for (int i = 0; i < 10; ++i) {
    customer.Open(
        {customer.Subscribe("arr {currency_code: 'USD' micros: 999999999999990000}").name()});
  }
  EXPECT_THAT(Get(customer.account()), FailsWith(v1::MONEY_OVERFLOW));
  // Or everybody's board would be gone.
  for (const Opportunity& opportunity : customer.Opportunities()) {
    customer.CloseAsChurned(opportunity.name(), v1::PRICE);
  }
}

TEST_P(BoardTest, RefusesWhatIsNoParentOrFilter) {
  for (const char* bad : {"", "nonsense", "accounts", "accounts/-/opportunities/-"}) {
    EXPECT_THAT(Get(bad), IsInvalid("parent")) << bad;
  }
  EXPECT_THAT(Get("accounts/-", "nonsense = 1"), FailsWith(v1::INVALID_FILTER));
}

}  // namespace
}  // namespace perennial::conformance
