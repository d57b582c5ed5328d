#include "client/cli/text_table.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/cli/display_width.h"

namespace perennial::cli {
namespace {

constexpr absl::string_view kGap = "  ";
constexpr absl::string_view kEllipsis = "…";
constexpr size_t kLeastWidth = 10;  // a date
constexpr size_t kLeastNameWidth = 20;

std::string Cut(absl::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  return absl::StrCat(FirstColumns(text, width - 1), kEllipsis);
}

std::string CutFront(absl::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  return absl::StrCat(kEllipsis, LastColumns(text, width - 1));
}

// Takes from the widest of those that may be narrowed until they fit, or all are at their least.
template <class MayNarrow>
void Narrow(std::vector<size_t>& widths, size_t available, size_t least,
            const MayNarrow& may_narrow) {
  size_t total = std::accumulate(widths.begin(), widths.end(), size_t{0});
  for (; total > available; --total) {
    size_t* widest = nullptr;
    for (size_t i = 0; i < widths.size(); ++i) {
      if (!may_narrow(i) || widths[i] <= least) continue;
      if (widest == nullptr || widths[i] > *widest) widest = &widths[i];
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

// The text in lines of at most `width`, broken at blanks where it can be.
std::vector<std::string> Wrap(absl::string_view text, size_t width) {
  std::vector<std::string> lines;
  while (DisplayWidth(text) > width) {
    // One character at least, however wide.
    absl::string_view line = FirstColumns(text, std::max<size_t>(width, 2));
    const size_t blank = text.substr(0, line.size() + 1).rfind(' ');
    if (blank != absl::string_view::npos && blank > 0) line = text.substr(0, blank);
    lines.emplace_back(line);
    text = absl::StripLeadingAsciiWhitespace(text.substr(line.size()));
  }
  lines.emplace_back(text);
  return lines;
}

std::string Aligned(absl::string_view text, size_t width, bool right) {
  const std::string blanks(width - std::min(width, DisplayWidth(text)), ' ');
  return right ? absl::StrCat(blanks, text) : absl::StrCat(text, blanks);
}

}  // namespace

void TextTable::AddRow(std::vector<std::string> cells) {
  for (std::string& cell : cells) {
    std::replace_if(cell.begin(), cell.end(), absl::ascii_iscntrl, ' ');
  }
  rows_.push_back(std::move(cells));
}

std::vector<size_t> TextTable::Widths(size_t columns, size_t available) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns; ++i) {
    size_t widest = DisplayWidth(columns_[i].header);
    for (const auto& row : rows_) widest = std::max(widest, DisplayWidth(row[i]));
    widths.push_back(widest);
  }
  Narrow(widths, available, kLeastNameWidth, [this](size_t i) { return IsShortened(i); });
  Narrow(widths, available, kLeastWidth,
         [this](size_t i) { return i > 0 && !columns_[i].right && !IsShortened(i); });
  return widths;
}

std::vector<size_t> TextTable::FittingWidths(size_t columns, size_t available) const {
  const size_t gaps = kGap.size() * (columns - 1);
  std::vector<size_t> widths = Widths(columns, available > gaps ? available - gaps : 0);
  const size_t total = std::accumulate(widths.begin(), widths.end(), gaps);
  const bool fits = total <= available || columns == 1 || overflow_ != Overflow::kLeaveOut;
  return fits ? widths : FittingWidths(columns - 1, available);
}

std::vector<std::string> TextTable::LinesOf(const std::string& cell, size_t column,
                                            size_t width) const {
  if (IsShortened(column)) return {CutFront(cell, width)};
  const bool wraps = overflow_ == Overflow::kWrap && !columns_[column].right;
  return wraps ? Wrap(cell, width) : std::vector{Cut(cell, width)};
}

std::vector<std::string> TextTable::Print(std::ostream& out, size_t width,
                                          absl::string_view indent) const {
  const std::vector<size_t> widths =
      FittingWidths(columns_.size(), width > indent.size() ? width - indent.size()
                                                           : std::numeric_limits<size_t>::max());
  const size_t shown = widths.size();

  const auto print = [&](const std::vector<std::vector<std::string>>& cells) {
    size_t height = 0;
    for (const auto& lines : cells) height = std::max(height, lines.size());
    for (size_t y = 0; y < height; ++y) {
      std::vector<std::string> parts;
      for (size_t i = 0; i < shown; ++i) {
        absl::string_view text;
        if (y < cells[i].size()) text = cells[i][y];
        parts.push_back(Aligned(text, widths[i], columns_[i].right));
      }
      std::string line = absl::StrCat(indent, absl::StrJoin(parts, kGap));
      absl::StripTrailingAsciiWhitespace(&line);
      out << line << '\n';
    }
  };

  std::vector<std::vector<std::string>> cells;
  for (size_t i = 0; i < shown; ++i) cells.push_back({Cut(columns_[i].header, widths[i])});
  print(cells);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < shown; ++i) {
      cells[i] = LinesOf(row[i], i, widths[i]);
    }
    print(cells);
  }
  std::vector<std::string> left_out;
  for (size_t i = shown; i < columns_.size(); ++i) left_out.push_back(columns_[i].header);
  return left_out;
}

}  // namespace perennial::cli
