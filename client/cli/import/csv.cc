#include "client/cli/import/csv.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

// Reads one record after the other. Quoted values are put together within the
// content itself: they only ever become shorter.
class CsvReader {
 public:
  CsvReader(const std::string& name, std::string& content, char delimiter)
      : name_(name), content_(content), delimiter_(delimiter) {
    if (absl::StartsWith(content_, kByteOrderMark)) position_ = kByteOrderMark.size();
  }

  // False at the end.
  absl::StatusOr<bool> Next(const std::vector<std::string>& columns, CsvRecord& record) {
    while (!AtEnd() && TakeLineBreak()) {
    }
    if (AtEnd()) return false;
    record.line = line_;
    record.values.clear();
    do {
      ASSIGN_OR_RETURN(const absl::string_view value, !AtEnd() && content_[position_] == '"'
                                                          ? Quoted(columns, record)
                                                          : Plain(columns, record));
      record.values.push_back(value);
    } while (TakeDelimiter());
    TakeLineBreak();
    return true;
  }

 private:
  bool AtEnd() const { return position_ == content_.size(); }

  bool TakeDelimiter() {
    if (AtEnd() || content_[position_] != delimiter_) return false;
    ++position_;
    return true;
  }

  bool TakeLineBreak() {
    if (AtEnd() || (content_[position_] != '\r' && content_[position_] != '\n')) return false;
    const bool two = content_.compare(position_, 2, "\r\n") == 0;
    position_ += two ? 2 : 1;
    ++line_;
    return true;
  }

  bool AtValueEnd() const {
    if (AtEnd()) return true;
    const char c = content_[position_];
    return c == delimiter_ || c == '\r' || c == '\n';
  }

  absl::StatusOr<absl::string_view> Plain(const std::vector<std::string>& columns,
                                          const CsvRecord& record) {
    const size_t begin = position_;
    while (!AtValueEnd()) {
      if (content_[position_] == '"') {
        return Error(line_, columns, record,
                     "a quote in a value that does not begin with one: put the whole value in "
                     "quotes and double those in it");
      }
      ++position_;
    }
    return absl::string_view(content_).substr(begin, position_ - begin);
  }

  absl::StatusOr<absl::string_view> Quoted(const std::vector<std::string>& columns,
                                           const CsvRecord& record) {
    const int64_t first_line = line_;
    const size_t begin = ++position_;
    size_t end = begin;
    while (true) {
      if (AtEnd()) return Error(first_line, columns, record, "a quote that is never closed");
      if (content_[position_] == '"') {
        if (content_.compare(position_, 2, "\"\"") != 0) break;
        ++position_;
      }
      if (TakeLineBreak()) {
        content_[end++] = '\n';
      } else {
        content_[end++] = content_[position_++];
      }
    }
    ++position_;
    if (!AtValueEnd()) {
      return Error(line_, columns, record, "text behind the closing quote of a value");
    }
    return absl::string_view(content_).substr(begin, end - begin);
  }

  absl::Status Error(int64_t line, const std::vector<std::string>& columns, const CsvRecord& record,
                     absl::string_view what) const {
    const size_t index = record.values.size();
    const std::string column =
        index < columns.size() ? absl::StrCat("\"", columns[index], "\"") : absl::StrCat(index + 1);
    return absl::InvalidArgumentError(
        absl::StrCat(name_, ":", line, ": column ", column, ": ", what));
  }

  const std::string& name_;
  std::string& content_;
  const char delimiter_;
  size_t position_ = 0;
  int64_t line_ = 1;
};

absl::Status CheckHeader(const std::string& name, const std::vector<std::string>& columns) {
  std::set<absl::string_view> seen;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ":1: column ", i + 1, " has no name in the header"));
    }
    if (!seen.insert(columns[i]).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ":1: the column \"", columns[i], "\" stands twice in the header"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CsvTable> CsvTable::Parse(std::string name, std::string content, char delimiter) {
  if (absl::StartsWith(content, "\xff\xfe") || absl::StartsWith(content, "\xfe\xff")) {
    return absl::InvalidArgumentError(absl::StrCat(name, " is in UTF-16: save it as UTF-8"));
  }
  CsvTable table(std::move(name), std::move(content));
  CsvReader reader(table.name_, *table.content_, delimiter);
  CsvRecord record;
  ASSIGN_OR_RETURN(const bool has_header, reader.Next({}, record));
  if (!has_header) {
    return absl::InvalidArgumentError(absl::StrCat(table.name_, " is empty: it has no header"));
  }
  for (const absl::string_view column : record.values) {
    table.columns_.emplace_back(absl::StripAsciiWhitespace(column));
  }
  RETURN_IF_ERROR(CheckHeader(table.name_, table.columns_));
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reader.Next(table.columns_, record));
    if (!more) return table;
    table.records_.push_back(record);
  }
}

absl::StatusOr<CsvTable> CsvTable::Read(const std::string& path, std::string name, char delimiter) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("there is no file ", path));
  std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) return absl::NotFoundError(absl::StrCat(path, " cannot be read"));
  return Parse(std::move(name), std::move(content), delimiter);
}

std::optional<int> CsvTable::FindColumn(absl::string_view name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<int>(found - columns_.begin());
}

absl::Status CsvTable::CheckRecord(const CsvRecord& record) const {
  const size_t has = record.values.size();
  if (has == columns_.size()) return absl::OkStatus();
  if (has > columns_.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the row has ", has, " values for ", columns_.size(), " columns"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the row ends before the column \"", columns_[has], "\""));
}

}  // namespace perennial::cli
