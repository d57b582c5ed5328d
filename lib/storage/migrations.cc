#include "lib/storage/migrations.h"

#include <vector>

namespace perennial {

absl::Span<const sql::Migration> Migrations() {
  static const auto* const migrations = new std::vector<sql::Migration>{
#include "embedded_migrations.inc"
  };
  return *migrations;
}

}  // namespace perennial
