#include "lib/base/metadata_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace perennial {
namespace {

bool IsPrintable(char c) { return absl::ascii_isprint(static_cast<unsigned char>(c)); }
bool IsDigit(char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); }

}  // namespace

std::string EncodeMetadataText(absl::string_view text) {
  std::string value;
  for (const char c : text) {
    if (IsPrintable(c) && c != '%') {
      value.push_back(c);
    } else {
      absl::StrAppend(&value, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return value;
}

std::string DecodeMetadataText(absl::string_view value) {
  std::string text;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '%' && i + 2 < value.size() && IsDigit(value[i + 1]) && IsDigit(value[i + 2])) {
      text += absl::HexStringToBytes(value.substr(i + 1, 2));
      i += 2;
    } else {
      text.push_back(value[i]);
    }
  }
  return text;
}

bool IsMetadataText(absl::string_view value) {
  return std::all_of(value.begin(), value.end(), IsPrintable);
}

}  // namespace perennial
