#ifndef PERENNIAL_LIB_STORAGE_SQL_MYSQL_FLAVOR_H_
#define PERENNIAL_LIB_STORAGE_SQL_MYSQL_FLAVOR_H_

// What differs between the servers that speak MySQL's protocol. Their errors are in mysql_error.h.

#include "absl/strings/string_view.h"

namespace perennial::sql {

enum class MysqlFlavor {
  kUnknown,  // before it has said so
  kMariadb,
  kMysql,
  kTidb,
  kVitess,
  kOceanbase,
};

// By what a server says of itself in @@version and @@version_comment.
MysqlFlavor FlavorOf(absl::string_view version, absl::string_view comment);

// Of utf8mb4: texts are equal where every character is the same, blanks at the end too, and their
// order is that of their code points, as in SQLite.
absl::string_view CollationOf(MysqlFlavor flavor);

// What a query ends with to hold its rows together with others who hold them so, where the server
// can do that to rows; alone, where it cannot.
absl::string_view SharedLockOf(MysqlFlavor flavor);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_MYSQL_FLAVOR_H_
