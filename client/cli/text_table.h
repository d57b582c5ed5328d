#ifndef PERENNIAL_CLIENT_CLI_TEXT_TABLE_H_
#define PERENNIAL_CLIENT_CLI_TEXT_TABLE_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace perennial::cli {

// Rows of text in aligned columns.
class TextTable {
 public:
  struct Column {
    std::string header;
    bool right = false;  // aligned to the right
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns. Line breaks and control characters become blanks.
  void AddRow(std::vector<std::string> cells);

  bool empty() const { return rows_.empty(); }

  // Cuts the widest columns, but not the first, until the lines fit into `width`; 0 is any
  // width. Each line starts with `indent`.
  void Print(std::ostream& out, size_t width, absl::string_view indent = "") const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_TEXT_TABLE_H_
