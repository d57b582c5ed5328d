#include "lib/storage/keys.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/api/order_by.h"
#include "lib/base/status.h"
#include "lib/storage/bind.h"

namespace perennial {
namespace {

FieldValue ValueIn(const sql::Row& row, int column, FieldKind kind) {
  switch (kind) {
    case FieldKind::kBool:
    case FieldKind::kInteger:
    case FieldKind::kTime:
    case FieldKind::kMoney:
      return row.Integer(column);
    case FieldKind::kReal:
      return row.Real(column);
    default:
      return std::string(row.Text(column));
  }
}

}  // namespace

absl::StatusOr<std::vector<Key>> SelectKeys(Selection selection, absl::string_view field,
                                            const Key& after, int limit, ReadTx& tx) {
  const FieldTable& fields = selection.table().fields();
  ASSIGN_OR_RETURN(const OrderBy order, OrderBy::Parse(field, fields));
  if (!after.empty()) {
    selection.Matching(order.After(after));
  } else if (field.empty()) {
    // MariaDB takes the index that has this order only where it is told where to begin.
    selection.Where("name", ">", "");
  }
  selection.OrderBy(order).Limit(limit);
  std::vector<absl::string_view> paths = {"name"};
  if (!field.empty()) paths.insert(paths.begin(), field);
  const auto column_of = [&](std::string* out, absl::string_view path) {
    absl::StrAppend(out, selection.ColumnOf(path));
  };
  std::vector<Key> keys;
  RETURN_IF_ERROR(tx.connection().Query(
      absl::StrCat("SELECT ", absl::StrJoin(paths, ", ", column_of), selection.ToSql()),
      ToBinds(selection.binds()), [&](const sql::Row& row) {
        Key& key = keys.emplace_back();
        for (size_t i = 0; i < paths.size(); ++i) {
          key.push_back(ValueIn(row, static_cast<int>(i), fields.Find(paths[i])->kind));
        }
        return absl::OkStatus();
      }));
  return keys;
}

const std::string& NameIn(const Key& key) { return std::get<std::string>(key.back()); }

}  // namespace perennial
