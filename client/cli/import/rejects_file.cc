#include "client/cli/import/rejects_file.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "client/cli/errors.h"
#include "client/cli/printer.h"

namespace perennial::cli {
namespace {

absl::Status NotWritten(const std::string& path) {
  return UnwrittenError(absl::StrCat("the rejected rows cannot be written to ", path));
}

const CsvTable* TableOf(const RejectedRow& row, const RejectsFile::Tables& tables) {
  const auto table = tables.find(row.source);
  return table == tables.end() ? nullptr : table->second;
}

std::string Header(const CsvTable* table) {
  std::vector<std::string> cells = {"file", "line", "resource", "reason"};
  if (table != nullptr) {
    cells.insert(cells.end(), table->columns().begin(), table->columns().end());
  }
  return CsvLine(cells);
}

std::string Line(const RejectedRow& row, const CsvTable* table) {
  std::vector<std::string> cells = {row.source, absl::StrCat(row.line), row.resource_name,
                                    row.message};
  const CsvRecord* record = table == nullptr ? nullptr : table->FindRecord(row.line);
  if (record != nullptr) {
    for (const absl::string_view value : record->values) cells.emplace_back(value);
  }
  return CsvLine(cells);
}

}  // namespace

absl::StatusOr<RejectsFile> RejectsFile::Open(const std::string& path,
                                              const std::vector<std::string>& read) {
  const auto is_it = [&path](const std::string& other) {
    std::error_code error;  // where there is no such file yet
    return std::filesystem::equivalent(path, other, error);
  };
  if (std::any_of(read.begin(), read.end(), is_it)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is read by this import: give the rejected rows another file"));
  }
  std::ofstream file(path, std::ios::binary);
  if (!file) return NotWritten(path);
  return RejectsFile(path, std::move(file));
}

absl::Status RejectsFile::Write(const std::vector<RejectedRow>& rejected, const Tables& tables) {
  const RejectedRow* last = nullptr;
  for (const RejectedRow& row : rejected) {
    const CsvTable* table = TableOf(row, tables);
    if (last == nullptr || last->source != row.source) {
      file_ << (last == nullptr ? "" : "\n") << Header(table);
    }
    last = &row;
    file_ << Line(row, table);
  }
  file_.close();
  return file_ ? absl::OkStatus() : NotWritten(path_);
}

}  // namespace perennial::cli
