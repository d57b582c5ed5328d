#include "lib/storage/sql/mysql_row.h"

#include <cppconn/datatype.h>

#include <string>

#include "absl/strings/numbers.h"

namespace perennial::sql {

int64_t MysqlRow::Integer(int column) const {
  const uint32_t index = Index(column);
  switch (types_.getColumnType(index)) {
    case ::sql::DataType::BIGINT:
    case ::sql::DataType::INTEGER:
    case ::sql::DataType::MEDIUMINT:
    case ::sql::DataType::SMALLINT:
    case ::sql::DataType::TINYINT:
      if (types_.isSigned(index)) return result_.getInt64(index);
      break;
    default:
      break;
  }
  // The driver would wrap a sum (DECIMAL) or an unsigned number without a word.
  if (result_.isNull(index)) return 0;
  const std::string digits = result_.getString(index);
  int64_t value = 0;
  if (!absl::SimpleAtoi(digits.substr(0, digits.find('.')), &value)) {
    status_ = absl::OutOfRangeError("a sum does not fit");
  }
  return value;
}

}  // namespace perennial::sql
