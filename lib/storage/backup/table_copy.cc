#include "lib/storage/backup/table_copy.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lib/base/fingerprint.h"
#include "lib/base/status.h"
#include "lib/storage/sql/tables.h"

namespace perennial {
namespace {

constexpr int kRowsPerQuery = 1000;
// Of one transaction.
constexpr size_t kRowsPerWrite = 2000;
constexpr size_t kBytesPerWrite = 4 << 20;
// Of one statement: so many or one, so that few statements are prepared.
constexpr size_t kRowsPerInsert = 50;
constexpr absl::Duration kWriteTimeout = absl::Minutes(5);

absl::StatusOr<TableShape::Kind> KindOf(absl::string_view type) {
  if (type == "INTEGER") return TableShape::Kind::kInteger;
  if (type == "REAL") return TableShape::Kind::kReal;
  if (type == "TEXT") return TableShape::Kind::kText;
  if (type == "BLOB") return TableShape::Kind::kBytes;
  return absl::DataLossError(absl::StrCat("the file has a column of the type ", type));
}

std::string ColumnList(const TableShape& table) {
  std::vector<absl::string_view> names;
  for (const TableShape::Column& column : table.columns) names.push_back(column.name);
  return absl::StrJoin(names, ", ");
}

uint64_t DigestOf(const TableShape& table, const sql::Row& row) {
  uint64_t digest = Fingerprint(table.name);
  const auto add = [&digest](const void* bytes, size_t size) {
    digest = Fingerprint({static_cast<const char*>(bytes), size}, digest);
  };
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const int column = static_cast<int>(i);
    if (table.columns[i].kind == TableShape::Kind::kInteger) {
      const int64_t integer = row.Integer(column);
      add(&integer, sizeof(integer));
    } else if (table.columns[i].kind == TableShape::Kind::kReal) {
      const double real = row.Real(column);
      add(&real, sizeof(real));
    } else {
      const absl::string_view text = row.Text(column);
      const uint64_t size = text.size();
      add(&size, sizeof(size));
      add(text.data(), text.size());
    }
  }
  return digest;
}

// Goes through a table by its key: where it is, and the query for what comes next.
class KeyWalk {
 public:
  explicit KeyWalk(const TableShape& table) : table_(&table), last_(table.key.size()) {}

  std::string Sql() const {
    std::vector<absl::string_view> order;
    std::vector<std::string> beyond;
    std::string same;
    for (const size_t column : table_->key) {
      const std::string& name = table_->columns[column].name;
      order.push_back(name);
      beyond.push_back(absl::StrCat("(", same, name, " > ?)"));
      absl::StrAppend(&same, name, " = ? AND ");
    }
    return absl::StrCat("SELECT ", ColumnList(*table_), " FROM ", table_->name,
                        begun_ ? absl::StrCat(" WHERE ", absl::StrJoin(beyond, " OR ")) : "",
                        " ORDER BY ", absl::StrJoin(order, ", "), " LIMIT ", kRowsPerQuery);
  }

  std::vector<sql::Bind> Binds() const {
    std::vector<sql::Bind> binds;
    for (size_t i = 0; begun_ && i < last_.size(); ++i) {
      for (size_t j = 0; j <= i; ++j) {
        binds.push_back(IsInteger(j) ? sql::Bind(last_[j].integer) : sql::Bind(last_[j].text));
      }
    }
    return binds;
  }

  // What comes next is behind this row.
  void Remember(const sql::Row& row) {
    begun_ = true;
    for (size_t i = 0; i < last_.size(); ++i) {
      const int column = static_cast<int>(table_->key[i]);
      if (IsInteger(i)) {
        last_[i].integer = row.Integer(column);
      } else {
        last_[i].text = std::string(row.Text(column));
      }
    }
  }

 private:
  struct Value {
    int64_t integer = 0;
    std::string text;
  };

  bool IsInteger(size_t i) const {
    return table_->columns[table_->key[i]].kind == TableShape::Kind::kInteger;
  }

