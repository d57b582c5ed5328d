#include "client/cli/row_file.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/resources.h"
#include "client/cli/sheet.h"
#include "client/cli/sheet_cell.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/base/status.h"
#include "perennial/v1/common.pb.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::FieldMask;
using ::google::protobuf::Message;

using Requests = std::vector<std::unique_ptr<Message>>;

// Whether there is a header: a name alone, in each line, is none.
bool HasHeader(absl::string_view text) {
  const std::vector<absl::string_view> lines =
      absl::StrSplit(text, absl::ByAnyChar("\r\n"), absl::SkipWhitespace());
  if (lines.empty()) return false;
  const absl::string_view first = absl::StripAsciiWhitespace(lines[0]);
  return first == "name" || first == "\"name\"" || absl::StrContains(first, ',') ||
         absl::StrContains(first, ';') || absl::StrContains(first, '\t') ||
         absl::StartsWithIgnoreCase(first, "sep=");
}

class RowReader {
 public:
  RowReader(const RowFile& file, const Message& common, const Descriptor& resource)
      : file_(file),
        common_(common),
        body_(FindBody(*common.GetDescriptor())),
        pattern_(PatternOf(resource)),
        problems_(SheetName(file.path)) {}

  absl::StatusOr<Requests> Read() {
    ASSIGN_OR_RETURN(const std::string text, ReadSheetText(file_.path, file_.encoding));
    if (!HasHeader(text)) {
      ReadNames(text);
    } else {
      ASSIGN_OR_RETURN(const CsvTable table, ParseSheet(SheetName(file_.path), text));
      RETURN_IF_ERROR(ReadTable(table));
    }
    RETURN_IF_ERROR(problems_.ToStatus());
    RETURN_IF_ERROR(CheckMasks());
    return std::move(requests_);
  }

 private:
  struct Column {
    SheetColumn sheet;
    bool in_body = false;
    std::optional<int> currency;  // the column of it
  };

  // A row may say nothing, but not all of them.
  absl::Status CheckMasks() const {
    const auto* mask = common_.GetDescriptor()->FindFieldByName("update_mask");
    if (mask == nullptr || requests_.empty()) return absl::OkStatus();
    for (const auto& request : requests_) {
      const Message& paths = request->GetReflection()->GetMessage(*request, mask);
      if (!dynamic_cast<const FieldMask&>(paths).paths().empty()) return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        absl::StrCat(SheetName(file_.path), ": no column and no flag says what to change"));
  }

  void ReadNames(absl::string_view text) {
    int64_t line = 0;
    for (absl::string_view name : absl::StrSplit(text, '\n')) {
      ++line;
      name = absl::StripAsciiWhitespace(name);
      if (!name.empty()) Add(line, std::string(name));
    }
  }

