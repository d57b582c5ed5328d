#ifndef PERENNIAL_LIB_STORAGE_SQL_MYSQL_TEXT_H_
#define PERENNIAL_LIB_STORAGE_SQL_MYSQL_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/storage/sql/database.h"

namespace perennial::sql {

// The statement with literals in place of its `?`, for a server that prepares none. They mean what
// the binds do in a session with ANSI_QUOTES and NO_BACKSLASH_ESCAPES. Throws the driver's
// InvalidArgumentException where there are not as many binds as `?`.
std::string WithLiterals(absl::string_view sql, absl::Span<const Bind> binds);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_MYSQL_TEXT_H_
