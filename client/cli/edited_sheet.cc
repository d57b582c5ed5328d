#include "client/cli/edited_sheet.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/field_text.h"
#include "client/cli/sheet_cell.h"
#include "google/protobuf/field_mask.pb.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::FieldMask;
using ::google::protobuf::Message;

constexpr absl::string_view kCurrencySuffix = ".currency_code";

v1::RowError Conflict(v1::RowError error) {
  error.set_code(static_cast<int>(absl::StatusCode::kAborted));
  error.set_reason("CONFLICT");
  error.set_message("it was changed here since it was exported");
  return error;
}

void AddConflict(const std::string& path, const std::string& wanted, const std::string& now,
                 v1::RowError& error) {
  v1::RowError::Violation& violation = *error.add_violations();
  violation.set_subject(path);
  violation.set_description(absl::StrCat("the sheet says \"", wanted,
                                         "\", but since the export it has become \"", now, "\""));
}

bool IsText(const ExportColumn& column) {
  return !column.key.empty() ||
         (!column.field().is_repeated() &&
          column.field().cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING);
}

// As a whole: what the cell does not name of a map goes.
absl::Status SetWhole(const ExportColumn& column, const std::string& text, Message& body,
                      FieldMask& mask) {
  const SheetColumn sheet = {column.path, &column.field(), column.key};
  if (!column.field().is_map() || !column.key.empty()) return SetCell(sheet, text, body, mask);
  mask.add_paths(column.path);
  return SetField(column.field(), text, body);
}

}  // namespace

absl::StatusOr<EditedSheet> EditedSheet::Parse(const std::string& name, const std::string& text) {
  ASSIGN_OR_RETURN(CsvTable table, ParseSheet(name, text));
  EditedSheet sheet(std::move(table));
  RETURN_IF_ERROR(sheet.FindNames());
  RETURN_IF_ERROR(sheet.FindColumns());
  return sheet;
}

absl::Status EditedSheet::FindNames() {
  const std::optional<int> column = table_.FindColumn("name");
  if (!column.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat(table_.name(), ":1: there is no column \"name\" among ", table_.ColumnList()));
  }
  SheetProblems problems(table_.name());
  std::map<std::string, int64_t> lines;
  for (const CsvRecord& record : table_.records()) {
    const absl::Status status = table_.CheckRecord(record);
    std::string& name = names_.emplace_back();
    if (!status.ok()) {
      problems.Add(record.line, "", status.message());
      continue;
    }
    name = std::string(absl::StripAsciiWhitespace(record.values[static_cast<size_t>(*column)]));
    if (resource_ == nullptr) resource_ = ResourceByName(name);
    if (resource_ == nullptr || !MatchesPattern(name, PatternOf(*resource_))) {
      problems.Add(
          record.line, "name",
          absl::StrCat("expected ",
                       resource_ == nullptr ? "the name of something" : PatternOf(*resource_),
                       ", not \"", name, "\""));
    } else if (const auto [found, is_new] = lines.emplace(name, record.line); !is_new) {
      problems.Add(record.line, "name",
                   absl::StrCat(name, " stands in line ", found->second, " too"));
    }
  }
  RETURN_IF_ERROR(problems.ToStatus());
  if (resource_ == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(table_.name(), " has no rows"));
  }
  if (FindUpdateMethod(*resource_) == nullptr || FindListMethod(*resource_) == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(table_.name(), ":2: ", names_[0], " is nothing that can be changed"));
  }
  return absl::OkStatus();
}

absl::Status EditedSheet::FindColumns() {
  etag_ = table_.FindColumn("etag");
  exported_ = table_.FindColumn(kExportedColumn);
  SheetProblems problems(table_.name());
  const std::vector<std::string>& paths = table_.columns();
  for (size_t i = 0; i < paths.size(); ++i) {
    const std::string& path = paths[i];
    if (path.empty() || path == "name" || path == "etag" || path == kExportedColumn) continue;
    const bool is_currency =
        absl::EndsWith(path, kCurrencySuffix) &&
        table_.FindColumn(path.substr(0, path.size() - kCurrencySuffix.size())).has_value();
    if (is_currency) continue;
    const auto found = FindExportColumns(*resource_, path);
    if (!found.ok()) {
      problems.Add(1, path, found.status().message());
      continue;
    }
    columns_.push_back({i, found->front(), table_.FindColumn(CurrencyColumn(path))});
  }
  return problems.ToStatus();
}

absl::string_view EditedSheet::Cell(const Row& row, std::optional<int> index) const {
  return index.has_value() ? row.record.values[static_cast<size_t>(*index)] : absl::string_view();
}

absl::StatusOr<EditedSheet::Row> EditedSheet::MakeRow(size_t index, const Message* current) const {
  Row row = {table_.records()[index], current, std::nullopt, false};
  if (!Cell(row, exported_).empty()) {
    ASSIGN_OR_RETURN(row.marks, ExportedMarks::Parse(Cell(row, exported_)));
    if (!row.marks->Has("name", names_[index])) {
      return absl::InvalidArgumentError("is that of another row: sort whole rows only");
    }
  }
  if (current == nullptr) return row;
  const std::string etag = TextOf(*current, "etag");
  row.is_as_exported = row.marks.has_value() ? row.marks->Has("etag", etag)
                                             : absl::StripAsciiWhitespace(Cell(row, etag_)) == etag;
  return row;
}

