#ifndef PERENNIAL_LIB_STORAGE_SQL_MYSQL_ERROR_H_
#define PERENNIAL_LIB_STORAGE_SQL_MYSQL_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/storage/sql/mysql_flavor.h"

namespace perennial::sql {

// What an error of the server or of the driver means.
enum class MysqlError {
  kDuplicateKey,
  kConflict,       // the transaction may be run again
  kSchemaDiffers,  // created already, or dropped already
  kDiskFull,
  kDamaged,  // what the statement needed
  kTookTooLong,
  kConnectionLost,  // or the server can no longer serve it
  kNoRoom,          // for another connection or question, of anybody or of this user
  kNoRoomForStatements,
  // What only somebody who administers the database can mend:
  kWrongPassword,
  kPasswordExpired,
  kAccountLocked,
  kNoRight,
  kHostNotAllowed,
  kNeedsEncryption,
  kNotVerified,  // the server's certificate
  kWrongHost,    // in the server's certificate
  kNoPluginForUser,
  kNotSupported,
  kOther,
};

// `detail` is the error's text.
MysqlError ClassifyMysqlError(MysqlFlavor flavor, int code, absl::string_view detail);

// In the codes that database.h promises. The words are for whoever starts the server: what is
// wrong, and what to do.
absl::Status ToStatus(MysqlError error);

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_MYSQL_ERROR_H_
