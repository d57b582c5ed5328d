#include "lib/api/search_text.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/api/text.h"

namespace perennial {
namespace {

constexpr size_t kMaxSearchWords = 20;
constexpr int kMaxWordLength = 64;

enum class Letter { kNone, kOfWord, kOneWord };

// Of scripts that part words by nothing.
bool IsWordAlone(utf8proc_int32_t c) {
  constexpr std::pair<utf8proc_int32_t, utf8proc_int32_t> kRanges[] = {
      {0x0e00, 0x0eff},    // Thai, Lao
      {0x1000, 0x109f},    // Myanmar
      {0x1780, 0x17ff},    // Khmer
      {0x3040, 0x30ff},    // kana
      {0x3400, 0x9fff},    // Han
      {0xf900, 0xfaff},    // Han, compatibility
      {0x20000, 0x3ffff},  // Han, extensions
  };
  return std::any_of(std::begin(kRanges), std::end(kRanges),
                     [c](const auto& range) { return range.first <= c && c <= range.second; });
}

bool IsMark(utf8proc_category_t category) {
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME;
}

Letter LetterOf(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return IsWordAlone(c) ? Letter::kOneWord : Letter::kOfWord;
    default:
      // Belongs to the letter before it.
      return IsMark(utf8proc_category(c)) ? Letter::kOfWord : Letter::kNone;
  }
}

// Hands over each word of what is folded, as it is there.
template <class OnWord>
void SplitWords(absl::string_view folded, OnWord on_word) {
  size_t begin = 0, at = 0;
  const auto end_word = [&] {
    if (begin < at) on_word(FirstCharacters(folded.substr(begin, at - begin), kMaxWordLength));
    begin = at;
  };
  while (at < folded.size()) {
    utf8proc_int32_t c = 0;
    const utf8proc_ssize_t size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(folded.data()) + at,
                         static_cast<utf8proc_ssize_t>(folded.size() - at), &c);
    const Letter letter = size < 0 ? Letter::kNone : LetterOf(c);
    if (letter != Letter::kOfWord) end_word();
    at += size < 0 ? 1 : static_cast<size_t>(size);
    if (letter == Letter::kOneWord) end_word();
    if (letter == Letter::kNone) begin = at;
  }
  end_word();
}

constexpr int kNfkcCasefold =
    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;

std::string Fold(absl::string_view text, int options) {
  if (std::all_of(text.begin(), text.end(), absl::ascii_isascii)) {
    return absl::AsciiStrToLower(text);
  }
  utf8proc_uint8_t* folded = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &folded,
                                             static_cast<utf8proc_option_t>(options));
  if (size < 0) return std::string(text);
  std::string result(reinterpret_cast<const char*>(folded), static_cast<size_t>(size));
  std::free(folded);
  return result;
}

}  // namespace

std::string FoldCase(absl::string_view text) { return Fold(text, kNfkcCasefold); }

std::string FoldMarks(absl::string_view text) {
  return Fold(text, kNfkcCasefold | UTF8PROC_STRIPMARK);
}

std::vector<std::string> SearchWords(absl::string_view text) {
  std::vector<std::string> words;
  SplitWords(FoldCase(text), [&words](absl::string_view word) { words.emplace_back(word); });
  return words;
}

std::string SearchLine(absl::string_view text) {
  std::string line;
  SplitWords(FoldCase(text),
             [&line](absl::string_view word) { absl::StrAppend(&line, " ", word); });
  return line + "\n";
}

std::string CheckSearch(const std::vector<std::string>& words) {
  if (words.empty()) return "expected a word to search for, of letters or digits";
  if (words.size() <= kMaxSearchWords) return "";
  return absl::StrCat("expected at most ", kMaxSearchWords, " words to search for");
}

int64_t SearchRank(absl::string_view search_text, const std::vector<std::string>& words) {
  const absl::string_view name = search_text.substr(0, search_text.find('\n'));
  const std::string begins = absl::StrCat(" ", absl::StrJoin(words, " "));
  if (name == begins) return 0;
  if (absl::StartsWith(name, begins)) return 1;
  if (absl::StrContains(name, begins)) return 2;
  const bool all = std::all_of(words.begin(), words.end(), [name](const std::string& word) {
    return absl::StrContains(name, absl::StrCat(" ", word));
  });
  return all ? 3 : 4;
}

}  // namespace perennial
