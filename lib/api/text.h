#ifndef PERENNIAL_LIB_API_TEXT_H_
#define PERENNIAL_LIB_API_TEXT_H_

// What text the API takes.

#include <optional>

#include "absl/strings/string_view.h"

namespace perennial {

// The number of Unicode characters; none where `text` is no valid UTF-8 or has
// a control character other than tab and newline.
std::optional<int> CountCharacters(absl::string_view text);

// Whether there is more in valid UTF-8 than blanks and what has no shape of its own, such as a
// zero-width space.
bool HasVisible(absl::string_view text);

// Whether it goes on in another line: also by Unicode's own separators of lines and paragraphs.
bool HasLineBreak(absl::string_view text);

// The first `count` characters of valid UTF-8, or all where there are fewer.
absl::string_view FirstCharacters(absl::string_view text, int count);

// `[a-z][a-z0-9_-]{0,62}`
bool IsLabelKey(absl::string_view key);

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_TEXT_H_
