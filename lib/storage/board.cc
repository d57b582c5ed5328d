#include "lib/storage/board.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/storage/bind.h"

namespace perennial {

using v1::Board;
using v1::Opportunity;

namespace {

// Sums are taken of whole units and of the micros left over, so that neither
// overflows before the total of Money does.
std::string SumOf(absl::string_view column, sql::Engine engine) {
  const char* divide = engine == sql::Engine::kSqlite ? " / " : " DIV ";
  return absl::StrCat("SUM(", column, divide, "1000000), SUM(", column, " % 1000000)");
}

std::string SumWhere(absl::string_view condition, sql::Engine engine) {
  return SumOf(absl::StrCat("(CASE WHEN ", condition, " THEN arr_micros ELSE 0 END)"), engine);
}

absl::StatusOr<v1::Money> MoneyAt(const sql::Row& row, int column, const std::string& currency) {
  int64_t micros;
  if (__builtin_mul_overflow(row.Integer(column), 1000000, &micros) ||
      __builtin_add_overflow(micros, row.Integer(column + 1), &micros)) {
    return absl::OutOfRangeError("a sum of money does not fit");
  }
  return Add(MakeMoney(currency, 0), MakeMoney(currency, micros));
}

}  // namespace

absl::StatusOr<Board> ReadBoard(absl::string_view prefix, const Filter& filter, ReadTx& tx) {
  const std::string today = FormatDate(ToDate(tx.today()));
  const std::string sums = absl::StrCat(
      "COUNT(*), SUM(CASE WHEN renewal_date < ? THEN 1 ELSE 0 END), "
      "SUM(CASE WHEN risk_level = 'HIGH' THEN 1 ELSE 0 END), ",
      SumOf("arr_micros", tx.engine()), ", ", SumOf("weighted_arr_micros", tx.engine()), ", ",
      SumWhere("renewal_date < ?", tx.engine()), ", ",
      SumWhere("risk_level = 'HIGH'", tx.engine()));
  const Selection open = From<Opportunity>()
                             .WithPrefix(prefix)
                             .Where("outcome", "=", Opportunity::Outcome_Name(Opportunity::OPEN))
                             .Matching(filter);
  // The day stands three times in the SELECT list, before the conditions: once to count, and twice
  // in the two halves of a sum.
  std::vector<sql::Bind> binds = {today, today, today};
  for (const sql::Bind& bind : ToBinds(open.binds())) binds.push_back(bind);

  Board board;
  *board.mutable_as_of_time() = ToTimestamp(tx.now());
  std::map<std::string, Board::Column*> columns;
  for (int stage = Opportunity::OUTREACH; stage <= Opportunity::RENEWAL; ++stage) {
    Board::Column& column = *board.add_columns();
    column.set_stage(static_cast<Opportunity::Stage>(stage));
    columns[Opportunity::Stage_Name(column.stage())] = &column;
  }
  RETURN_IF_ERROR(tx.connection().Query(
      absl::StrCat("SELECT stage, arr_currency, ", sums, open.ToSql(),
                   " GROUP BY stage, arr_currency ORDER BY stage, arr_currency"),
      binds, [&](const sql::Row& row) -> absl::Status {
        const auto found = columns.find(std::string(row.Text(0)));
        if (found == columns.end()) return absl::InternalError("an opportunity without a stage");
        Board::Column& column = *found->second;
        const std::string currency(row.Text(1));
        column.set_count(column.count() + row.Integer(2));
        column.set_overdue_count(column.overdue_count() + row.Integer(3));
        column.set_at_risk_count(column.at_risk_count() + row.Integer(4));
        Board::Amount& amount = *column.add_amounts();
        ASSIGN_OR_RETURN(*amount.mutable_arr(), MoneyAt(row, 5, currency));
        ASSIGN_OR_RETURN(*amount.mutable_weighted_arr(), MoneyAt(row, 7, currency));
        ASSIGN_OR_RETURN(*amount.mutable_overdue_arr(), MoneyAt(row, 9, currency));
        ASSIGN_OR_RETURN(*amount.mutable_at_risk_arr(), MoneyAt(row, 11, currency));
        return absl::OkStatus();
      }));
  return board;
}

}  // namespace perennial
