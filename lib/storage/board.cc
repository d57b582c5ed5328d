#include "lib/storage/board.h"

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/storage/bind.h"
#include "lib/storage/past_list.h"

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

// What has the same of these is added up first.
struct CellKey {
  std::string stage, currency, risk_level, renewal_date;

  bool operator<(const CellKey& other) const {
    return std::tie(stage, currency, risk_level, renewal_date) <
           std::tie(other.stage, other.currency, other.risk_level, other.renewal_date);
  }
};
struct Cell {
  int64_t count = 0;
  int64_t arr_micros = 0;
  int64_t weighted_arr_micros = 0;
};

absl::Status AddCell(const CellKey& key, const Cell& cell, absl::string_view today,
                     Board::Column& column) {
  const std::string& currency = key.currency;
  const bool at_risk = key.risk_level == Opportunity::RiskLevel_Name(Opportunity::HIGH);
  // The first day after the term, as of PAST_DUE.
  const bool overdue = key.renewal_date <= today;
  const int64_t count = cell.count;
  const v1::Money arr = MakeMoney(currency, cell.arr_micros);
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
            MakeMoney(currency, cell.weighted_arr_micros)));
  if (overdue) RETURN_IF_ERROR(AddTo(*amount.mutable_overdue_arr(), arr));
  if (at_risk) RETURN_IF_ERROR(AddTo(*amount.mutable_at_risk_arr(), arr));
  return absl::OkStatus();
}

// A board that cells are added to, those of a stage and currency behind each other.
class BoardBuilder {
 public:
  explicit BoardBuilder(absl::Time as_of)
      : today_(FormatDate(ToDate(absl::ToCivilDay(as_of, absl::UTCTimeZone())))) {
    *board_.mutable_as_of_time() = ToTimestamp(as_of);
    for (int stage = Opportunity::OUTREACH; stage <= Opportunity::RENEWAL; ++stage) {
      Board::Column& column = *board_.add_columns();
      column.set_stage(static_cast<Opportunity::Stage>(stage));
      columns_[Opportunity::Stage_Name(column.stage())] = &column;
    }
  }

  absl::Status Add(const CellKey& key, const Cell& cell) {
    const auto found = columns_.find(key.stage);
    if (found == columns_.end()) return DataDamaged("");
    return AddCell(key, cell, today_, *found->second);
  }

  Board& board() { return board_; }

 private:
  const std::string today_;
  Board board_;
  std::map<std::string, Board::Column*, std::less<>> columns_;
};

// AddUp, of one currency.
absl::Status AddMicros(const v1::Money& money, int64_t& sum) {
  ASSIGN_OR_RETURN(const v1::Money both, AddUp(MakeMoney(money.currency_code(), sum), money));
  sum = both.micros();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Board> ReadBoard(absl::string_view prefix, const Filter& filter, ReadTx& tx) {
  const Selection open = From<Opportunity>()
                             .WithPrefix(prefix)
                             .Where("outcome", "=", Opportunity::Outcome_Name(Opportunity::OPEN))
                             .MatchingAllOf(filter);
  BoardBuilder builder(tx.now());
  RETURN_IF_ERROR(SumOfMoney(tx.connection().Query(
      absl::StrCat(kCells, open.ToSql(), kGroups, " ORDER BY stage, arr_currency"),
      ToBinds(open.binds()), [&](const sql::Row& row) {
        const CellKey key = {std::string(row.Text(0)), std::string(row.Text(1)),
                             std::string(row.Text(2)), std::string(row.Text(3))};
        return builder.Add(key, {row.Integer(4), row.Integer(5), row.Integer(6)});
      })));
  return std::move(builder.board());
}

absl::StatusOr<Board> ReadPastBoard(absl::string_view prefix, const Filter& filter,
                                    absl::Time as_of, ReadTx& tx) {
  const PastList list{ResourceTable::Of<Opportunity>(), std::string(prefix), {filter}, as_of};
  std::map<CellKey, Cell> cells;
  const auto add = [&](const google::protobuf::Message& resource,
                       absl::string_view) -> absl::Status {
    const auto& opportunity = static_cast<const Opportunity&>(resource);
    if (opportunity.outcome() != Opportunity::OPEN) return absl::OkStatus();
    Cell& cell =
        cells[{Opportunity::Stage_Name(opportunity.stage()), opportunity.arr().currency_code(),
               Opportunity::RiskLevel_Name(opportunity.risk_level()),
               FormatDate(opportunity.renewal_date())}];
    ++cell.count;
    RETURN_IF_ERROR(AddMicros(opportunity.arr(), cell.arr_micros));
    return AddMicros(opportunity.weighted_arr(), cell.weighted_arr_micros);
  };
  RETURN_IF_ERROR(ForEachPast(list, tx, add));
  BoardBuilder builder(as_of);
  for (const auto& [key, cell] : cells) RETURN_IF_ERROR(builder.Add(key, cell));
  return std::move(builder.board());
}

}  // namespace perennial
