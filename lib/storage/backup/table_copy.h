#ifndef PERENNIAL_LIB_STORAGE_BACKUP_TABLE_COPY_H_
#define PERENNIAL_LIB_STORAGE_BACKUP_TABLE_COPY_H_

// The rows of all tables, read and written in the same way on both engines.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/storage/sql/database.h"

namespace perennial {

struct TableShape {
  enum class Kind { kInteger, kReal, kText, kBytes };
  struct Column {
    std::string name;
    Kind kind;
  };
  std::string name;
  std::vector<Column> columns;
  std::vector<size_t> key;  // which columns are the primary key, in its order
};

// The tables of a SQLite file that hold what a backup is for: not those that say what was done to
// the file itself (its migrations, where it comes from).
absl::StatusOr<std::vector<TableShape>> ReadTableShapes(sql::Connection& sqlite_file);

// A table's rows, whatever their order.
struct TableTally {
  int64_t rows = 0;
  uint64_t digest = 0;
};
inline bool operator==(const TableTally& a, const TableTally& b) {
  return a.rows == b.rows && a.digest == b.digest;
}

// Goes through a table in the order of its key, some rows at a time, and hands over each. Ends with
// CANCELLED where `go_on` says so.
absl::StatusOr<TableTally> ReadTable(const TableShape& table, sql::Connection& from,
                                     absl::FunctionRef<bool()> go_on,
                                     absl::FunctionRef<absl::Status(const sql::Row&)> on_row);

// Writes rows of a table, many in one transaction.
class TableWriter {
 public:
  TableWriter(const TableShape& table, sql::Database& to);
  TableWriter(const TableWriter&) = delete;
  TableWriter& operator=(const TableWriter&) = delete;

  absl::Status Add(const sql::Row& row);
  // What was added last.
  absl::Status Flush();

 private:
  struct Value {
    int64_t integer = 0;
    double real = 0;
    std::string text;
  };
  absl::Status WriteRows(size_t begin, size_t end, sql::Connection& connection);

  const TableShape& table_;
  sql::Database& to_;
  const std::string insert_;  // without its rows
  const std::string row_;     // (?, ?, ...)
  std::vector<std::vector<Value>> rows_;
  size_t bytes_ = 0;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_BACKUP_TABLE_COPY_H_
