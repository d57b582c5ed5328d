#include "client/cli/import/text_encoding.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace perennial::cli {

const char kEncodings[] = "utf-8, utf-16, utf-16le, utf-16be, windows-1252";

namespace {

// With which a file of the encoding may begin.
struct Mark {
  absl::string_view bytes;
  absl::string_view encoding;
};
constexpr Mark kMarks[] = {
    {"\xef\xbb\xbf", "utf-8"}, {"\xff\xfe", "utf-16le"}, {"\xfe\xff", "utf-16be"}};

constexpr size_t kLookedAt = 1000;

// Of the bytes 0x80 to 0x9f, those of Latin-1's control characters; the others are as in Latin-1.
// https://encoding.spec.whatwg.org/index-windows-1252.txt
constexpr uint16_t kWindows1252[32] = {
    0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
    0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

void Append(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
    return;
  }
  const int continued = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr int kLead[] = {0, 0xc0, 0xe0, 0xf0};
  out.push_back(static_cast<char>(kLead[continued] | (code >> (6 * continued))));
  for (int i = continued - 1; i >= 0; --i) {
    out.push_back(static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f)));
  }
}

std::string FromWindows1252(absl::string_view content) {
  std::string out;
  out.reserve(content.size());
  for (const char c : content) {
    const auto byte = static_cast<uint8_t>(c);
    Append(byte >= 0x80 && byte < 0xa0 ? kWindows1252[byte - 0x80] : byte, out);
  }
  return out;
}

std::string FromUtf16(absl::string_view content, bool big) {
  std::string out;
  out.reserve(content.size());
  const auto unit = [&](size_t i) {
    const auto first = static_cast<uint8_t>(content[i]);
    const auto second = static_cast<uint8_t>(content[i + 1]);
    return static_cast<uint32_t>(big ? first << 8 | second : second << 8 | first);
  };
  for (size_t i = 0; i + 1 < content.size(); i += 2) {
    const uint32_t code = unit(i);
    const bool is_first = code >= 0xd800 && code < 0xdc00;
    const uint32_t next = is_first && i + 3 < content.size() ? unit(i + 2) : 0;
    if (next >= 0xdc00 && next < 0xe000) {
      Append(0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00), out);
      i += 2;
    } else {
      Append(code, out);
    }
  }
  if (content.size() % 2 != 0) out.push_back('\xff');  // half a character
  return out;
}

const Mark* MarkOf(absl::string_view content) {
  const auto begins = [content](const Mark& mark) { return absl::StartsWith(content, mark.bytes); };
  const Mark* mark = std::find_if(std::begin(kMarks), std::end(kMarks), begins);
  return mark == std::end(kMarks) ? nullptr : mark;
}

bool IsKnown(absl::string_view encoding) {
  const std::vector<absl::string_view> known = absl::StrSplit(kEncodings, ", ");
  return std::find(known.begin(), known.end(), encoding) != known.end();
}

// Text is mostly of characters whose one byte is 0. In UTF-8 no byte is.
std::string LooksLike(absl::string_view content) {
  size_t even = 0, odd = 0;
  const size_t size = std::min(content.size(), kLookedAt);
  for (size_t i = 0; i < size; ++i) {
    if (content[i] == '\0') ++(i % 2 == 0 ? even : odd);
  }
  if (odd > size / 4 && even < size / 8) return "utf-16le";
  if (even > size / 4 && odd < size / 8) return "utf-16be";
  return "utf-8";
}

}  // namespace

absl::StatusOr<std::string> ToUtf8(std::string content, absl::string_view declared) {
  std::string encoding = absl::AsciiStrToLower(declared);
  if (!encoding.empty() && !IsKnown(encoding)) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no encoding \"", declared, "\"; there are ", kEncodings));
  }
  if (const Mark* mark = MarkOf(content); mark != nullptr) {
    content.erase(0, mark->bytes.size());
    encoding = std::string(mark->encoding);
  }
  if (encoding.empty()) encoding = LooksLike(content);
  if (encoding == "windows-1252") return FromWindows1252(content);
  if (encoding == "utf-8") return content;
  return FromUtf16(content, encoding == "utf-16be");
}

}  // namespace perennial::cli
