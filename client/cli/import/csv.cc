#include "client/cli/import/csv.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/import/text_encoding.h"
#include "client/cli/import/visible_text.h"
#include "lib/base/status.h"
#include "lib/base/utf8.h"

namespace perennial::cli {
namespace {

constexpr absl::string_view kSeparatorLine = "sep=";

// Reads one record after the other. Quoted values are put together within the content itself, once
// all quotes of the record have turned out to be right: they only ever become shorter.
class CsvReader {
 public:
  CsvReader(std::string& content, char delimiter) : content_(content), delimiter_(delimiter) {
    TakeSeparatorLine();
    if (delimiter_ == '\0') delimiter_ = ',';
  }

  // False at the end. What is wrong with a record is so of its first line.
  bool Next(CsvRecord& record, CsvProblem& problem) {
    while (!AtEnd() && TakeLineBreak()) {
    }
    if (AtEnd()) return false;
    record.line = line_;
    record.values.clear();
    problem = {};
    values_.clear();
    const size_t begin = position_;
    do {
      problem.message = !AtEnd() && content_[position_] == '"' ? TakeQuoted() : TakePlain();
    } while (problem.message.empty() && TakeDelimiter());
    if (problem.message.empty()) {
      for (const Value& value : values_) record.values.push_back(PutTogether(value));
    } else {
      position_ = std::min(content_.find_first_of("\r\n", begin), content_.size());
      problem.cells = CellsTo(position_, begin);
    }
    TakeLineBreak();
    return true;
  }

 private:
  // Where it stands, without the quotes around it.
  struct Value {
    size_t begin;
    size_t end;
    bool is_quoted;
  };

  bool AtEnd() const { return position_ == content_.size(); }

  void TakeSeparatorLine() {
    const size_t end = content_.find_first_of("\r\n");
    absl::string_view line = absl::string_view(content_).substr(0, end);
    if (line.size() != kSeparatorLine.size() + 1 ||
        !absl::StartsWithIgnoreCase(line, kSeparatorLine)) {
      return;
    }
    delimiter_ = line.back();
    position_ = line.size();
    TakeLineBreak();
  }

  bool TakeDelimiter() {
    if (AtEnd() || content_[position_] != delimiter_) return false;
    ++position_;
    return true;
  }

  // Of the line break that stands there, if one does.
  size_t LineBreakAt(size_t position) const {
    if (content_[position] != '\r' && content_[position] != '\n') return 0;
    return content_.compare(position, 2, "\r\n") == 0 ? 2 : 1;
  }

  bool TakeLineBreak() {
    const size_t size = AtEnd() ? 0 : LineBreakAt(position_);
    position_ += size;
    line_ += size > 0 ? 1 : 0;
    return size > 0;
  }

  bool AtValueEnd() const {
    if (AtEnd()) return true;
    const char c = content_[position_];
    return c == delimiter_ || c == '\r' || c == '\n';
  }

  // The next value of the record; or what is wrong with it.
  std::string TakePlain() {
    const size_t begin = position_;
    while (!AtValueEnd()) {
      if (content_[position_] == '"') {
        return "a quote in a value that does not begin with one: put the whole value in quotes and "
               "double those in it";
      }
      ++position_;
    }
    values_.push_back({begin, position_, false});
    return "";
  }

  std::string TakeQuoted() {
    const size_t begin = position_ + 1;
    const size_t close = FindClosingQuote(begin);
    if (close == std::string::npos) return "a quote that is never closed";
    position_ = close + 1;
    if (!AtValueEnd()) return "text behind the closing quote of a value";
    values_.push_back({begin, close, true});
    return "";
  }

  size_t FindClosingQuote(size_t begin) const {
    size_t quote = content_.find('"', begin);
    while (quote != std::string::npos && content_.compare(quote, 2, "\"\"") == 0) {
      quote = content_.find('"', quote + 2);
    }
    return quote;
  }

  absl::string_view PutTogether(const Value& value) {
    size_t end = value.end;
    if (value.is_quoted) {
      end = value.begin;
      for (size_t i = value.begin; i < value.end; ++i) {
        if (content_[i] == '"') ++i;  // the first of two
        const size_t line_break = LineBreakAt(i);
        if (line_break > 0) {
          ++line_;
          i += line_break - 1;
        }
        content_[end++] = line_break > 0 ? '\n' : content_[i];
      }
    }
    return absl::string_view(content_).substr(value.begin, end - value.begin);
  }

  // Of a line with a wrong quote: the values before it, and the rest as it is.
  std::vector<std::string> CellsTo(size_t line_end, size_t begin) {
    std::vector<std::string> cells;
    for (const Value& value : values_) {
      if (value.end >= line_end) break;
      cells.emplace_back(PutTogether(value));
      begin = value.end + (value.is_quoted ? 2 : 1);
    }
    const absl::string_view rest = absl::string_view(content_).substr(begin, line_end - begin);
    for (const absl::string_view cell : absl::StrSplit(rest, delimiter_)) cells.emplace_back(cell);
    return cells;
  }

