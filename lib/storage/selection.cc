#include "lib/storage/selection.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/base/date.h"

namespace perennial {

Selection& Selection::Under(absl::string_view parent) {
  return WithPrefix(absl::StrCat(parent, "/"));
}

Selection& Selection::WithPrefix(absl::string_view prefix) {
  // At the top, or below any account, the whole table is meant.
  if (prefix.find('/') + 1 >= prefix.size()) return *this;
  conditions_.push_back("name >= ? AND name < ?");
  binds_.emplace_back(std::string(prefix));
  // The first text behind all that start with the prefix: '0' follows '/'.
  std::string end(prefix);
  ++end.back();
  binds_.emplace_back(std::move(end));
  return *this;
}

const std::string& Selection::ColumnOf(absl::string_view field) const {
  const Field* found = table_.fields().Find(field);
  if (found == nullptr) std::abort();
  return found->columns.front();
}

Selection& Selection::Compare(absl::string_view field, absl::string_view op, FieldValue value) {
  conditions_.push_back(absl::StrCat(ColumnOf(field), " ", op, " ?"));
  binds_.push_back(std::move(value));
  return *this;
}

Selection& Selection::Where(absl::string_view field, absl::string_view op, int64_t value) {
  return Compare(field, op, FieldValue(value));
}

Selection& Selection::Where(absl::string_view field, absl::string_view op, absl::Time value) {
  return Compare(field, op, FieldValue(absl::ToUnixMicros(value)));
}

Selection& Selection::Where(absl::string_view field, absl::string_view op, absl::CivilDay value) {
  return Compare(field, op, FieldValue(FormatDate(ToDate(value))));
}

Selection& Selection::Where(absl::string_view field, absl::string_view op,
                            absl::string_view value) {
  return Compare(field, op, FieldValue(std::string(value)));
}

Selection& Selection::Where(absl::string_view filter) {
  const auto parsed = Filter::Parse(filter, table_.fields());
  if (!parsed.ok()) std::abort();
  joins_ |= parsed->joins();
  return Matching(parsed->ToSql());
}

Selection& Selection::WhereAnyOf(absl::string_view field, const std::vector<std::string>& values) {
  if (values.empty()) {
    conditions_.push_back("1 = 0");
    return *this;
  }
  // Lists of many lengths have the texts of few, which statement caches hold: the last value is
  // repeated up to the next power of two.
  size_t length = 1;
  while (length < values.size()) length *= 2;
  std::string condition = absl::StrCat(ColumnOf(field), " IN (?");
  for (size_t i = 1; i < length; ++i) condition += ", ?";
  conditions_.push_back(condition + ")");
  binds_.insert(binds_.end(), values.begin(), values.end());
  binds_.insert(binds_.end(), length - values.size(), values.back());
  return *this;
}

Selection& Selection::WhereHas(absl::string_view field, absl::string_view element) {
  conditions_.push_back(absl::StrCat("INSTR(", ColumnOf(field), ", ?) > 0"));
  binds_.emplace_back(absl::StrCat("\n", element, "\n"));
  return *this;
}

Selection& Selection::Matching(const Filter& filter) {
  SqlCondition condition = filter.ToSql();
  if (!condition.sql.empty()) AsAsked();
  joins_ |= filter.joins();
  return Matching(std::move(condition));
}

Selection& Selection::MatchingAllOf(const Filter& filter) {
  if (!filter.empty()) AsAsked();
  return Matching(filter.ToSql(table_.summaries()));
}

Selection& Selection::Matching(SqlCondition condition) {
  if (condition.sql.empty()) return *this;
  conditions_.push_back(absl::StrCat("(", condition.sql, ")"));
  for (FieldValue& value : condition.binds) binds_.push_back(std::move(value));
  return *this;
}

Selection& Selection::OrderBy(absl::string_view order_by) {
  const auto order = perennial::OrderBy::Parse(order_by, table_.fields());
  if (!order.ok()) std::abort();
  return OrderBy(*order);
}

Selection& Selection::OrderBy(const perennial::OrderBy& order) {
  order_ = order.ToSql();
  joins_ |= order.joins();
  return *this;
}

Selection& Selection::AsAsked() {
  as_asked_ = true;
  return *this;
}

Selection& Selection::Limit(int rows) {
  limit_ = rows;
  return *this;
}

std::vector<FieldValue> Selection::binds() const {
  std::vector<FieldValue> binds = binds_;
  binds.insert(binds.end(), order_.binds.begin(), order_.binds.end());
  return binds;
}

std::string Selection::ToSql() const {
  std::string sql = absl::StrCat(" FROM ", table_.table(), as_asked_ ? kAsAsked : "");
  if (joins_) {
    absl::StrAppend(&sql, " JOIN ", table_.summaries(), " ON account_name = account");
  }
  if (!conditions_.empty()) {
    absl::StrAppend(&sql, " WHERE ", absl::StrJoin(conditions_, " AND "));
  }
  if (!order_.sql.empty()) absl::StrAppend(&sql, " ORDER BY ", order_.sql);
  if (limit_ > 0) {
    if (order_.sql.empty()) sql += " ORDER BY name";
    absl::StrAppend(&sql, " LIMIT ", limit_);
  }
  return sql;
}

}  // namespace perennial
