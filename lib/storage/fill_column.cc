#include "lib/storage/fill_column.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/message.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"
#include "lib/storage/bind.h"
#include "lib/storage/resource_table.h"
#include "lib/storage/seal.h"
#include "lib/storage/tx/search_words.h"

namespace perennial {

using google::protobuf::Message;
using google::protobuf::MessageFactory;

namespace {

constexpr size_t kRowsAtOnce = 500;

struct Column {
  const ResourceTable* table = nullptr;
  const Field* field = nullptr;
  size_t index = 0;  // of the field's columns
};

// Null where there is none any more.
const ResourceTable* FindTable(absl::string_view name) {
  for (const google::protobuf::Descriptor* type : AllResources()) {
    const ResourceTable& table = ResourceTable::Of(*type);
    if (table.table() == name) return &table;
  }
  return nullptr;
}

Column FindColumn(absl::string_view table_name, absl::string_view name) {
  const ResourceTable* const table = FindTable(table_name);
  if (table == nullptr) return {};
  for (const Field& field : table->fields().fields()) {
    const auto found = std::find(field.columns.begin(), field.columns.end(), name);
    if (found == field.columns.end()) continue;
    return {table, &field, static_cast<size_t>(found - field.columns.begin())};
  }
  return {};
}

using Values = std::vector<std::pair<std::string, FieldValue>>;  // by the row's name

// Those of the rows after `after`; it becomes the last one's name, or "" behind all of them.
absl::StatusOr<Values> NextValues(const Column& column, std::string& after,
                                  sql::Connection& connection) {
  const std::unique_ptr<Message> resource(
      MessageFactory::generated_factory()->GetPrototype(&column.table->descriptor())->New());
  Values values;
  size_t rows = 0;
  RETURN_IF_ERROR(connection.Query(
      absl::StrCat("SELECT name, data FROM ", column.table->table(),
                   " WHERE name > ? ORDER BY name LIMIT ", kRowsAtOnce),
      {after}, [&](const sql::Row& row) {
        ++rows;
        after = std::string(row.Text(0));
        const auto data = Unseal(after, row.Text(1));
        const bool is_whole =
            data.ok() && resource->ParseFromArray(data->data(), static_cast<int>(data->size()));
        if (!is_whole) return absl::OkStatus();
        std::vector<FieldValue> of_field;
        AppendFieldValues(*resource, *column.field, of_field);
        values.emplace_back(after, std::move(of_field[column.index]));
        return absl::OkStatus();
      }));
  if (rows < kRowsAtOnce) after.clear();
  return values;
}

// The names and texts of the rows after `after`, and that as of NextValues.
absl::StatusOr<Values> NextTexts(const ResourceTable& table, std::string& after,
                                 sql::Connection& connection) {
  Values texts;
  RETURN_IF_ERROR(
      connection.Query(absl::StrCat("SELECT name, search_text FROM ", table.table(),
                                    " WHERE name > ? ORDER BY name LIMIT ", kRowsAtOnce),
                       {after}, [&](const sql::Row& row) {
                         texts.emplace_back(row.Text(0), std::string(row.Text(1)));
                         return absl::OkStatus();
                       }));
  after = texts.size() < kRowsAtOnce ? "" : texts.back().first;
  return texts;
}

absl::Status FillSearchWords(absl::string_view table_name, sql::Connection& connection) {
  const ResourceTable* const table = FindTable(table_name);
  if (table == nullptr || !table->fields().has_indexed_search()) return absl::OkStatus();
  std::string after;
  do {
    ASSIGN_OR_RETURN(const Values texts, NextTexts(*table, after, connection));
    for (const auto& [name, text] : texts) {
      RETURN_IF_ERROR(AddSearchWords(*table, name, std::get<std::string>(text), connection));
    }
  } while (!after.empty());
  return absl::OkStatus();
}

}  // namespace

absl::Status FillColumn(sql::Connection& connection, absl::string_view column_name) {
  const std::pair<absl::string_view, absl::string_view> names =
      absl::StrSplit(column_name, absl::MaxSplits('.', 1));
  if (names.second == "search_words") return FillSearchWords(names.first, connection);
  const Column column = FindColumn(names.first, names.second);
  if (column.table == nullptr) return absl::OkStatus();
  const std::string update =
      absl::StrCat("UPDATE ", names.first, " SET ", names.second, " = ? WHERE name = ?");
  std::string after;
  do {
    ASSIGN_OR_RETURN(const Values values, NextValues(column, after, connection));
    for (const auto& [name, value] : values) {
      RETURN_IF_ERROR(connection.Execute(update, {ToBind(value), name}).status());
    }
  } while (!after.empty());
  return absl::OkStatus();
}

}  // namespace perennial
