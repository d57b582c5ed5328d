#ifndef PERENNIAL_LIB_API_SEARCH_TEXT_H_
#define PERENNIAL_LIB_API_SEARCH_TEXT_H_

// What `search` in filters compares.

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace perennial {

// The text without its case and Unicode form: by Unicode's NFKC_Casefold "ZOË", "zoë" and "zoe"
// with a combining diaeresis are one, and so are full-width letters and those of plain width. What
// is no UTF-8 is left as it is.
std::string FoldCase(absl::string_view text);

// The words of what somebody searches for, folded.
std::vector<std::string> FoldedWords(absl::string_view text);

// What is wrong with words to search for; empty where nothing is. There are 20 at most.
std::string CheckSearch(const std::vector<std::string>& words);

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_SEARCH_TEXT_H_
