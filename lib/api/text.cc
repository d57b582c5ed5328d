#include "lib/api/text.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "lib/base/utf8.h"

namespace perennial {
namespace {

constexpr int kMaxKeyLength = 63;

bool IsControl(uint32_t character) {
  return (character < 0x20 && character != '\t' && character != '\n') ||
         (character >= 0x7f && character < 0xa0);
}

struct Range {
  uint32_t first, last;
};

// Unicode's White_Space, and of Default_Ignorable_Code_Point what keyboards and web pages leave
// behind; the fillers of Hangul and the blank of Braille show nothing either.
constexpr Range kInvisible[] = {
    {0x00, 0x20},     {0x7f, 0xa0},     {0xad, 0xad},     {0x34f, 0x34f},    {0x61c, 0x61c},
    {0x115f, 0x1160}, {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f},  {0x2000, 0x200f},
    {0x2028, 0x202f}, {0x205f, 0x206f}, {0x2800, 0x2800}, {0x3000, 0x3000},  {0x3164, 0x3164},
    {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xe0000, 0xe0fff}};

bool IsVisible(uint32_t code) {
  return std::none_of(std::begin(kInvisible), std::end(kInvisible), [code](const Range& range) {
    return code >= range.first && code <= range.last;
  });
}

}  // namespace

bool HasVisible(absl::string_view text) {
  while (!text.empty()) {
    const Utf8Character character = FirstCharacter(text);
    if (character.length == 0) return false;
    if (IsVisible(character.code)) return true;
    text.remove_prefix(character.length);
  }
  return false;
}

bool HasLineBreak(absl::string_view text) {
  return absl::StrContains(text, '\n') || absl::StrContains(text, "\u2028") ||
         absl::StrContains(text, "\u2029");
}

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
