#ifndef PERENNIAL_LIB_BASE_UTF8_H_
#define PERENNIAL_LIB_BASE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace perennial {

struct Utf8Character {
  uint32_t code = 0;
  size_t length = 0;  // in bytes
};

// The character at the start of `text`, which is not empty; one of length 0 where the bytes there
// are none: cut off, in too long a form, or a surrogate.
inline Utf8Character FirstCharacter(absl::string_view text);

// The same for bytes above 0x7f.
Utf8Character FirstWideCharacter(absl::string_view text);

bool IsUtf8(absl::string_view text);

// The text with \xff in place of each byte that is no character.
std::string ValidUtf8(absl::string_view text);

inline Utf8Character FirstCharacter(absl::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  return lead < 0x80 ? Utf8Character{lead, 1} : FirstWideCharacter(text);
}

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_UTF8_H_
