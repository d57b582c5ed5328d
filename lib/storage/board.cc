#include "lib/storage/board.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/storage/bind.h"

namespace perennial {

using v1::Board;
using v1::Opportunity;

namespace {

constexpr char kCells[] =
    "SELECT stage, arr_currency, risk_level, renewal_date, COUNT(*), SUM(arr_micros), "
    "SUM(weighted_arr_micros)";
// In the order of the index that holds all of these columns: nothing is sorted.
constexpr char kGroups[] = " GROUP BY stage, arr_currency, risk_level, renewal_date";

absl::Status AddTo(v1::Money& sum, const v1::Money& money) {
  ASSIGN_OR_RETURN(sum, AddUp(sum, money));
  return absl::OkStatus();
}

// A row of kCells.
absl::Status AddCell(const sql::Row& row, absl::string_view today, Board::Column& column) {
  const std::string currency(row.Text(1));
  const bool at_risk = row.Text(2) == Opportunity::RiskLevel_Name(Opportunity::HIGH);
  // The first day after the term, as of PAST_DUE.
  const bool overdue = row.Text(3) <= today;
  const int64_t count = row.Integer(4);
  const v1::Money arr = MakeMoney(currency, row.Integer(5));
  column.set_count(column.count() + count);
  if (overdue) column.set_overdue_count(column.overdue_count() + count);
  if (at_risk) column.set_at_risk_count(column.at_risk_count() + count);

  // The cells of a currency follow each other.
  const int last = column.amounts_size() - 1;
  if (last < 0 || column.amounts(last).arr().currency_code() != currency) {
    Board::Amount& amount = *column.add_amounts();
    for (v1::Money* sum :
         {amount.mutable_arr(), amount.mutable_weighted_arr(), amount.mutable_overdue_arr(),
          amount.mutable_at_risk_arr(), amount.mutable_overdue_weighted_arr()}) {
      sum->set_currency_code(currency);
    }
  }
  Board::Amount& amount = *column.mutable_amounts(column.amounts_size() - 1);
  RETURN_IF_ERROR(AddTo(*amount.mutable_arr(), arr));
  RETURN_IF_ERROR(
      AddTo(overdue ? *amount.mutable_overdue_weighted_arr() : *amount.mutable_weighted_arr(),
            MakeMoney(currency, row.Integer(6))));
  if (overdue) RETURN_IF_ERROR(AddTo(*amount.mutable_overdue_arr(), arr));
  if (at_risk) RETURN_IF_ERROR(AddTo(*amount.mutable_at_risk_arr(), arr));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Board> ReadBoard(absl::string_view prefix, const Filter& filter, ReadTx& tx) {
  const std::string today = FormatDate(ToDate(tx.today()));
  const Selection open = From<Opportunity>()
                             .WithPrefix(prefix)
                             .Where("outcome", "=", Opportunity::Outcome_Name(Opportunity::OPEN))
                             .MatchingAllOf(filter);
  Board board;
  *board.mutable_as_of_time() = ToTimestamp(tx.now());
  std::map<std::string, Board::Column*, std::less<>> columns;
  for (int stage = Opportunity::OUTREACH; stage <= Opportunity::RENEWAL; ++stage) {
    Board::Column& column = *board.add_columns();
    column.set_stage(static_cast<Opportunity::Stage>(stage));
    columns[Opportunity::Stage_Name(column.stage())] = &column;
  }
  RETURN_IF_ERROR(SumOfMoney(tx.connection().Query(
      absl::StrCat(kCells, open.ToSql(), kGroups, " ORDER BY stage, arr_currency"),
      ToBinds(open.binds()), [&](const sql::Row& row) -> absl::Status {
        const auto found = columns.find(row.Text(0));
        if (found == columns.end()) return DataDamaged("");
        return AddCell(row, today, *found->second);
      })));
  return board;
}

}  // namespace perennial
