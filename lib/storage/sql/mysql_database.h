#ifndef PERENNIAL_LIB_STORAGE_SQL_MYSQL_DATABASE_H_
#define PERENNIAL_LIB_STORAGE_SQL_MYSQL_DATABASE_H_

#include <memory>

#include "lib/storage/sql/database.h"
#include "lib/storage/sql/mysql_connection.h"

namespace perennial::sql {

// sql::Open for a database on a MySQL server, which to be served is created where the server has
// none of its name.
absl::StatusOr<std::unique_ptr<Database>> OpenMysql(const MysqlTarget& target, Use use);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_MYSQL_DATABASE_H_
