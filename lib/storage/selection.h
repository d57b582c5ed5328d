#ifndef PERENNIAL_LIB_STORAGE_SELECTION_H_
#define PERENNIAL_LIB_STORAGE_SELECTION_H_

// Which resources of a type to read, in terms of their fields:
//
//   tx.Select<Touch>(From<Touch>().Under(account).Where("touch_time", ">=", since)
//                        .OrderBy("touch_time"))

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "lib/api/fields.h"
#include "lib/api/filter.h"
#include "lib/api/order_by.h"
#include "lib/storage/resource_table.h"

namespace perennial {

// Stands in statements whose filter or order a caller wrote, which may read and sort what they
// like. Of all others tests expect that an index answers them.
inline constexpr absl::string_view kAsAsked = " /* as asked */";

class Selection {
 public:
  explicit Selection(const ResourceTable& table) : table_(table) {}

  // Everything whose name starts with the parent's name and a slash.
  Selection& Under(absl::string_view parent);
  // Everything whose name starts with this: everything there is where it is empty or a collection
  // at the top ("accounts/").
  Selection& WithPrefix(absl::string_view prefix);

  // Compares a field with a value; an enum by the name of its value, a bool by 0 or 1.
  // `op` is one of = != < <= > >=. The field has to exist: a fault of ours otherwise.
  Selection& Where(absl::string_view field, absl::string_view op, int64_t value);
  Selection& Where(absl::string_view field, absl::string_view op, absl::Time value);
  Selection& Where(absl::string_view field, absl::string_view op, absl::CivilDay value);
  Selection& Where(absl::string_view field, absl::string_view op, absl::string_view value);
  // A filter of our own, which can be parsed: a fault of ours otherwise. Nothing where empty.
  Selection& Where(absl::string_view filter);
  Selection& WhereAnyOf(absl::string_view field, const std::vector<std::string>& values);
  // A repeated field that has the element.
  Selection& WhereHas(absl::string_view field, absl::string_view element);
  Selection& Matching(const Filter& filter);
  // The same; what it asks of joined fields is looked up beforehand in all accounts rather than of
  // each row. That is faster where everything that matches is read, as for sums.
  Selection& MatchingAllOf(const Filter& filter);
  Selection& Matching(SqlCondition condition);

  // As order_by has it. By name where not given and `Limit` is; in any order otherwise.
  Selection& OrderBy(absl::string_view order_by);
  Selection& OrderBy(const perennial::OrderBy& order);
  Selection& Limit(int rows);
  // A caller wrote the filter or the order: no index need fit it.
  Selection& AsAsked();

  const ResourceTable& table() const { return table_; }
  // Whether a filter or the order goes by joined fields: the statement has their columns then, and
  // account_data, the stored account.
  bool joins() const { return joins_; }
  // " FROM ... WHERE ... ORDER BY ... LIMIT ..." and its binds.
  std::string ToSql() const;
  std::vector<FieldValue> binds() const;
  // The column that a field is compared and ordered by.
  const std::string& ColumnOf(absl::string_view field) const;

 private:
  Selection& Compare(absl::string_view field, absl::string_view op, FieldValue value);

  const ResourceTable& table_;
  std::vector<std::string> conditions_;
  std::vector<FieldValue> binds_;
  SqlCondition order_;
  int limit_ = 0;
  bool as_asked_ = false;
  bool joins_ = false;
};

template <class T>
Selection From() {
  return Selection(ResourceTable::Of<T>());
}

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_SELECTION_H_
