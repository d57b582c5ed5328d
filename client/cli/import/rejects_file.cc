#include "client/cli/import/rejects_file.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

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

// A name for a column of this file, which the table's may have too: of an earlier file like this.
std::string OwnColumn(std::string name, const CsvTable* table) {
  while (table != nullptr && table->FindColumn(name).has_value()) name = "rejected_" + name;
  return name;
}

std::string Header(const CsvTable* table) {
  std::vector<std::string> cells;
  for (const char* name : {"file", "line", "resource", "reason"}) {
    cells.push_back(OwnColumn(name, table));
  }
  if (table != nullptr) {
    cells.insert(cells.end(), table->columns().begin(), table->columns().end());
  }
  return CsvLine(cells);
}

// Without a ' before what a spreadsheet would run as a formula: the cells are those of a file that
// people have, and are to be imported again as they are.
std::string Line(const RejectedRow& row, const CsvTable* table) {
  std::vector<std::string> cells = {row.source, absl::StrCat(row.line), row.resource_name,
                                    row.message};
  const CsvRecord* record = table == nullptr ? nullptr : table->FindRecord(row.line);
  if (record != nullptr) {
    for (std::string& cell : table->CellsOf(*record)) cells.push_back(std::move(cell));
  }
  return CsvLine(cells);
}

// Says that this file is in UTF-8 with commas, whatever the mapping declares of the files that its
// rows are of: see CsvTable.
std::string OwnFormat(const RejectsFile::Tables& tables) {
  const bool is_needed = std::any_of(tables.begin(), tables.end(), [](const auto& table) {
    return table.second->has_other_format();
  });
  return is_needed ? "\xef\xbb\xbf"
                     "sep=,\n"
                   : "";
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
  if (!rejected.empty()) file_ << OwnFormat(tables);
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
