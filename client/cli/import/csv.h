#ifndef PERENNIAL_CLIENT_CLI_IMPORT_CSV_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_CSV_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace perennial::cli {

struct CsvRecord {
  int64_t line = 0;  // its first one, from 1
  std::vector<absl::string_view> values;
};

// A whole CSV file with a header, as RFC 4180 has it: values may be quoted and then hold
// delimiters, line breaks and doubled quotes. Lines end in CRLF, LF or CR, and line breaks in
// values become LF; a byte order mark and empty lines are passed over.
class CsvTable {
 public:
  // `name` is for errors. INVALID_ARGUMENT says what is wrong with the header or with quotes, after
  // which the rest of the file cannot be told: "name:12: column \"x\": ...".
  static absl::StatusOr<CsvTable> Parse(std::string name, std::string content, char delimiter);
  // Reads the file at `path`. NOT_FOUND, or as above.
  static absl::StatusOr<CsvTable> Read(const std::string& path, std::string name, char delimiter);

  CsvTable(CsvTable&&) = default;
  CsvTable& operator=(CsvTable&&) = default;

  const std::string& name() const { return name_; }
  const std::vector<std::string>& columns() const { return columns_; }
  std::optional<int> FindColumn(absl::string_view name) const;

  // In their order. One may have another number of values than there are columns: see CheckRecord.
  const std::vector<CsvRecord>& records() const { return records_; }
  // INVALID_ARGUMENT says how many values the record lacks, or has too many.
  absl::Status CheckRecord(const CsvRecord& record) const;

 private:
  CsvTable(std::string name, std::string content)
      : name_(std::move(name)), content_(std::make_unique<std::string>(std::move(content))) {}

  std::string name_;
  // Where the values are; it stays where it is when the table moves.
  std::unique_ptr<std::string> content_;
  std::vector<std::string> columns_;
  std::vector<CsvRecord> records_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_CSV_H_
