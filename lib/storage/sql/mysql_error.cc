#include "lib/storage/sql/mysql_error.h"

namespace perennial::sql {

MysqlError ClassifyMysqlError(int code) {
  switch (code) {
    case 1022:  // ER_DUP_KEY
    case 1062:  // ER_DUP_ENTRY
    case 1586:  // ER_DUP_ENTRY_WITH_KEY_NAME
      return MysqlError::kDuplicateKey;
    case 1020:  // ER_CHECKREAD: changed since it was read
    case 1180:  // ER_ERROR_DURING_COMMIT
    case 1205:  // ER_LOCK_WAIT_TIMEOUT
    case 1206:  // ER_LOCK_TABLE_FULL
    case 1213:  // ER_LOCK_DEADLOCK; Galera's certification
    case 3101:  // ER_TRANSACTION_ROLLBACK_DURING_COMMIT: Group Replication's certification
      return MysqlError::kConflict;
    case 1050:  // ER_TABLE_EXISTS_ERROR
    case 1051:  // ER_BAD_TABLE_ERROR: nothing to drop
    case 1060:  // ER_DUP_FIELDNAME
    case 1061:  // ER_DUP_KEYNAME
    case 1091:  // ER_CANT_DROP_FIELD_OR_KEY
      return MysqlError::kSchemaDiffers;
    case 1021:  // ER_DISK_FULL
    case 1114:  // ER_RECORD_FILE_FULL
      return MysqlError::kDiskFull;
    case 1969:  // ER_STATEMENT_TIMEOUT of MariaDB
    case 3024:  // ER_QUERY_TIMEOUT of MySQL
      return MysqlError::kTookTooLong;
    case 1044:  // ER_DBACCESS_DENIED_ERROR
    case 1045:  // ER_ACCESS_DENIED_ERROR
    case 1251:  // ER_NOT_SUPPORTED_AUTH_MODE
    case 1698:  // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
      return MysqlError::kRefused;
    case 1040:  // ER_CON_COUNT_ERROR
    case 1047:  // ER_UNKNOWN_COM_ERROR: a Galera node that is not ready
    case 1053:  // ER_SERVER_SHUTDOWN
    case 1129:  // ER_HOST_IS_BLOCKED
    case 1203:  // ER_TOO_MANY_USER_CONNECTIONS
    case 1290:  // ER_OPTION_PREVENTS_STATEMENT: read-only, as after a failover
    case 1317:  // ER_QUERY_INTERRUPTED
    case 1836:  // ER_READ_ONLY_MODE
    case 1927:  // ER_CONNECTION_KILLED of MariaDB
    case 2002:  // CR_CONNECTION_ERROR
    case 2003:  // CR_CONN_HOST_ERROR
    case 2005:  // CR_UNKNOWN_HOST
    case 2006:  // CR_SERVER_GONE_ERROR
    case 2012:  // CR_SERVER_HANDSHAKE_ERR
    case 2013:  // CR_SERVER_LOST
    case 2014:  // CR_COMMANDS_OUT_OF_SYNC
    case 2026:  // CR_SSL_CONNECTION_ERROR
    case 2027:  // CR_MALFORMED_PACKET
    case 2055:  // CR_SERVER_LOST_EXTENDED
    case 4031:  // ER_CLIENT_INTERACTION_TIMEOUT
      return MysqlError::kConnectionLost;
    default:
      return MysqlError::kOther;
  }
}

absl::Status ToStatus(MysqlError error) {
  switch (error) {
    case MysqlError::kDuplicateKey:
      return absl::AlreadyExistsError("a row with this key exists already");
    case MysqlError::kConflict:
      return absl::AbortedError("another write was in the way");
    case MysqlError::kSchemaDiffers:
      return absl::FailedPreconditionError("the schema is not as the statement expects it");
    case MysqlError::kDiskFull:
      return absl::ResourceExhaustedError("the database's disk is full");
    case MysqlError::kTookTooLong:
      return absl::DeadlineExceededError("the deadline passed while the database worked");
    case MysqlError::kConnectionLost:
      return absl::UnavailableError("the database cannot be reached");
    case MysqlError::kRefused:
      return absl::UnavailableError("the database refuses the user, the password or the access");
    case MysqlError::kOther:
      break;
  }
  return absl::InternalError("the database refused a statement");
}

}  // namespace perennial::sql
