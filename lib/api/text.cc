#include "lib/api/text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "lib/base/utf8.h"

namespace perennial {
namespace {

constexpr int kMaxKeyLength = 63;

bool IsControl(uint32_t character) {
  return (character < 0x20 && character != '\t' && character != '\n') ||
         (character >= 0x7f && character < 0xa0);
}

}  // namespace

std::optional<int> CountCharacters(absl::string_view text) {
  int count = 0;
  while (!text.empty()) {
    const Utf8Character character = FirstCharacter(text);
    if (character.length == 0 || IsControl(character.code)) return std::nullopt;
    text.remove_prefix(character.length);
    ++count;
  }
  return count;
}

absl::string_view FirstCharacters(absl::string_view text, int count) {
  size_t end = 0;
  for (; end < text.size(); ++end) {
    // Every byte of a character but its first one is 10xxxxxx.
    const bool begins = (static_cast<uint8_t>(text[end]) & 0xc0) != 0x80;
    if (begins && count-- == 0) break;
  }
  return text.substr(0, end);
}

bool IsLabelKey(absl::string_view key) {
  return !key.empty() && key.size() <= kMaxKeyLength && absl::ascii_islower(key[0]) &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '-';
         });
}

}  // namespace perennial
