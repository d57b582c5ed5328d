#ifndef PERENNIAL_LIB_API_FILTER_COMPARISON_H_
#define PERENNIAL_LIB_API_FILTER_COMPARISON_H_

// What each kind of field can be compared with, and how. For filter_parser.cc only.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/api/fields.h"
#include "lib/api/filter_node.h"

namespace perennial {

// What a comparison looks at: a field, or a part of one.
struct FilterTarget {
  const Field* field = nullptr;
  FieldKind kind = FieldKind::kText;  // of the part, where it is one
  size_t column = 0;
  std::string label;  // of `labels.label`
};

// What a comparison compares with.
struct FilterArgument {
  std::string text;  // without its quotes and backslashes
  bool quoted = false;
  // It starts or ends with a `*` that no backslash stands before: for anything, in an equality of
  // texts. The star is in `text`, and a single one is the start alone.
  bool open_start = false;
  bool open_end = false;
};

// The field or part that `path` names; its `field` is null if there is none.
FilterTarget FindTarget(const FieldTable& table, absl::string_view path);

// Whether the target can be compared in this way at all, and in which ways it can.
bool TakesComparator(const FilterTarget& target, FilterOp op, const FilterArgument& argument);
absl::string_view ComparatorsOf(const FilterTarget& target);

// Of a comparator that the target takes. The message of an error says what was expected in place
// of the argument.
absl::StatusOr<Filter::Node> MakeComparison(const FilterTarget& target, FilterOp op,
                                            const FilterArgument& argument);

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_FILTER_COMPARISON_H_
