#include "lib/storage/migrations.h"

#include <vector>

#include "lib/storage/fill_column.h"

namespace perennial {

absl::Span<const sql::Migration> Migrations() {
  static const auto* const migrations = [] {
    auto* all = new std::vector<sql::Migration>{
#include "embedded_migrations.inc"
    };
    for (sql::Migration& migration : *all) migration.fill = FillColumn;
    return all;
  }();
  return *migrations;
}

}  // namespace perennial
