#ifndef PERENNIAL_LIB_STORAGE_FILL_COLUMN_H_
#define PERENNIAL_LIB_STORAGE_FILL_COLUMN_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/storage/sql/database.h"

namespace perennial {

// Sets a column that a migration has added, `table.column`, in each row to what the resource's
// field table says. A row whose data is damaged is left as it is, and so is all where this program
// has no such column any more. `table.search_words` fills the table search_words with the words of
// the table's rows, none of which are there.
absl::Status FillColumn(sql::Connection& connection, absl::string_view column);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_FILL_COLUMN_H_
