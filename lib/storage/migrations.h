#ifndef PERENNIAL_LIB_STORAGE_MIGRATIONS_H_
#define PERENNIAL_LIB_STORAGE_MIGRATIONS_H_

#include "absl/types/span.h"
#include "lib/storage/sql/migrations.h"

namespace perennial {

// The schema that this program was built for: migrations/NNNN_title.sql, by number.
absl::Span<const sql::Migration> Migrations();

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_MIGRATIONS_H_