  absl::Status ReadTable(const CsvTable& table) {
    const std::optional<int> name = table.FindColumn("name");
    if (!name.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat(table.name(), ":1: there is no column \"name\" among ", table.ColumnList()));
    }
    const std::vector<Column> columns = FindColumns(table);
    RETURN_IF_ERROR(problems_.ToStatus());
    for (const CsvRecord& record : table.records()) {
      const absl::Status status = table.CheckRecord(record);
      if (!status.ok()) {
        problems_.Add(record.line, "", status.message());
        continue;
      }
      Message* request =
          Add(record.line,
              std::string(absl::StripAsciiWhitespace(record.values[static_cast<size_t>(*name)])));
      if (request == nullptr) continue;
      for (size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].sheet.field != nullptr) SetCellOf(columns[i], i, record, *request);
      }
    }
    return absl::OkStatus();
  }

  std::vector<Column> FindColumns(const CsvTable& table) {
    std::vector<Column> columns;
    for (const std::string& path : table.columns()) {
      Column& column = columns.emplace_back();
      if (path.empty() || path == "name" || IsCurrencyOfAnother(table, path)) continue;
      column = FindColumn(path);
      if (column.sheet.field == nullptr) {
        problems_.Add(1, path, absl::StrCat("there are name, ", absl::StrJoin(Paths(), ", ")));
      } else if (column.sheet.field->message_type() == v1::Money::descriptor()) {
        column.currency = table.FindColumn(CurrencyColumn(path));
      }
    }
    return columns;
  }

  static bool IsCurrencyOfAnother(const CsvTable& table, absl::string_view path) {
    constexpr absl::string_view kSuffix = ".currency_code";
    return absl::EndsWith(path, kSuffix) &&
           table.FindColumn(path.substr(0, path.size() - kSuffix.size())).has_value();
  }

  // Of the request itself, or of the resource in it.
  Column FindColumn(const std::string& path) const {
    Column column;
    column.sheet = FindSheetColumn(*common_.GetDescriptor(), path);
    if (column.sheet.field != nullptr && !MaySet(*column.sheet.field)) column.sheet.field = nullptr;
    if (column.sheet.field != nullptr || body_ == nullptr) return column;
    column.sheet = FindSheetColumn(*body_->message_type(), path);
    column.in_body = true;
    if (column.sheet.field != nullptr && !MaySet(*column.sheet.field)) column.sheet.field = nullptr;
    return column;
  }

  bool MaySet(const FieldDescriptor& field) const {
    for (const char* other : {"name", "request_id", "validate_only", "update_mask"}) {
      if (field.name() == other) return false;
    }
    const v1::FieldRules& rules = RulesOf(field);
    return &field != body_ && !rules.output_only() && !rules.immutable();
  }

  std::vector<std::string> Paths() const {
    std::vector<std::string> paths;
    for (const Descriptor* type :
         {common_.GetDescriptor(), body_ != nullptr ? body_->message_type() : nullptr}) {
      for (int i = 0; type != nullptr && i < type->field_count(); ++i) {
        if (MaySet(*type->field(i))) paths.push_back(type->field(i)->name());
      }
    }
    return paths;
  }

  Message* Body(Message& request) const {
    return body_ == nullptr ? &request : request.GetReflection()->MutableMessage(&request, body_);
  }

  // Null where the name is wrong.
  Message* Add(int64_t line, std::string name) {
    name = WholeName(name, pattern_);
    if (!MatchesPattern(name, pattern_)) {
      problems_.Add(line, "name", absl::StrCat("expected ", pattern_, ", not \"", name, "\""));
      return nullptr;
    }
    const auto [found, is_new] = lines_.emplace(name, line);
    if (!is_new) {
      problems_.Add(line, "name", absl::StrCat(name, " stands in line ", found->second, " too"));
      return nullptr;
    }
    std::unique_ptr<Message>& request = requests_.emplace_back(common_.New());
    request->CopyFrom(common_);
    SetText(*Body(*request), "name", name);
    return request.get();
  }

  void SetCellOf(const Column& column, size_t index, const CsvRecord& record, Message& request) {
    const absl::string_view cell = record.values[index];
    if (absl::StripAsciiWhitespace(cell).empty() && !file_.clear_empty) return;
    const std::string& path = column.sheet.path;
    std::string text(cell);
    if (column.sheet.key.empty()) {
      const absl::string_view currency =
          column.currency.has_value() ? record.values[static_cast<size_t>(*column.currency)] : "";
      absl::StatusOr<std::string> read =
          column.sheet.field->is_map() ? text : ReadCell(*column.sheet.field, cell, currency);
      if (!read.ok()) return problems_.Add(record.line, path, read.status().message());
      text = *std::move(read);
    }
    FieldMask ignored;
    FieldMask* mask = &ignored;
    const auto* mask_field = request.GetDescriptor()->FindFieldByName("update_mask");
    if (column.in_body && mask_field != nullptr && path != "etag") {
      mask =
          dynamic_cast<FieldMask*>(request.GetReflection()->MutableMessage(&request, mask_field));
    }
    const absl::Status status =
        SetCell(column.sheet, text, column.in_body ? *Body(request) : request, *mask);
    if (!status.ok()) problems_.Add(record.line, path, status.message());
  }

  const RowFile& file_;
  const Message& common_;
  const FieldDescriptor* const body_;
  const std::string pattern_;
  SheetProblems problems_;
  std::map<std::string, int64_t> lines_;  // by name
  Requests requests_;
};

}  // namespace

absl::StatusOr<Requests> ReadRows(const RowFile& file, const Message& common,
                                  const Descriptor& resource) {
  return RowReader(file, common, resource).Read();
}

}  // namespace perennial::cli
