#include "lib/base/utf8.h"

#include "absl/strings/str_cat.h"

namespace perennial {
namespace {

// How characters of 2, 3 and 4 bytes are written.
struct Form {
  uint8_t lead_mask;
  uint8_t lead;
  size_t length;
  uint32_t first;  // below it a shorter form is the right one
};
constexpr Form kForms[] = {
    {0xe0, 0xc0, 2, 0x80},
    {0xf0, 0xe0, 3, 0x800},
    {0xf8, 0xf0, 4, 0x10000},
};
constexpr uint32_t kLastCode = 0x10ffff;

bool IsSurrogate(uint32_t code) { return code >= 0xd800 && code < 0xe000; }

}  // namespace

Utf8Character FirstWideCharacter(absl::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  for (const Form& form : kForms) {
    if ((lead & form.lead_mask) != form.lead) continue;
    if (text.size() < form.length) return {};
    uint32_t code = lead & ~form.lead_mask;
    for (size_t i = 1; i < form.length; ++i) {
      const auto byte = static_cast<uint8_t>(text[i]);
      if ((byte & 0xc0) != 0x80) return {};
      code = code << 6 | (byte & 0x3f);
    }
    if (code < form.first || code > kLastCode || IsSurrogate(code)) return {};
    return {code, form.length};
  }
  return {};
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = FirstCharacter(text).length;
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string ValidUtf8(absl::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const size_t length = FirstCharacter(text).length;
    if (length == 0) {
      absl::StrAppend(&valid, "\\x", absl::Hex(static_cast<uint8_t>(text[0]), absl::kZeroPad2));
      text.remove_prefix(1);
    } else {
      valid.append(text.data(), length);
      text.remove_prefix(length);
    }
  }
  return valid;
}

}  // namespace perennial
