// The board of a past time. Here, because these tests move the clock that all share.

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {
namespace {

using v1::Board;
using v1::Opportunity;

class PastBoardTest : public EngineTest {
 protected:
  absl::StatusOr<Board> Get(const std::string& parent, const std::string& filter) {
    v1::GetBoardRequest request;
    request.set_parent(parent);
    request.set_filter(filter);
    return api().pipeline.GetBoard(request);
  }
};
INSTANTIATE_ON_EVERY_ENGINE(PastBoardTest);

TEST_P(PastBoardTest, AnswersAsItDidThen) {
  Customer customer(api());
  std::vector<std::pair<v1::GetBoardRequest, Board>> recorded;
  const auto record = [&] {
    for (const char* filter : {"", "stage = UPSELL", "arr > 12000"}) {
      const Board board = Must(Get(customer.account(), filter));
      v1::GetBoardRequest request;
      request.set_parent(customer.account());
      request.set_filter(filter);
      *request.mutable_read_time() = board.as_of_time();
      recorded.emplace_back(request, board);
    }
    MoveDays(1);
  };
  record();
  const Opportunity first = customer.Open({customer.Subscribe("term_months: 1").name()});
  record();
  customer.Open({customer.Subscribe("arr {micros: 20000000000 currency_code: 'EUR'}").name()});
  customer.BringTo(Opportunity::UPSELL, first.name());
  record();
  MoveDays(40);  // the first is overdue
  record();
  customer.CloseAsChurned(first.name(), v1::PRICE);
  record();
  for (const auto& [request, board] : recorded) {
    EXPECT_THAT(Must(api().pipeline.GetBoard(request)), EqualsProto(board))
        << request.ShortDebugString();
  }
  v1::GetBoardRequest everywhere = recorded[3].first;
  everywhere.set_parent("accounts/-");
  everywhere.set_filter(absl::StrCat("account = \"", customer.account(), "\""));
  EXPECT_THAT(Must(api().pipeline.GetBoard(everywhere)), EqualsProto(recorded[3].second));
  *everywhere.mutable_read_time() = ToTimestamp(Now() + absl::Seconds(1));
  EXPECT_THAT(api().pipeline.GetBoard(everywhere), IsInvalid("read_time"));
}

}  // namespace
}  // namespace perennial::conformance
