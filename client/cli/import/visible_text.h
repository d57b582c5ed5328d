#ifndef PERENNIAL_CLIENT_CLI_IMPORT_VISIBLE_TEXT_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_VISIBLE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace perennial::cli {

// A text of a file for people: what cannot be seen in it, such as what a terminal would obey, is
// shown as its code, "<U+001B>".
std::string Visible(absl::string_view text);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_VISIBLE_TEXT_H_
