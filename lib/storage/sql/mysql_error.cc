#include "lib/storage/sql/mysql_error.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "lib/storage/sql/damage.h"

namespace perennial::sql {
namespace {

struct Meaning {
  int code;
  MysqlError error;
  // The one whose server means this by the code; unknown: everyone's.
  MysqlFlavor flavor = MysqlFlavor::kUnknown;
};

// One flavor's own come before what the others mean by the same code.
constexpr Meaning kMeanings[] = {
    {1022, MysqlError::kDuplicateKey},  // ER_DUP_KEY
    {1062, MysqlError::kDuplicateKey},  // ER_DUP_ENTRY
    {1586, MysqlError::kDuplicateKey},  // ER_DUP_ENTRY_WITH_KEY_NAME

    {1020, MysqlError::kConflict},  // ER_CHECKREAD: changed since it was read
    {1180, MysqlError::kConflict},  // ER_ERROR_DURING_COMMIT
    {1205, MysqlError::kConflict},  // ER_LOCK_WAIT_TIMEOUT
    {1206, MysqlError::kConflict},  // ER_LOCK_TABLE_FULL
    {1213, MysqlError::kConflict},  // ER_LOCK_DEADLOCK; Galera's certification
    {1412, MysqlError::kConflict},  // ER_TABLE_DEF_CHANGED: since the snapshot was taken
    {1615, MysqlError::kConflict},  // ER_NEED_REPREPARE
    {3101, MysqlError::kConflict},  // ER_TRANSACTION_ROLLBACK_DURING_COMMIT: Group Replication's
    {8002, MysqlError::kConflict, MysqlFlavor::kTidb},       // of a SELECT FOR UPDATE
    {8005, MysqlError::kConflict, MysqlFlavor::kTidb},       // another transaction wrote first
    {8022, MysqlError::kConflict, MysqlFlavor::kTidb},       // COMMIT failed and was rolled back
    {8028, MysqlError::kConflict, MysqlFlavor::kTidb},       // the schema changed meanwhile
    {9007, MysqlError::kConflict, MysqlFlavor::kTidb},       // another transaction wrote first
    {6002, MysqlError::kConflict, MysqlFlavor::kOceanbase},  // OB_TRANS_ROLLBACKED

    {1050, MysqlError::kSchemaDiffers},  // ER_TABLE_EXISTS_ERROR
    {1051, MysqlError::kSchemaDiffers},  // ER_BAD_TABLE_ERROR: nothing to drop
    {1060, MysqlError::kSchemaDiffers},  // ER_DUP_FIELDNAME
    {1061, MysqlError::kSchemaDiffers},  // ER_DUP_KEYNAME
    {1091, MysqlError::kSchemaDiffers},  // ER_CANT_DROP_FIELD_OR_KEY

    {1021, MysqlError::kDiskFull},  // ER_DISK_FULL
    {1114, MysqlError::kDiskFull},  // ER_RECORD_FILE_FULL

    {1030, MysqlError::kDamaged},  // ER_GET_ERRNO: by the engine's own number
    {1034, MysqlError::kDamaged},  // ER_NOT_KEYFILE
    {1035, MysqlError::kDamaged},  // ER_OLD_KEYFILE
    {1194, MysqlError::kDamaged},  // ER_CRASHED_ON_USAGE
    {1195, MysqlError::kDamaged},  // ER_CRASHED_ON_REPAIR
    {1712, MysqlError::kDamaged},  // ER_INDEX_CORRUPT
    {1296, MysqlError::kDamaged},  // ER_GET_ERRMSG: by the engine's own number
    {1812, MysqlError::kDamaged},  // ER_TABLESPACE_MISSING
    {1877, MysqlError::kDamaged},  // ER_TABLE_CORRUPT
    {1932, MysqlError::kDamaged, MysqlFlavor::kMariadb},  // ER_NO_SUCH_TABLE_IN_ENGINE

    {1969, MysqlError::kTookTooLong, MysqlFlavor::kMariadb},  // ER_STATEMENT_TIMEOUT
    {3024, MysqlError::kTookTooLong},                         // ER_QUERY_TIMEOUT

    {1047, MysqlError::kConnectionLost},  // ER_UNKNOWN_COM_ERROR: a Galera node that is not ready
    {1053, MysqlError::kConnectionLost},  // ER_SERVER_SHUTDOWN
    {1152, MysqlError::kConnectionLost},  // ER_ABORTING_CONNECTION
    {1158, MysqlError::kConnectionLost},  // ER_NET_READ_ERROR
    {1159, MysqlError::kConnectionLost},  // ER_NET_READ_INTERRUPTED
    {1160, MysqlError::kConnectionLost},  // ER_NET_ERROR_ON_WRITE
    {1161, MysqlError::kConnectionLost},  // ER_NET_WRITE_INTERRUPTED
    {1290, MysqlError::kConnectionLost},  // ER_OPTION_PREVENTS_STATEMENT: read-only, failed over
    {1317, MysqlError::kConnectionLost},  // ER_QUERY_INTERRUPTED
    {1836, MysqlError::kConnectionLost},  // ER_READ_ONLY_MODE
    {1927, MysqlError::kConnectionLost, MysqlFlavor::kMariadb},  // ER_CONNECTION_KILLED
    {2002, MysqlError::kConnectionLost},                         // CR_CONNECTION_ERROR
    {2003, MysqlError::kConnectionLost},                         // CR_CONN_HOST_ERROR
    {2005, MysqlError::kConnectionLost},                         // CR_UNKNOWN_HOST
    {2006, MysqlError::kConnectionLost},                         // CR_SERVER_GONE_ERROR
    {2012, MysqlError::kConnectionLost},                         // CR_SERVER_HANDSHAKE_ERR
    {2013, MysqlError::kConnectionLost},                         // CR_SERVER_LOST
    {2014, MysqlError::kConnectionLost},                         // CR_COMMANDS_OUT_OF_SYNC
    {2027, MysqlError::kConnectionLost},                         // CR_MALFORMED_PACKET
    {2055, MysqlError::kConnectionLost},                         // CR_SERVER_LOST_EXTENDED
    {3032, MysqlError::kConnectionLost},                         // ER_SERVER_OFFLINE_MODE
    {3168, MysqlError::kConnectionLost},                         // ER_SERVER_ISNT_AVAILABLE
    {4031, MysqlError::kOther, MysqlFlavor::kMariadb},           // ER_REFERENCED_TRG_DOES_NOT_EXIST
    {4031, MysqlError::kConnectionLost},                         // ER_CLIENT_INTERACTION_TIMEOUT
    {8027, MysqlError::kConnectionLost, MysqlFlavor::kTidb},     // it lost touch with the schema
    {9001, MysqlError::kConnectionLost, MysqlFlavor::kTidb},     // its placement driver is away
    {9002, MysqlError::kConnectionLost, MysqlFlavor::kTidb},     // its storage is away
    {9003, MysqlError::kConnectionLost, MysqlFlavor::kTidb},     // its storage is busy
    {9005, MysqlError::kConnectionLost, MysqlFlavor::kTidb},     // a part of its storage is away

    {1040, MysqlError::kNoRoom},               // ER_CON_COUNT_ERROR
    {1041, MysqlError::kNoRoom},               // ER_OUT_OF_RESOURCES
    {1129, MysqlError::kNoRoom},               // ER_HOST_IS_BLOCKED: by too many errors
    {1135, MysqlError::kNoRoom},               // ER_CANT_CREATE_THREAD
    {1203, MysqlError::kNoRoom},               // ER_TOO_MANY_USER_CONNECTIONS
    {1226, MysqlError::kNoRoom},               // ER_USER_LIMIT_REACHED
    {1461, MysqlError::kNoRoomForStatements},  // ER_MAX_PREPARED_STMT_COUNT_REACHED

    {1045, MysqlError::kWrongPassword},    // ER_ACCESS_DENIED_ERROR
    {1698, MysqlError::kWrongPassword},    // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
    {1820, MysqlError::kPasswordExpired},  // ER_MUST_CHANGE_PASSWORD
    {1862, MysqlError::kPasswordExpired},  // ER_MUST_CHANGE_PASSWORD_LOGIN
    {3118, MysqlError::kAccountLocked},    // ER_ACCOUNT_HAS_BEEN_LOCKED
    {4151, MysqlError::kAccountLocked, MysqlFlavor::kMariadb},  // ER_ACCOUNT_HAS_BEEN_LOCKED
    {1044, MysqlError::kNoRight},                               // ER_DBACCESS_DENIED_ERROR
    {1142, MysqlError::kNoRight},                               // ER_TABLEACCESS_DENIED_ERROR
    {1143, MysqlError::kNoRight},                               // ER_COLUMNACCESS_DENIED_ERROR
    {1227, MysqlError::kNoRight},                               // ER_SPECIFIC_ACCESS_DENIED_ERROR
    {1130, MysqlError::kHostNotAllowed},                        // ER_HOST_NOT_PRIVILEGED
    {2061, MysqlError::kNeedsEncryption},                       // CR_AUTH_PLUGIN_ERR
    {3159, MysqlError::kNeedsEncryption},                       // ER_SECURE_TRANSPORT_REQUIRED
    {2026, MysqlError::kNotVerified},                           // CR_SSL_CONNECTION_ERROR
    {1251, MysqlError::kNoPluginForUser},                       // ER_NOT_SUPPORTED_AUTH_MODE
    {2059, MysqlError::kNoPluginForUser},                       // CR_AUTH_PLUGIN_CANNOT_LOAD
    {1235, MysqlError::kNotSupported},                          // ER_NOT_SUPPORTED_YET; Vitess's
    {1273, MysqlError::kNotSupported},                          // ER_UNKNOWN_COLLATION
};

struct Words {
  MysqlError error;
  absl::StatusCode code;
  absl::string_view text;
};

constexpr Words kWords[] = {
    {MysqlError::kDuplicateKey, absl::StatusCode::kAlreadyExists,
     "a row with this key exists already"},
    {MysqlError::kConflict, absl::StatusCode::kAborted, "another write was in the way"},
    {MysqlError::kSchemaDiffers, absl::StatusCode::kFailedPrecondition,
     "the schema is not as the statement expects it"},
    {MysqlError::kDiskFull, absl::StatusCode::kResourceExhausted, "the database's disk is full"},
    {MysqlError::kTookTooLong, absl::StatusCode::kDeadlineExceeded,
     "the deadline passed while the database worked"},
    {MysqlError::kConnectionLost, absl::StatusCode::kUnavailable, "the database cannot be reached"},
    {MysqlError::kNoRoom, absl::StatusCode::kUnavailable,
     "the database takes no more connections or questions: raise its max_connections or the user's "
     "limits, or let the server use fewer connections"},
    {MysqlError::kNoRoomForStatements, absl::StatusCode::kUnavailable,
     "the database prepares no more statements: raise its max_prepared_stmt_count"},
    {MysqlError::kWrongPassword, absl::StatusCode::kUnavailable,
     "the database refuses the user or the password: check both, from which hosts the user may "
     "connect, and whether it has to connect encrypted (give the authority's certificate)"},
    {MysqlError::kPasswordExpired, absl::StatusCode::kUnavailable,
     "the password of the database's user has expired: give it another (ALTER USER ... IDENTIFIED "
     "BY ...)"},
    {MysqlError::kAccountLocked, absl::StatusCode::kUnavailable,
     "the account of the database's user is locked: unlock it (ALTER USER ... ACCOUNT UNLOCK)"},
    {MysqlError::kNoRight, absl::StatusCode::kUnavailable,
     "the database's user lacks a right: grant it all on the database (GRANT ALL ON name.* TO "
     "...)"},
    {MysqlError::kHostNotAllowed, absl::StatusCode::kUnavailable,
     "the database lets nobody connect from this host: make a user that may"},
    {MysqlError::kNeedsEncryption, absl::StatusCode::kUnavailable,
     "the database takes encrypted connections alone: give the certificate of the authority that "
     "signed its own"},
    {MysqlError::kNotVerified, absl::StatusCode::kUnavailable,
     "the connection to the database cannot be encrypted and verified: check that its server "
     "offers encryption, that its certificate is valid, and that the authority's certificate is "
     "there and of the one who signed it"},
    {MysqlError::kWrongHost, absl::StatusCode::kUnavailable,
     "the certificate of the database's server does not name the host of the database url: write "
     "the host as the certificate names it, or give the server a certificate that names the host"},
    {MysqlError::kNoPluginForUser, absl::StatusCode::kUnavailable,
     "the database's user proves who it is in a way that this program does not know: let it do so "
     "by another authentication plugin (ALTER USER ... IDENTIFIED WITH ...)"},
    {MysqlError::kNotSupported, absl::StatusCode::kInternal,
     "the database's server does not support a statement: its kind or its version is none that "
     "this program was tested with"},
};

// Of a server's error at connecting, its flavor is not known yet.
bool IsMeantBy(MysqlFlavor flavor, const Meaning& meaning) {
  return meaning.flavor == MysqlFlavor::kUnknown || flavor == MysqlFlavor::kUnknown ||
         meaning.flavor == flavor;
}

// The driver has one code for whatever goes wrong with encryption.
bool IsWrongHost(absl::string_view detail) {
  const std::string text = absl::AsciiStrToLower(detail);
  return absl::StrContains(text, "validation of ssl server certificate failed") ||
         absl::StrContains(text, "hostname") || absl::StrContains(text, "host name");
}

// "Got error 127 ..."
bool TellsOfDamage(absl::string_view detail) {
  constexpr absl::string_view kBefore = "Got error ";
  const size_t found = detail.find(kBefore);
  if (found == absl::string_view::npos) return false;
  detail.remove_prefix(found + kBefore.size());
  int number = 0;
  if (!absl::SimpleAtoi(detail.substr(0, detail.find(' ')), &number)) return false;
  switch (number) {
    case 126:  // HA_ERR_CRASHED
    case 127:  // HA_ERR_WRONG_IN_RECORD
    case 134:  // HA_ERR_RECORD_DELETED: where an index says that there is one
    case 144:  // HA_ERR_CRASHED_ON_REPAIR
    case 145:  // HA_ERR_CRASHED_ON_USAGE
    case 180:  // HA_ERR_INDEX_CORRUPT
      return true;
  }
  return false;
}

}  // namespace

MysqlError ClassifyMysqlError(MysqlFlavor flavor, int code, absl::string_view detail) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code != code || !IsMeantBy(flavor, meaning)) continue;
    if ((code == 1030 || code == 1296) && !TellsOfDamage(detail)) return MysqlError::kOther;
    const bool wrong_host = meaning.error == MysqlError::kNotVerified && IsWrongHost(detail);
    return wrong_host ? MysqlError::kWrongHost : meaning.error;
  }
  return MysqlError::kOther;
}

absl::Status ToStatus(MysqlError error) {
  if (error == MysqlError::kDamaged) return Damage();
  for (const Words& words : kWords) {
    if (words.error == error) return {words.code, words.text};
  }
  return absl::InternalError("the database refused a statement");
}

}  // namespace perennial::sql
