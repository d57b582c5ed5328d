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
    terms_.push_back({field, kCurrencyColumn, FieldKind::kText, named.descending});
  }
  terms_.push_back({field, 0, field.kind, named.descending});
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

std::string OrderBy::ToSql() const {
  return absl::StrJoin(terms_, ", ", [](std::string* out, const Term& term) {
    absl::StrAppend(out, term.sql(), term.descending ? " DESC" : "");
  });
}

SqlCondition OrderBy::After(const std::vector<FieldValue>& last) const {
  SqlCondition condition;
  for (size_t i = 0; i < terms_.size(); ++i) {
    const Term& term = terms_[i];
    const absl::string_view beyond = term.descending ? " < ?" : " > ?";
    const absl::string_view not_before = term.descending ? " <= ?" : " >= ?";
    if (i + 1 == terms_.size()) {
      absl::StrAppend(&condition.sql, term.sql(), beyond);
    } else {
      // Of the rows that the bound leaves, those not beyond are level: the next term decides.
      absl::StrAppend(&condition.sql, term.sql(), not_before, " AND (", term.sql(), beyond, " OR ");
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
    key.push_back(std::move(values[term.column]));
  }
  return key;
}

PageKeyShape OrderBy::KeyShape() const {
  PageKeyShape shape;
  for (const Term& term : terms_) shape.push_back(term.kind);
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
