#include "lib/api/order_by.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/api/errors.h"
#include "lib/api/text.h"
#include "lib/base/status.h"

namespace perennial {
namespace {

constexpr size_t kMaxOrderFields = 5;
constexpr int kMaxOrderedLength = 300;

absl::Status InvalidOrderBy(absl::string_view description) {
  return InvalidFields({{"order_by", std::string(description)}}, v1::INVALID_ORDER_BY);
}

bool HasOrder(const Field& field) {
  return field.kind != FieldKind::kSet && field.kind != FieldKind::kMap &&
         field.max_length <= kMaxOrderedLength;
}

}  // namespace

absl::StatusOr<OrderBy::Term> OrderBy::ParseTerm(absl::string_view text, const FieldTable& table) {
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
  return Term{*field, field->columns[0], descending};
}

absl::StatusOr<OrderBy> OrderBy::Parse(absl::string_view text, const FieldTable& table) {
  if (!CountCharacters(text).has_value()) {
    return InvalidOrderBy("must be UTF-8 without control characters");
  }
  OrderBy order;
  const auto names = [&order](absl::string_view path) {
    return std::any_of(order.terms_.begin(), order.terms_.end(),
                       [path](const Term& term) { return term.field.path == path; });
  };
  if (!absl::StripAsciiWhitespace(text).empty()) {
    for (const absl::string_view part : absl::StrSplit(text, ',')) {
      ASSIGN_OR_RETURN(Term term, ParseTerm(part, table));
      if (names(term.field.path)) {
        return InvalidOrderBy(absl::StrCat(term.field.path, " is named twice"));
      }
      if (order.terms_.size() == kMaxOrderFields) {
        return InvalidOrderBy(absl::StrCat("must have at most ", kMaxOrderFields, " fields"));
      }
      order.terms_.push_back(std::move(term));
    }
  }
  const Field* name = table.Find("name");
  if (name != nullptr && !names(name->path)) {
    const bool descending = !order.terms_.empty() && order.terms_.back().descending;
    order.terms_.push_back({*name, name->columns[0], descending});
  }
  return order;
}

std::string OrderBy::ToSql() const {
  return absl::StrJoin(terms_, ", ", [](std::string* out, const Term& term) {
    absl::StrAppend(out, term.column, term.descending ? " DESC" : "");
  });
}

SqlCondition OrderBy::After(const std::vector<FieldValue>& last) const {
  SqlCondition condition;
  for (size_t i = 0; i < terms_.size(); ++i) {
    const Term& term = terms_[i];
    const absl::string_view beyond = term.descending ? " < ?" : " > ?";
    const absl::string_view not_before = term.descending ? " <= ?" : " >= ?";
    if (i + 1 == terms_.size()) {
      absl::StrAppend(&condition.sql, term.column, beyond);
    } else {
      // Of the rows that the bound leaves, those not beyond are level: the next term decides.
      absl::StrAppend(&condition.sql, term.column, not_before, " AND (", term.column, beyond,
                      " OR ");
      condition.binds.push_back(last[i]);
    }
    condition.binds.push_back(last[i]);
  }
  if (!terms_.empty()) condition.sql.append(terms_.size() - 1, ')');
  return condition;
}

std::vector<FieldValue> OrderBy::KeyOf(const google::protobuf::Message& resource) const {
  std::vector<FieldValue> key;
  std::vector<FieldValue> values;
  for (const Term& term : terms_) {
    values.clear();
    AppendFieldValues(resource, term.field, values);
    key.push_back(std::move(values[0]));
  }
  return key;
}

PageKeyShape OrderBy::KeyShape() const {
  PageKeyShape shape;
  for (const Term& term : terms_) shape.push_back(term.field.kind);
  return shape;
}

bool OrderBy::Less(const google::protobuf::Message& a, const google::protobuf::Message& b) const {
  const std::vector<FieldValue> key_a = KeyOf(a);
  const std::vector<FieldValue> key_b = KeyOf(b);
  for (size_t i = 0; i < terms_.size(); ++i) {
    if (key_a[i] != key_b[i]) return (key_a[i] < key_b[i]) != terms_[i].descending;
  }
  return false;
}

}  // namespace perennial
