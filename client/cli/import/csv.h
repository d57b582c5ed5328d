#ifndef PERENNIAL_CLIENT_CLI_IMPORT_CSV_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_CSV_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace perennial::cli {

struct CsvRecord {
  int64_t line = 0;  // its first one, from 1
  std::vector<absl::string_view> values;
};

// What is wrong with a record: empty where nothing is.
struct CsvProblem {
  std::string message;
  std::vector<std::string> cells;  // see CsvTable::CellsOf, where its quotes are wrong
};

// How a file is written, where it does not say so itself.
struct CsvFormat {
  char delimiter = '\0';  // a comma where it is not declared
  std::string encoding;   // see ToUtf8
  // Rows may end early: the values that they lack are empty.
  bool short_rows = false;
};

// A whole CSV file with a header, as RFC 4180 has it and as spreadsheets write it: values may be
// quoted and then hold delimiters, line breaks and doubled quotes. Lines end in CRLF, LF or CR, and
// line breaks in values become LF. A byte order mark and a first line `sep=;` go before the
// declared encoding and delimiter. Passed over are empty lines, lines of nothing but delimiters,
// and columns without a name, as long as those at the right are empty.
class CsvTable {
 public:
  // `name` is for errors. INVALID_ARGUMENT says what is wrong with the header: "name:1: ...".
  static absl::StatusOr<CsvTable> Parse(std::string name, std::string content,
                                        const CsvFormat& format);
  // Reads the file at `path`. NOT_FOUND, or as above.
  static absl::StatusOr<CsvTable> Read(const std::string& path, std::string name,
                                       const CsvFormat& format);

  CsvTable(CsvTable&&) = default;
  CsvTable& operator=(CsvTable&&) = default;

  const std::string& name() const { return name_; }
  // Empty for one without a name.
  const std::vector<std::string>& columns() const { return columns_; }
  std::optional<int> FindColumn(absl::string_view name) const;
  // Those with a name, each behind the prefix, for people: what cannot be seen in one is shown as
  // its code.
  std::string ColumnList(absl::string_view prefix = "") const;

  // In their order, also those that CheckRecord has something against.
  const std::vector<CsvRecord>& records() const { return records_; }
  // The one that begins in the line; null where none does.
  const CsvRecord* FindRecord(int64_t line) const;
  // INVALID_ARGUMENT says what is wrong with the record, whose values are not to be used then:
  // their number, their quotes or characters that are not UTF-8. A quote that is never closed is
  // wrong of its own line alone: the record after it begins in the next one.
  absl::Status CheckRecord(const CsvRecord& record) const;
  // Its values; where they are not to be used, as far as they can be told: those before the wrong
  // quote, and behind them the line as it is, parted at its delimiters.
  std::vector<std::string> CellsOf(const CsvRecord& record) const;

  // Whether it was declared that the file is anything else than UTF-8 with commas.
  bool has_other_format() const { return has_other_format_; }

 private:
  CsvTable(std::string name, std::string content)
      : name_(std::move(name)), content_(std::make_unique<std::string>(std::move(content))) {}

  absl::Status TakeHeader(const CsvRecord& record);
  void TakeRecord(CsvRecord record, CsvProblem problem, bool short_rows);

  std::string name_;
  // Where the values are; it stays where it is when the table moves.
  std::unique_ptr<std::string> content_;
  std::vector<std::string> columns_;
  std::vector<CsvRecord> records_;
  absl::flat_hash_map<int64_t, CsvProblem> problems_;  // by line
  bool has_other_format_ = false;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_CSV_H_
