#ifndef PERENNIAL_LIB_API_ORDER_BY_H_
#define PERENNIAL_LIB_API_ORDER_BY_H_

// `arr desc, renewal_date`: the order of a list, and where in it a page ended.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "lib/api/fields.h"
#include "lib/api/filter.h"
#include "lib/api/page_token.h"

namespace perennial {

class OrderBy {
 public:
  // At most 5 fields; the name is appended, in the direction of the last one,
  // so that an index over the fields and the name serves both directions and
  // the order is total. INVALID_ARGUMENT (INVALID_ORDER_BY) names an unknown
  // field, or one that has no order (sets, maps, texts of more than 300 characters). Money is
  // ordered by currency, and then by amount: amounts of two currencies are not compared.
  static absl::StatusOr<OrderBy> Parse(absl::string_view text, const FieldTable& table);

  // Whether it goes by joined fields (fields.h), whose columns a statement must have then.
  bool joins() const;

  // The best matches of the words of a search first, as of SearchRank; those that match alike by
  // what they are called, and then by name.
  static OrderBy BestMatch(const std::vector<std::string>& words, const FieldTable& table);

  // The same from behind.
  OrderBy Reversed() const;

  // "arr_currency DESC, arr_micros DESC, name DESC"
  SqlCondition ToSql() const;

  // The condition for rows behind `last` (one value a term, as KeyOf gives).
  // No row-value comparison; starts with a plain bound on the first column so that
  // an index can be used: "arr_micros <= ? AND (arr_micros < ? OR ...)".
  SqlCondition After(const std::vector<FieldValue>& last) const;

  std::vector<FieldValue> KeyOf(const google::protobuf::Message& resource) const;

  // What KeyOf gives: a kind for each term.
  PageKeyShape KeyShape() const;

  // Is `a` before `b`? For lists in memory and tests.
  bool Less(const google::protobuf::Message& a, const google::protobuf::Message& b) const;
  // The same of what KeyOf gives.
  bool KeyLess(const std::vector<FieldValue>& a, const std::vector<FieldValue>& b) const;

 private:
  struct Term {
    Field field;
    size_t column;  // of the field's
    FieldKind kind;
    bool descending;
    // Where there are any, it goes by how well the field, `search`, matches them.
    std::vector<std::string> words;

    FieldValue ValueIn(const google::protobuf::Message& resource) const;
    void AppendTo(SqlCondition& out) const;
  };
  struct Named {
    const Field* field;
    bool descending;
  };
  static absl::StatusOr<Named> ParseField(absl::string_view text, const FieldTable& table);
  void Add(const Named& named);

  std::vector<Term> terms_;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_ORDER_BY_H_
