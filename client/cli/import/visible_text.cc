#include "client/cli/import/visible_text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/base/utf8.h"

namespace perennial::cli {
namespace {

// Blanks that are not ASCII's, and what has no width at all.
bool IsInvisible(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0xa0) || code == 0xad || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200f) || (code >= 0x2028 && code <= 0x202f) ||
         (code >= 0x205f && code <= 0x2064) || code == 0x3000 || code == 0xfeff;
}

}  // namespace

std::string Visible(absl::string_view text) {
  std::string visible;
  while (!text.empty()) {
    const Utf8Character character = FirstCharacter(text);
    const size_t length = std::max<size_t>(character.length, 1);
    if (character.length == 0) {
      absl::StrAppendFormat(&visible, "<%02X>", static_cast<uint8_t>(text[0]));
    } else if (IsInvisible(character.code)) {
      absl::StrAppendFormat(&visible, "<U+%04X>", character.code);
    } else {
      absl::StrAppend(&visible, text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  return visible;
}

}  // namespace perennial::cli
