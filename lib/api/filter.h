#ifndef PERENNIAL_LIB_API_FILTER_H_
#define PERENNIAL_LIB_API_FILTER_H_

// AIP-160 filters over a resource's field table.
//
//   stage = RENEWAL AND arr >= 50000 AND NOT (owner = "" OR labels.tier = "gold")
//
// AND binds looser than OR, as AIP-160 has it; a blank is AND. `-x` is NOT x.
// Comparators: = != < <= > >= and : (has). What each kind takes:
//   text     = != < <= > >= with a string; `*` at either end of an = or != value
//            stands for anything; `:` is "contains". Case-sensitive.
//   integer, real  numbers.           bool   = != with true or false.
//   enum     = != with a value's name.
//   date     a day "2025-01-31".      time   RFC 3339 or a day.
//   money    a decimal number in the unit of whatever currency (`arr >= 50000`), or with a
//   currency,
//            of which alone there are any then (`arr >= "USD 50000"`);
//            `arr.micros` an integer, `arr.currency_code` a text.
//   set      : with an element (`roles:CHAMPION`).
//   search   `:` with words (search_text.h), each of which a word of the resource's texts begins
//            with, in whatever order, case and Unicode form (`search:"zoë müll"`); at most 20.
//   map      `labels.key = "value"`, `!=`, `labels:key` (the key is there).
//   any      `field:*` is "is set".
// < <= > >= on an unset date or time is false; so is everything but != on an absent label.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "lib/api/fields.h"

namespace perennial {

inline constexpr int kMaxFilterLength = 4000;  // bytes
inline constexpr int kMaxFilterDepth = 20;     // parentheses and NOTs
inline constexpr int kMaxFilterTerms = 100;

// A condition in SQL with its binds, in order. Empty: no condition.
struct SqlCondition {
  std::string sql;
  std::vector<FieldValue> binds;
};

class Filter {
 public:
  // Matches everything.
  Filter() = default;

  // INVALID_ARGUMENT (INVALID_FILTER, field "filter") says at which character what was
  // expected; unknown fields list those that there are.
  static absl::StatusOr<Filter> Parse(absl::string_view text, const FieldTable& table);

  // Of joined fields (see fields.h): as the summary in the message has them.
  bool Matches(const google::protobuf::Message& resource) const;

  // Portable to both engines (INSTR, no LIKE). Sets are matched by "\nA\n".
  SqlCondition ToSql() const;
  // The same for a statement without the columns of joined fields: what is asked of them is asked
  // of `summaries`, which has them and `account_name`, by a subquery.
  SqlCondition ToSql(absl::string_view summaries) const;

  // Whether it asks for joined fields.
  bool joins() const;

  // The words that it searches for, folded; without those under a NOT.
  std::vector<std::string> SearchedWords() const;

  bool empty() const { return root_ == nullptr; }

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_FILTER_H_
