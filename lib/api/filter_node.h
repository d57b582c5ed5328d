#ifndef PERENNIAL_LIB_API_FILTER_NODE_H_
#define PERENNIAL_LIB_API_FILTER_NODE_H_

// What a filter's text is parsed into. For filter.cc and filter_parser.cc only.

#include <string>
#include <vector>

#include "lib/api/fields.h"
#include "lib/api/filter.h"

namespace perennial {

enum class FilterOp {
  kAnd,
  kOr,
  kNot,
  // Tests of one column.
  kAlways,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kContains,
  // Contains, of a search whose words are indexed.
  kHasWord,
  // Contains, of a map whose entries say who the resource is.
  kHasIdentity,
  kStartsWith,
  kEndsWith,
};

struct Filter::Node {
  FilterOp op = FilterOp::kAlways;

  // Of kAnd and kOr two or more; of kNot one.
  std::vector<Node> children;

  // Of a test: the column of a field that it looks at, and what it compares
  // it with, which has the column's type.
  Field field;
  size_t column = 0;
  FieldValue value;
  // Of kHasIdentity.
  std::string key, entry;
  // False on an unset value (0 or ""), whatever the comparison would say.
  bool only_if_set = false;
};

// One of kAnd or kOr over all of `children`, or the only one.
Filter::Node Combine(FilterOp op, std::vector<Filter::Node> children);

Filter::Node Not(Filter::Node child);

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_FILTER_NODE_H_
