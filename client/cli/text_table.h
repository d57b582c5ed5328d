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
    // Names of resources, whose last parts tell most: where columns may be left out, they are
    // shortened before any is, at the front.
    bool is_name = false;
  };

  // What becomes of texts where the lines are too long: they are cut, or go on below. Where cutting
  // is not enough, the last columns may be left out.
  enum class Overflow { kCut, kWrap, kLeaveOut };

  explicit TextTable(std::vector<Column> columns, Overflow overflow = Overflow::kCut)
      : columns_(std::move(columns)), overflow_(overflow) {}

  // As many cells as columns. Line breaks and control characters become blanks.
  void AddRow(std::vector<std::string> cells);

  bool empty() const { return rows_.empty(); }

  // Narrows the widest columns until the lines fit into `width`; 0 is any width. The first, which
  // names the row, unless it is a resource's name, and those aligned to the right, whose numbers
  // must be whole, keep theirs.
  // Each line starts with `indent`. Answers the headers of the columns that were left out.
  std::vector<std::string> Print(std::ostream& out, size_t width,
                                 absl::string_view indent = "") const;

 private:
  // Of as many columns as fit, and of the first `columns`.
  std::vector<size_t> FittingWidths(size_t columns, size_t available) const;
  std::vector<size_t> Widths(size_t columns, size_t available) const;
  bool IsShortened(size_t column) const {
    return columns_[column].is_name && overflow_ == Overflow::kLeaveOut;
  }
  std::vector<std::string> LinesOf(const std::string& cell, size_t column, size_t width) const;

  std::vector<Column> columns_;
  Overflow overflow_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_TEXT_TABLE_H_
