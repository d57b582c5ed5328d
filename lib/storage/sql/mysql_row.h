#ifndef PERENNIAL_LIB_STORAGE_SQL_MYSQL_ROW_H_
#define PERENNIAL_LIB_STORAGE_SQL_MYSQL_ROW_H_

#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>

#include "absl/status/status.h"
#include "lib/storage/sql/database.h"

namespace perennial::sql {

// The current row of a result. Throws what the driver throws.
class MysqlRow final : public Row {
 public:
  explicit MysqlRow(::sql::ResultSet& result) : result_(result), types_(*result.getMetaData()) {}

  bool IsNull(int column) const override { return result_.isNull(Index(column)); }
  int64_t Integer(int column) const override;
  double Real(int column) const override {
    return static_cast<double>(result_.getDouble(Index(column)));
  }
  absl::string_view Text(int column) const override {
    text_ = result_.getString(Index(column));
    return text_.asStdString();
  }

  // OUT_OF_RANGE once Integer was asked for a number that an int64_t does not hold.
  const absl::Status& status() const { return status_; }

 private:
  static uint32_t Index(int column) { return static_cast<uint32_t>(column) + 1; }

  ::sql::ResultSet& result_;
  ::sql::ResultSetMetaData& types_;
  mutable ::sql::SQLString text_;
  mutable absl::Status status_;
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_MYSQL_ROW_H_
