#ifndef PERENNIAL_LIB_API_SEARCH_TEXT_H_
#define PERENNIAL_LIB_API_SEARCH_TEXT_H_

// What `search` in filters compares: words, by how they begin. What is kept of a resource, in its
// column search_text, is a line for each of its texts, with a blank before each word and "\n"
// behind the line: " zoe müller\n zoe lumen example\n". The first line is what the resource is
// called, also where it has no word. So " zoe" is in it where a word begins with "zoe".

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace perennial {

// The text without its case and Unicode form: by Unicode's NFKC_Casefold "ZOË", "zoë" and "zoe"
// with a combining diaeresis are one, and so are full-width letters and those of plain width. What
// is no UTF-8 is left as it is.
std::string FoldCase(absl::string_view text);

// Its words, folded: runs of letters, their marks, and digits, of which the first 64 characters
// count. In scripts that part words by nothing (Chinese, Japanese, Thai and their like) each
// letter is one.
std::vector<std::string> SearchWords(absl::string_view text);

// A line of search_text.
std::string SearchLine(absl::string_view text);

// The same as FoldCase without the marks on letters: "Zoë" and "zoe" are one. For what people look
// up by name; `search` tells them apart.
std::string FoldMarks(absl::string_view text);

// What is wrong with words to search for; empty where nothing is. There are 20 at most.
std::string CheckSearch(const std::vector<std::string>& words);

// How well what has `search_text` matches the words, which are there somewhere: 0, the best, where
// it is called so, with no other word; 1 where its name begins so; 2 where its name has a word that
// begins so, and the others behind it; 3 where they are in its name in another way; else 4.
int64_t SearchRank(absl::string_view search_text, const std::vector<std::string>& words);

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_SEARCH_TEXT_H_
