#include "lib/api/order_by.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/api/errors.h"
#include "lib/api/search_text.h"
#include "lib/api/text.h"
#include "lib/base/status.h"

namespace perennial {
namespace {

constexpr size_t kMaxOrderFields = 5;
constexpr size_t kCurrencyColumn = 1;  // of Money
constexpr int kMaxOrderedLength = 300;

absl::Status InvalidOrderBy(absl::string_view description) {
  return InvalidFields({{"order_by", std::string(description)}}, v1::INVALID_ORDER_BY);
}

bool HasOrder(const Field& field) {
  return field.kind != FieldKind::kSet && field.kind != FieldKind::kMap &&
         field.max_length <= kMaxOrderedLength;
}

// SearchRank in SQL.
void AppendRank(const std::string& column, const std::vector<std::string>& words,
                SqlCondition& out) {
  const std::string begins = absl::StrCat(" ", absl::StrJoin(words, " "));
  const std::string at = absl::StrCat("INSTR(", column, ", ?)");
  // Of what is in the first line.
  const auto in_name = [&](const std::string& text) {
    absl::StrAppend(&out.sql, at, " > 0 AND ", at, " < ", at);
    for (const std::string& bind : {text, text, std::string("\n")}) out.binds.emplace_back(bind);
  };
  absl::StrAppend(&out.sql, "CASE WHEN ", at, " = 1 THEN 0 WHEN ", at, " = 1 THEN 1 WHEN ");
  out.binds.emplace_back(begins + "\n");
  out.binds.emplace_back(begins);
  in_name(begins);
  out.sql += " THEN 2 WHEN ";
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out.sql += " AND ";
    in_name(" " + words[i]);
  }
  out.sql += " THEN 3 ELSE 4 END";
}

}  // namespace

absl::StatusOr<OrderBy::Named> OrderBy::ParseField(absl::string_view text,
                                                   const FieldTable& table) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(text, absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
  if (words.empty()) return InvalidOrderBy("expected a field between the commas");
  const bool descending = words.size() == 2 && words[1] == "desc";
  if (words.size() > 2 || (words.size() == 2 && !descending && words[1] != "asc")) {
    return InvalidOrderBy(absl::StrCat("expected \"desc\" or a comma after ", words[0]));
  }
  const Field* field = table.Find(words[0]);
  if (field == nullptr) {
    return InvalidOrderBy(
        absl::StrCat("unknown field \"", words[0], "\"; there are ", table.PathList()));
  }
  if (!HasOrder(*field)) return InvalidOrderBy(absl::StrCat(words[0], " has no order"));
  return Named{field, descending};
}

void OrderBy::Add(const Named& named) {
  const Field& field = *named.field;
  if (field.kind == FieldKind::kMoney) {
    terms_.push_back({field, kCurrencyColumn, FieldKind::kText, named.descending, {}});
  }
  terms_.push_back({field, 0, field.kind, named.descending, {}});
}

absl::StatusOr<OrderBy> OrderBy::Parse(absl::string_view text, const FieldTable& table) {
  if (!CountCharacters(text).has_value()) {
    return InvalidOrderBy("must be UTF-8 without control characters");
  }
  OrderBy order;
  std::set<absl::string_view> names;
  bool descending = false;
  if (!absl::StripAsciiWhitespace(text).empty()) {
    for (const absl::string_view part : absl::StrSplit(text, ',')) {
      ASSIGN_OR_RETURN(const Named named, ParseField(part, table));
      if (!names.insert(named.field->path).second) {
        return InvalidOrderBy(absl::StrCat(named.field->path, " is named twice"));
      }
      if (names.size() > kMaxOrderFields) {
        return InvalidOrderBy(absl::StrCat("must have at most ", kMaxOrderFields, " fields"));
      }
      order.Add(named);
      descending = named.descending;
    }
  }
  const Field* name = table.Find("name");
  if (name != nullptr && names.count(name->path) == 0) order.Add({name, descending});
  return order;
}

bool OrderBy::joins() const {
  return std::any_of(terms_.begin(), terms_.end(),
                     [](const Term& term) { return term.field.joined; });
}

OrderBy OrderBy::BestMatch(const std::vector<std::string>& words, const FieldTable& table) {
  OrderBy order;
  const Field& search = *table.Find("search");
  order.terms_.push_back({search, 0, FieldKind::kInteger, false, words});
  const Field* called = table.Find(search.searched.front()->name());
  if (called != nullptr && HasOrder(*called)) order.Add({called, false});
  order.Add({table.Find("name"), false});
  return order;
}

OrderBy OrderBy::Reversed() const {
  OrderBy reversed = *this;
  for (Term& term : reversed.terms_) term.descending = !term.descending;
  return reversed;
}

void OrderBy::Term::AppendTo(SqlCondition& out) const {
  if (words.empty()) {
    out.sql += field.columns[column];
  } else {
    AppendRank(field.columns[column], words, out);
  }
}

SqlCondition OrderBy::ToSql() const {
  SqlCondition order;
  for (const Term& term : terms_) {
    if (!order.sql.empty()) order.sql += ", ";
    term.AppendTo(order);
    if (term.descending) order.sql += " DESC";
  }
  return order;
}

SqlCondition OrderBy::After(const std::vector<FieldValue>& last) const {
  SqlCondition condition;
  const auto compare = [&](size_t i, absl::string_view comparator) {
    terms_[i].AppendTo(condition);
    absl::StrAppend(&condition.sql, comparator);
    condition.binds.push_back(last[i]);
  };
  for (size_t i = 0; i < terms_.size(); ++i) {
    const absl::string_view beyond = terms_[i].descending ? " < ?" : " > ?";
    if (i + 1 < terms_.size()) {
      // Of the rows that the bound leaves, those not beyond are level: the next term decides.
      compare(i, terms_[i].descending ? " <= ?" : " >= ?");
      condition.sql += " AND (";
    }
    compare(i, beyond);
    if (i + 1 < terms_.size()) condition.sql += " OR ";
  }
  if (!terms_.empty()) condition.sql.append(terms_.size() - 1, ')');
  return condition;
}

FieldValue OrderBy::Term::ValueIn(const google::protobuf::Message& resource) const {
  std::vector<FieldValue> values;
  AppendFieldValues(resource, field, values);
  if (words.empty()) return std::move(values[column]);
  return SearchRank(std::get<std::string>(values[column]), words);
}

std::vector<FieldValue> OrderBy::KeyOf(const google::protobuf::Message& resource) const {
  std::vector<FieldValue> key;
  for (const Term& term : terms_) key.push_back(term.ValueIn(resource));
  return key;
}

PageKeyShape OrderBy::KeyShape() const {
  PageKeyShape shape;
  for (const Term& term : terms_) shape.push_back(term.kind);
  return shape;
}

bool OrderBy::Less(const google::protobuf::Message& a, const google::protobuf::Message& b) const {
  return KeyLess(KeyOf(a), KeyOf(b));
}

bool OrderBy::KeyLess(const std::vector<FieldValue>& a, const std::vector<FieldValue>& b) const {
  for (size_t i = 0; i < terms_.size(); ++i) {
    if (a[i] != b[i]) return (a[i] < b[i]) != terms_[i].descending;
  }
  return false;
}

}  // namespace perennial
