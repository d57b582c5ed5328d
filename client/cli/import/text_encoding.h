#ifndef PERENNIAL_CLIENT_CLI_IMPORT_TEXT_ENCODING_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_TEXT_ENCODING_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace perennial::cli {

// What can be declared, for people: "utf-8, utf-16, utf-16le, utf-16be, windows-1252".
extern const char kEncodings[];

// The text of a file in UTF-8, without a byte order mark, which goes before what is declared: a
// file that is corrected may be saved in another encoding than the one it came in. Where neither
// says it, it is UTF-16 if it looks so, and UTF-8 otherwise, which is not checked. What UTF-16 has
// wrong, such as half a pair, is wrong in the answer too. INVALID_ARGUMENT where there is no such
// encoding.
absl::StatusOr<std::string> ToUtf8(std::string content, absl::string_view encoding);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_TEXT_ENCODING_H_
