#ifndef PERENNIAL_LIB_API_TRIM_H_
#define PERENNIAL_LIB_API_TRIM_H_

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace perennial {

// Without the blanks of any kind (Unicode's White_Space) at both ends.
absl::string_view WithoutBlanks(absl::string_view text);

// Does so with the lines of a message (perennial.v1.FieldRules.max_length) at every depth: two
// texts that differ in such blanks alone would look like one.
void TrimTexts(google::protobuf::Message& message);

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_TRIM_H_
