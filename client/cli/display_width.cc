#include "client/cli/display_width.h"

#include <utf8proc.h>

#include <algorithm>

#include "lib/base/utf8.h"

namespace perennial::cli {
namespace {

// What is no character is shown as one of those that stand for it.
size_t WidthOf(const Utf8Character& character) {
  if (character.length == 0) return 1;
  return static_cast<size_t>(utf8proc_charwidth(static_cast<utf8proc_int32_t>(character.code)));
}

}  // namespace

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Utf8Character character = FirstCharacter(text);
    width += WidthOf(character);
    text.remove_prefix(std::max<size_t>(character.length, 1));
  }
  return width;
}

absl::string_view FirstColumns(absl::string_view text, size_t width) {
  size_t end = 0;
  while (end < text.size()) {
    const Utf8Character character = FirstCharacter(text.substr(end));
    const size_t needed = WidthOf(character);
    if (needed > width) break;
    width -= needed;
    end += std::max<size_t>(character.length, 1);
  }
  return text.substr(0, end);
}

absl::string_view LastColumns(absl::string_view text, size_t width) {
  for (size_t left = DisplayWidth(text); left > width;) {
    const absl::string_view first =
        text.substr(0, std::max<size_t>(FirstCharacter(text).length, 1));
    left -= DisplayWidth(first);
    text.remove_prefix(first.size());
  }
  return text;
}

}  // namespace perennial::cli