absl::StatusOr<std::optional<std::string>> EditedSheet::ChangedText(
    const Row& row, const EditColumn& column) const {
  const absl::string_view cell = row.record.values[column.index];
  const std::string as_it_is = absl::StrReplaceAll(cell, {{"\r\n", "\n"}, {"\r", "\n"}});
  const std::string now = row.current == nullptr ? "" : ExportText(*row.current, column.column);
  const absl::string_view currency = Cell(row, column.currency);
  std::vector<std::string> readings = column.column.key.empty()
                                          ? CellReadings(column.column.field(), as_it_is, currency)
                                          : std::vector{as_it_is};
  // As it is, too: a text that the export did not have to keep from being run as a formula, an
  // amount of nothing without a currency.
  readings.push_back(column.column.IsAmount() ? absl::StrCat(currency, " ", as_it_is) : as_it_is);
  for (const std::string& reading : readings) {
    if (row.marks.has_value() && row.marks->Has(column.column.path, reading)) return std::nullopt;
    if (row.current != nullptr && reading == now) return std::nullopt;
  }
  if (!column.column.MaySet()) {
    // What the row was exported with is not known, and it has moved on.
    if (!row.marks.has_value() && !row.is_as_exported) return std::nullopt;
    return absl::InvalidArgumentError(
        absl::StrCat("it cannot be changed by an edit: it was \"", now, "\""));
  }
  if (IsText(column.column) && MayBeReformatted(now, as_it_is)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", as_it_is, "\" is what spreadsheets make of \"", now,
                     "\" by themselves: put that back; if it was meant, change it by an update"));
  }
  if (!column.column.key.empty()) return as_it_is;
  ASSIGN_OR_RETURN(std::string text, ReadCell(column.column.field(), as_it_is, currency));
  return text;
}

bool EditedSheet::HasMoved(const Row& row, const ExportColumn& column) const {
  if (row.is_as_exported) return false;
  return !row.marks.has_value() || !row.marks->Has(column.path, ExportText(*row.current, column));
}

absl::StatusOr<EditedSheet::CellEdits> EditedSheet::CompareCells(const Row& row, Message& body,
                                                                 SheetProblems& problems) const {
  CellEdits edits;
  for (const EditColumn& column : columns_) {
    const auto text = ChangedText(row, column);
    if (!text.ok()) {
      problems.Add(row.record.line, column.column.path, text.status().message());
    } else if (!text->has_value()) {
      continue;
    } else if (row.current == nullptr) {
      edits.is_gone = true;
    } else if (HasMoved(row, column.column)) {
      AddConflict(column.column.path, **text, ExportText(*row.current, column.column),
                  edits.conflict);
    } else {
      RETURN_IF_ERROR(SetWhole(column.column, **text, body, edits.mask));
    }
  }
  return edits;
}

absl::Status EditedSheet::CompareRow(size_t index, const ResourcePtr& current, SheetEdits& edits,
                                     SheetProblems& problems) const {
  const absl::StatusOr<Row> row = MakeRow(index, current.get());
  if (!row.ok()) {
    problems.Add(table_.records()[index].line, kExportedColumn, row.status().message());
    return absl::OkStatus();
  }
  BulkRow update = {NewMessage(*FindUpdateMethod(*resource_)->input_type()), current};
  const auto& reflection = *update.request->GetReflection();
  const auto& type = *update.request->GetDescriptor();
  Message& body = *reflection.MutableMessage(update.request.get(), FindBody(type));
  ASSIGN_OR_RETURN(const CellEdits cells, CompareCells(*row, body, problems));
  const std::string& name = names_[index];
  if (cells.is_gone) {
    edits.conflicts.push_back({name, nullptr, nullptr, ToRowError(ResourceNotFound(name))});
  } else if (cells.conflict.violations_size() > 0) {
    edits.conflicts.push_back({name, current, nullptr, Conflict(cells.conflict)});
  } else if (cells.mask.paths().empty()) {
    ++edits.unchanged_rows;
  }
  if (cells.mask.paths().empty()) return absl::OkStatus();
  reflection.MutableMessage(update.request.get(), type.FindFieldByName("update_mask"))
      ->CopyFrom(cells.mask);
  SetText(body, "name", name);
  Guard(*current, *update.request);
  edits.updates.push_back(std::move(update));
  return absl::OkStatus();
}

absl::StatusOr<SheetEdits> EditedSheet::Compare(
    const std::map<std::string, ResourcePtr>& current) const {
  SheetEdits edits;
  SheetProblems problems(table_.name());
  for (size_t i = 0; i < names_.size(); ++i) {
    const auto found = current.find(names_[i]);
    RETURN_IF_ERROR(
        CompareRow(i, found == current.end() ? nullptr : found->second, edits, problems));
  }
  RETURN_IF_ERROR(problems.ToStatus());
  return edits;
}

}  // namespace perennial::cli
