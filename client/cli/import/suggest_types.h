#ifndef PERENNIAL_CLIENT_CLI_IMPORT_SUGGEST_TYPES_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_SUGGEST_TYPES_H_

// By what words people call the types that are imported, and their fields. All words are in lower
// case with `_` for all else, and parted by blanks; the first ones go before the others.

#include <vector>

#include "absl/strings/string_view.h"

namespace perennial::cli {

// Of a resource's name.
struct SegmentGuess {
  absl::string_view collection;
  absl::string_view headers;
  absl::string_view more;  // of a second column, where one alone does not tell
};

struct TypeGuess {
  // Of a field that has other headers than its name.
  struct Field {
    absl::string_view path;
    absl::string_view headers;
  };

  absl::string_view type;
  absl::string_view files;  // in the names of files
  std::vector<SegmentGuess> name;
  std::vector<Field> fields;
};

// What is referred to comes before what refers to it.
const std::vector<TypeGuess>& TypeGuesses();

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_SUGGEST_TYPES_H_
