#include "client/cli/sheet.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/field_text.h"
#include "client/cli/import/text_encoding.h"
#include "client/cli/import/visible_text.h"
#include "client/cli/method_request.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::FieldMask;
using ::google::protobuf::Message;

constexpr size_t kMostProblems = 20;

}  // namespace

std::string SheetName(const std::string& path) { return path == "-" ? "standard input" : path; }

absl::StatusOr<std::string> ReadSheetText(const std::string& path, const std::string& encoding) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  } else {
    std::ifstream file(path, std::ios::binary);
    if (!file) return absl::NotFoundError(absl::StrCat("there is no file ", path));
    text.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    if (file.bad()) return absl::NotFoundError(absl::StrCat(path, " cannot be read"));
  }
  absl::StatusOr<std::string> utf8 = ToUtf8(std::move(text), encoding);
  if (utf8.ok()) return utf8;
  return absl::InvalidArgumentError(absl::StrCat(SheetName(path), ": ", utf8.status().message()));
}

absl::StatusOr<CsvTable> ParseSheet(const std::string& name, const std::string& text) {
  // The names of columns have none of them.
  const size_t end = text.find_first_of(",;\t\r\n", text.find_first_not_of("\r\n"));
  const bool declared = absl::StartsWithIgnoreCase(text, "sep=");
  const char found = end == std::string::npos || declared ? ',' : text[end];
  CsvFormat format;
  format.delimiter = found == ';' || found == '\t' ? found : ',';
  format.short_rows = true;  // as some spreadsheets leave out what is empty at the end
  return CsvTable::Parse(name, text, format);
}

SheetColumn FindSheetColumn(const Descriptor& type, const std::string& path) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor* field = type.FindFieldByName(parts.first);
  const bool has_key = !parts.second.empty();
  if (field == nullptr || (has_key && !field->is_map())) return {path, nullptr, ""};
  return {path, field, parts.second};
}

std::string CurrencyColumn(absl::string_view path) { return absl::StrCat(path, ".currency_code"); }

std::string CellText(const Message& message, const SheetColumn& column) {
  if (column.key.empty()) return FieldText(message, *column.field);
  const auto& type = *column.field->message_type();
  for (int i = 0; i < message.GetReflection()->FieldSize(message, column.field); ++i) {
    const Message& entry = message.GetReflection()->GetRepeatedMessage(message, column.field, i);
    if (entry.GetReflection()->GetString(entry, type.map_key()) == column.key) {
      return entry.GetReflection()->GetString(entry, type.map_value());
    }
  }
  return "";
}

absl::Status SetCell(const SheetColumn& column, const std::string& text, Message& message,
                     FieldMask& mask) {
  if (!column.key.empty()) {
    const std::string label =
        text.empty() ? absl::StrCat(column.key, "-")
                     : absl::StrCat(column.key, "=", absl::StrReplaceAll(text, {{",", "\\,"}}));
    RETURN_IF_ERROR(SetField(*column.field, label, message));
    AddPaths(message, *column.field, {label}, mask);
    return absl::OkStatus();
  }
  if (!column.field->is_map()) message.GetReflection()->ClearField(&message, column.field);
  RETURN_IF_ERROR(SetField(*column.field, text, message));
  AddPaths(message, *column.field, {text}, mask);
  return absl::OkStatus();
}

void SheetProblems::Add(int64_t line, absl::string_view column, absl::string_view what) {
  if (problems_.size() >= kMostProblems) {
    ++more_;
    return;
  }
  problems_.push_back(absl::StrCat(
      name_, ":", line, ": ",
      column.empty() ? "" : absl::StrCat("column \"", Visible(column), "\": "), Visible(what)));
}

absl::Status SheetProblems::ToStatus() const {
  if (problems_.empty()) return absl::OkStatus();
  std::string all = absl::StrJoin(problems_, "\n");
  if (more_ > 0) absl::StrAppend(&all, "\nand ", more_, " more");
  return absl::InvalidArgumentError(all);
}

}  // namespace perennial::cli
