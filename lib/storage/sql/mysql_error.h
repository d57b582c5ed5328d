#ifndef PERENNIAL_LIB_STORAGE_SQL_MYSQL_ERROR_H_
#define PERENNIAL_LIB_STORAGE_SQL_MYSQL_ERROR_H_

#include "absl/status/status.h"

namespace perennial::sql {

// What an error code of the server or of the driver means.
enum class MysqlError {
  kDuplicateKey,
  kConflict,       // the transaction may be run again
  kSchemaDiffers,  // created already, or dropped already
  kDiskFull,
  kTookTooLong,
  kConnectionLost,  // or the server can no longer serve it
  kRefused,         // user, password or rights
  kOther,
};

MysqlError ClassifyMysqlError(int code);

// In the words and codes that database.h promises.
absl::Status ToStatus(MysqlError error);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_MYSQL_ERROR_H_