  const TableShape* table_;
  bool begun_ = false;
  std::vector<Value> last_;
};

absl::Status ReadColumns(sql::Connection& sqlite_file, TableShape& table) {
  ASSIGN_OR_RETURN(const std::vector<sql::SqliteColumn> columns,
                   sql::SqliteColumns(sqlite_file, table.name));
  std::vector<std::pair<int64_t, size_t>> key;
  for (const sql::SqliteColumn& column : columns) {
    ASSIGN_OR_RETURN(const TableShape::Kind kind, KindOf(column.type));
    if (column.place_in_key > 0) key.emplace_back(column.place_in_key, table.columns.size());
    table.columns.push_back({column.name, kind});
  }
  std::sort(key.begin(), key.end());
  for (const auto& [place, column] : key) table.key.push_back(column);
  if (!table.key.empty()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the file's table ", table.name, " has no key"));
}

}  // namespace

absl::StatusOr<std::vector<TableShape>> ReadTableShapes(sql::Connection& sqlite_file) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, sql::SqliteTables(sqlite_file));
  std::vector<TableShape> tables;
  for (const std::string& name : names) {
    const bool about_the_file = name == "schema_steps" || absl::StartsWith(name, "backup_");
    if (!about_the_file) tables.emplace_back().name = name;
  }
  for (TableShape& table : tables) RETURN_IF_ERROR(ReadColumns(sqlite_file, table));
  return tables;
}

absl::StatusOr<TableTally> ReadTable(const TableShape& table, sql::Connection& from,
                                     absl::FunctionRef<bool()> go_on,
                                     absl::FunctionRef<absl::Status(const sql::Row&)> on_row) {
  TableTally tally;
  KeyWalk walk(table);
  int found = kRowsPerQuery;
  while (found == kRowsPerQuery) {
    if (!go_on()) return absl::CancelledError("cancelled");
    found = 0;
    KeyWalk next = walk;
    RETURN_IF_ERROR(from.Query(walk.Sql(), walk.Binds(), [&](const sql::Row& row) -> absl::Status {
      if (++found == kRowsPerQuery) next.Remember(row);
      ++tally.rows;
      tally.digest += DigestOf(table, row);
      return on_row(row);
    }));
    std::swap(walk, next);
  }
  return tally;
}

TableWriter::TableWriter(const TableShape& table, sql::Database& to)
    : table_(table),
      to_(to),
      insert_(absl::StrCat("INSERT INTO ", table.name, " (", ColumnList(table), ") VALUES ")),
      row_(absl::StrCat(
          "(", absl::StrJoin(std::vector<std::string>(table.columns.size(), "?"), ", "), ")")) {}

absl::Status TableWriter::Add(const sql::Row& row) {
  std::vector<Value>& values = rows_.emplace_back(table_.columns.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const int column = static_cast<int>(i);
    switch (table_.columns[i].kind) {
      case TableShape::Kind::kInteger:
        values[i].integer = row.Integer(column);
        break;
      case TableShape::Kind::kReal:
        values[i].real = row.Real(column);
        break;
      default:
        values[i].text = std::string(row.Text(column));
        bytes_ += values[i].text.size();
    }
  }
  if (rows_.size() < kRowsPerWrite && bytes_ < kBytesPerWrite) return absl::OkStatus();
  return Flush();
}

absl::Status TableWriter::Flush() {
  if (rows_.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(
      to_.Write(absl::Now() + kWriteTimeout, [this](sql::Connection& connection) -> absl::Status {
        size_t begin = 0;
        for (; begin + kRowsPerInsert <= rows_.size(); begin += kRowsPerInsert) {
          RETURN_IF_ERROR(WriteRows(begin, begin + kRowsPerInsert, connection));
        }
        for (; begin < rows_.size(); ++begin) {
          RETURN_IF_ERROR(WriteRows(begin, begin + 1, connection));
        }
        return absl::OkStatus();
      }));
  rows_.clear();
  bytes_ = 0;
  return absl::OkStatus();
}

absl::Status TableWriter::WriteRows(size_t begin, size_t end, sql::Connection& connection) {
  std::string sql = insert_;
  std::vector<sql::Bind> binds;
  for (size_t i = begin; i < end; ++i) {
    absl::StrAppend(&sql, i == begin ? "" : ", ", row_);
    for (size_t j = 0; j < table_.columns.size(); ++j) {
      const Value& value = rows_[i][j];
      switch (table_.columns[j].kind) {
        case TableShape::Kind::kInteger:
          binds.emplace_back(value.integer);
          break;
        case TableShape::Kind::kReal:
          binds.emplace_back(value.real);
          break;
        case TableShape::Kind::kText:
          binds.emplace_back(value.text);
          break;
        case TableShape::Kind::kBytes:
          binds.push_back(sql::Bind::Bytes(value.text));
          break;
      }
    }
  }
  return connection.Execute(sql, binds).status();
}

}  // namespace perennial