  std::string& content_;
  char delimiter_;
  std::vector<Value> values_;  // of the record that is read
  size_t position_ = 0;
  int64_t line_ = 1;
};

absl::Status CheckTwice(const std::string& name, int64_t line,
                        const std::vector<std::string>& columns) {
  std::set<absl::string_view> seen;
  for (const std::string& column : columns) {
    if (!column.empty() && !seen.insert(column).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          name, ":", line, ": the column \"", Visible(column), "\" stands twice in the header"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CsvTable> CsvTable::Parse(std::string name, std::string content,
                                         const CsvFormat& format) {
  absl::StatusOr<std::string> text = ToUtf8(std::move(content), format.encoding);
  if (!text.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", text.status().message()));
  }
  CsvTable table(std::move(name), *std::move(text));
  CsvReader reader(*table.content_, format.delimiter);
  table.has_other_format_ =
      (format.delimiter != '\0' && format.delimiter != ',') ||
      !(format.encoding.empty() || absl::EqualsIgnoreCase(format.encoding, "utf-8"));
  CsvRecord record;
  CsvProblem problem;
  if (!reader.Next(record, problem)) {
    return absl::InvalidArgumentError(absl::StrCat(table.name_, " is empty: it has no header"));
  }
  if (!problem.message.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(table.name_, ":", record.line, ": the header has ", problem.message));
  }
  RETURN_IF_ERROR(table.TakeHeader(record));
  while (reader.Next(record, problem)) {
    table.TakeRecord(record, std::move(problem), format.short_rows);
  }
  return table;
}

absl::Status CsvTable::TakeHeader(const CsvRecord& record) {
  for (const absl::string_view column : record.values) {
    columns_.emplace_back(absl::StripAsciiWhitespace(column));
  }
  while (!columns_.empty() && columns_.back().empty()) columns_.pop_back();
  if (columns_.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name_, ":", record.line, ": no column has a name in the header"));
  }
  return CheckTwice(name_, record.line, columns_);
}

void CsvTable::TakeRecord(CsvRecord record, CsvProblem problem, bool short_rows) {
  std::vector<absl::string_view>& values = record.values;
  std::string& message = problem.message;
  const auto is_empty = [](absl::string_view value) { return value.empty(); };
  if (message.empty() && values.size() > 1 && std::all_of(values.begin(), values.end(), is_empty)) {
    return;
  }
  while (values.size() > columns_.size() && values.back().empty()) values.pop_back();
  if (short_rows && values.size() < columns_.size()) values.resize(columns_.size());
  for (size_t i = 0; i < values.size() && message.empty(); ++i) {
    if (IsUtf8(values[i])) continue;
    message = absl::StrCat(
        "the column ",
        i < columns_.size() ? absl::StrCat("\"", Visible(columns_[i]), "\"") : absl::StrCat(i + 1),
        " is not in UTF-8: declare the file's encoding, such as windows-1252");
  }
  if (message.empty() && values.size() > columns_.size()) {
    message = absl::StrCat("the row has ", values.size(), " values for ", columns_.size(),
                           " columns with a name");
  }
  if (message.empty() && values.size() < columns_.size()) {
    message =
        absl::StrCat("the row ends before the column \"", Visible(columns_[values.size()]), "\"");
  }
  if (!message.empty()) problems_.emplace(record.line, std::move(problem));
  records_.push_back(std::move(record));
}

absl::StatusOr<CsvTable> CsvTable::Read(const std::string& path, std::string name,
                                        const CsvFormat& format) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("there is no file ", path));
  std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) return absl::NotFoundError(absl::StrCat(path, " cannot be read"));
  return Parse(std::move(name), std::move(content), format);
}

std::optional<int> CsvTable::FindColumn(absl::string_view name) const {
  if (name.empty()) return std::nullopt;
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<int>(found - columns_.begin());
}

std::string CsvTable::ColumnList(absl::string_view prefix) const {
  std::vector<std::string> names;
  for (const std::string& column : columns_) {
    if (!column.empty()) names.push_back(absl::StrCat(prefix, Visible(column)));
  }
  return absl::StrJoin(names, ", ");
}

const CsvRecord* CsvTable::FindRecord(int64_t line) const {
  const auto found =
      std::lower_bound(records_.begin(), records_.end(), line,
                       [](const CsvRecord& record, int64_t l) { return record.line < l; });
  return found == records_.end() || found->line != line ? nullptr : &*found;
}

absl::Status CsvTable::CheckRecord(const CsvRecord& record) const {
  const auto problem = problems_.find(record.line);
  return problem == problems_.end() ? absl::OkStatus()
                                    : absl::InvalidArgumentError(problem->second.message);
}

std::vector<std::string> CsvTable::CellsOf(const CsvRecord& record) const {
  const auto problem = problems_.find(record.line);
  if (problem != problems_.end() && record.values.empty()) return problem->second.cells;
  return {record.values.begin(), record.values.end()};
}

}  // namespace perennial::cli
