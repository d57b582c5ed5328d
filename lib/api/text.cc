#include "lib/api/text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"

namespace perennial {
namespace {

constexpr int kMaxKeyLength = 63;

// How UTF-8 writes characters of 2, 3 and 4 bytes.
struct Form {
  uint8_t lead_mask;
  uint8_t lead;
  int length;
  uint32_t first;  // below it a shorter form is the right one
};
constexpr Form kForms[] = {
    {0xe0, 0xc0, 2, 0x80},
    {0xf0, 0xe0, 3, 0x800},
    {0xf8, 0xf0, 4, 0x10000},
};

bool IsControl(uint32_t character) {
  return (character < 0x20 && character != '\t' && character != '\n') ||
         (character >= 0x7f && character < 0xa0);
}

bool IsCharacter(uint32_t code) {
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return code <= 0x10ffff && !surrogate && !IsControl(code);
}

// The length of the character at the start of `text`, which is not ASCII; 0 if there is none.
size_t WideCharacterLength(absl::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  for (const Form& form : kForms) {
    if ((lead & form.lead_mask) != form.lead) continue;
    if (text.size() < static_cast<size_t>(form.length)) return 0;
    uint32_t code = lead & ~form.lead_mask;
    for (int i = 1; i < form.length; ++i) {
      const auto byte = static_cast<uint8_t>(text[i]);
      if ((byte & 0xc0) != 0x80) return 0;
      code = code << 6 | (byte & 0x3f);
    }
    return code >= form.first && IsCharacter(code) ? form.length : 0;
  }
  return 0;
}

}  // namespace

std::optional<int> CountCharacters(absl::string_view text) {
  int count = 0;
  while (!text.empty()) {
    size_t length = 1;
    if (!absl::ascii_isascii(text[0])) {
      length = WideCharacterLength(text);
      if (length == 0) return std::nullopt;
    } else if (IsControl(text[0])) {
      return std::nullopt;
    }
    text.remove_prefix(length);
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
