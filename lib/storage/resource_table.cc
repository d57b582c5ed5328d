#include "lib/storage/resource_table.h"

#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "lib/api/resource_name.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/options.pb.h"

namespace perennial {

using google::protobuf::Descriptor;

const ResourceTable& ResourceTable::Of(const Descriptor& resource) {
  static absl::Mutex mutex(absl::kConstInit);
  static auto& tables = *new std::map<const Descriptor*, const ResourceTable*>;
  absl::MutexLock lock(&mutex);
  const ResourceTable*& table = tables[&resource];
  if (table == nullptr) table = new ResourceTable(resource);
  return *table;
}

ResourceTable::ResourceTable(const Descriptor& resource)
    : descriptor_(resource), fields_(FieldTable::Of(resource)) {
  const v1::ResourceType& options = resource.options().GetExtension(v1::resource);
  type_ = options.type();
  pattern_ = options.pattern();
  table_ = options.table();

  const std::vector<std::string>& columns = fields_.columns();
  select_ = absl::StrCat("SELECT data FROM ", table_, " WHERE name = ?");
  erase_ = absl::StrCat("DELETE FROM ", table_, " WHERE name = ? AND version = ?");
  insert_ = absl::StrCat("INSERT INTO ", table_, " (name, version, create_time, update_time, ",
                         absl::StrJoin(columns, ", "), columns.empty() ? "" : ", ",
                         "data) VALUES (?, ?, ?, ?, ");
  for (size_t i = 0; i < columns.size(); ++i) absl::StrAppend(&insert_, "?, ");
  absl::StrAppend(&insert_, "?)");

  if (fields_.summary() != nullptr) {
    const std::string& accounts =
        v1::Account::descriptor()->options().GetExtension(v1::resource).table();
    summaries_ = "(SELECT name AS account_name, data AS account_data";
    for (const Field& field : fields_.joined_fields()) {
      absl::StrAppend(&summaries_, ", ", field.descriptor->name(), " AS ", field.columns.front());
    }
    absl::StrAppend(&summaries_, " FROM ", accounts, ") AS summaries");
    account_data_ = absl::StrCat("(SELECT ", accounts, ".data FROM ", accounts, " WHERE ", accounts,
                                 ".name = ", table_, ".account)");
    select_with_account_ =
        absl::StrCat("SELECT data, ", account_data_, " FROM ", table_, " WHERE name = ?");
  }

  for (const Field& field : fields_.fields()) {
    if (field.descriptor == nullptr) continue;
    const v1::FieldRules& rules = field.descriptor->options().GetExtension(v1::rules);
    if (rules.identity()) identity_ = field.descriptor;
    if (rules.reference().empty()) continue;
    references_.push_back({&field, ResourceByType(rules.reference()), rules.output_only()});
  }
}

std::string ResourceTable::Update(const std::vector<size_t>& columns) const {
  std::string sql = absl::StrCat("UPDATE ", table_, " SET version = ?, update_time = ?, ");
  for (size_t column : columns) absl::StrAppend(&sql, fields_.columns()[column], " = ?, ");
  absl::StrAppend(&sql, "data = ? WHERE name = ? AND version = ?");
  return sql;
}

}  // namespace perennial
