#include "client/cli/exported_sheet.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/cli/field_text.h"
#include "client/cli/resources.h"
#include "client/cli/sheet.h"
#include "lib/api/rules.h"
#include "lib/base/fingerprint.h"
#include "lib/base/status.h"
#include "perennial/v1/common.pb.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::Message;

// Nothing that a spreadsheet takes for a number, a day or a formula.
constexpr absl::string_view kPrefix = "x1:";
constexpr size_t kMarkSize = 8;
constexpr size_t kMarkBytes = 6;

// However its lines end: spreadsheets change that.
std::string Mark(absl::string_view path, absl::string_view text) {
  const std::string lines = absl::StrReplaceAll(text, {{"\r\n", "\n"}, {"\r", "\n"}});
  const uint64_t hash = Fingerprint(absl::StrCat(path, absl::string_view("\0", 1), lines));
  const uint64_t folded = hash ^ (hash >> 48);
  std::string bytes;
  for (size_t i = 0; i < kMarkBytes; ++i) bytes.push_back(static_cast<char>(folded >> (8 * i)));
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<ExportColumn> FindExportColumn(const Descriptor& resource, const std::string& path) {
  const SheetColumn own = FindSheetColumn(resource, path);
  if (own.field != nullptr && !own.key.empty()) {
    return ExportColumn{path, {own.field->name(), {own.field}}, own.key};
  }
  ASSIGN_OR_RETURN(Columns columns, FindColumns(resource, path));
  return ExportColumn{path, std::move(columns[0]), ""};
}

}  // namespace

bool ExportColumn::IsAmount() const {
  return !field().is_repeated() && field().message_type() == v1::Money::descriptor();
}

bool ExportColumn::MaySet() const {
  const v1::FieldRules& rules = RulesOf(field());
  return column.fields.size() == 1 && field().name() != "etag" && !rules.output_only() &&
         !rules.immutable();
}

absl::StatusOr<std::vector<ExportColumn>> FindExportColumns(const Descriptor& resource,
                                                            absl::string_view paths) {
  std::vector<ExportColumn> columns;
  for (const std::string& path :
       std::vector<std::string>(absl::StrSplit(paths, absl::ByAnyChar(" ,"), absl::SkipEmpty()))) {
    if (path == "name" || path == "etag") continue;  // those are there
    ASSIGN_OR_RETURN(columns.emplace_back(), FindExportColumn(resource, path));
  }
  return columns;
}

std::string ExportText(const Message& resource, const ExportColumn& column) {
  if (column.key.empty()) return FieldText(resource, column.column);
  return CellText(resource, SheetColumn{column.path, &column.field(), column.key});
}

std::string ExportedMarks::Of(const Message& resource, const std::vector<ExportColumn>& columns) {
  std::string marks = absl::StrCat(kPrefix, Mark("name", TextOf(resource, "name")),
                                   Mark("etag", TextOf(resource, "etag")));
  for (const ExportColumn& column : columns) {
    absl::StrAppend(&marks, Mark(column.path, ExportText(resource, column)));
  }
  return marks;
}

absl::StatusOr<ExportedMarks> ExportedMarks::Parse(absl::string_view cell) {
  cell = absl::StripAsciiWhitespace(cell);
  if (!absl::ConsumePrefix(&cell, kPrefix) || cell.empty() || cell.size() % kMarkSize != 0) {
    return absl::InvalidArgumentError("expected what the export wrote there");
  }
  ExportedMarks marks;
  for (; !cell.empty(); cell.remove_prefix(kMarkSize)) {
    marks.marks_.emplace(cell.substr(0, kMarkSize));
  }
  return marks;
}

bool ExportedMarks::Has(absl::string_view path, absl::string_view text) const {
  return marks_.count(Mark(path, text)) > 0;
}

}  // namespace perennial::cli
