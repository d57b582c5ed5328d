#include "lib/api/search_text.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace perennial {
namespace {

constexpr size_t kMaxSearchWords = 20;

}  // namespace

std::string FoldCase(absl::string_view text) {
  if (std::all_of(text.begin(), text.end(), absl::ascii_isascii)) {
    return absl::AsciiStrToLower(text);
  }
  constexpr auto kNfkcCasefold = static_cast<utf8proc_option_t>(
      UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  utf8proc_uint8_t* folded = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &folded, kNfkcCasefold);
  if (size < 0) return std::string(text);
  std::string result(reinterpret_cast<const char*>(folded), static_cast<size_t>(size));
  std::free(folded);
  return result;
}

std::vector<std::string> FoldedWords(absl::string_view text) {
  return absl::StrSplit(FoldCase(text), absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
}

std::string CheckSearch(const std::vector<std::string>& words) {
  if (words.empty()) return "expected a word to search for";
  if (words.size() <= kMaxSearchWords) return "";
  return absl::StrCat("expected at most ", kMaxSearchWords, " words to search for");
}

}  // namespace perennial
