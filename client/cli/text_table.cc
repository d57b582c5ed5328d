#include "client/cli/text_table.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace perennial::cli {
namespace {

constexpr absl::string_view kGap = "  ";
constexpr absl::string_view kEllipsis = "…";
constexpr size_t kLeastWidth = 8;

bool ContinuesCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

size_t CharacterCount(absl::string_view text) {
  return text.size() -
         static_cast<size_t>(std::count_if(text.begin(), text.end(), ContinuesCharacter));
}

absl::string_view FirstCharacters(absl::string_view text, size_t count) {
  size_t end = 0;
  while (end < text.size() && (count > 0 || ContinuesCharacter(text[end]))) {
    if (!ContinuesCharacter(text[end++])) --count;
  }
  return text.substr(0, end);
}

void AppendCell(absl::string_view text, size_t width, bool right, std::string& line) {
  const size_t length = CharacterCount(text);
  if (length > width) {
    absl::StrAppend(&line, FirstCharacters(text, width - 1), kEllipsis);
    return;
  }
  const std::string blanks(width - length, ' ');
  right ? absl::StrAppend(&line, blanks, text) : absl::StrAppend(&line, text, blanks);
}

// Takes from the widest but the first, one character at a time, until all fit.
void Shrink(std::vector<size_t>& widths, size_t available) {
  size_t total = std::accumulate(widths.begin(), widths.end(), size_t{0});
  while (total > available && widths.size() > 1) {
    const auto widest = std::max_element(widths.begin() + 1, widths.end());
    if (*widest <= kLeastWidth) return;
    --*widest;
    --total;
  }
}

}  // namespace

void TextTable::AddRow(std::vector<std::string> cells) {
  for (std::string& cell : cells) {
    std::replace_if(cell.begin(), cell.end(), absl::ascii_iscntrl, ' ');
  }
  rows_.push_back(std::move(cells));
}

void TextTable::Print(std::ostream& out, size_t width, absl::string_view indent) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t widest = CharacterCount(columns_[i].header);
    for (const auto& row : rows_) widest = std::max(widest, CharacterCount(row[i]));
    widths.push_back(widest);
  }
  const size_t gaps = indent.size() + kGap.size() * (columns_.size() - 1);
  if (width > gaps) Shrink(widths, width - gaps);

  const auto print = [&](const auto& text_of) {
    std::string line(indent);
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) absl::StrAppend(&line, kGap);
      AppendCell(text_of(i), widths[i], columns_[i].right, line);
    }
    absl::StripTrailingAsciiWhitespace(&line);
    out << line << '\n';
  };
  print([this](size_t i) -> absl::string_view { return columns_[i].header; });
  for (const auto& row : rows_) {
    print([&row](size_t i) -> absl::string_view { return row[i]; });
  }
}

}  // namespace perennial::cli
