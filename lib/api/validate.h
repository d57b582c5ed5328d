#ifndef PERENNIAL_LIB_API_VALIDATE_H_
#define PERENNIAL_LIB_API_VALIDATE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace perennial {

// Checks a request against the rules that its protos declare
// (perennial.v1.rules), at every depth, and answers all violations at once (at
// most 20), each with its path: required, max_length in Unicode characters
// (200 where absent, 300 for names and references), max_items (100), minimum
// and maximum, the shape of references (not that they exist), enum values that
// the enum has, valid UTF-8 without NUL or control characters but tab and
// newline, something visible where text is required, real dates, times between years 1900 and 9999,
// Money's bounds and its currency ([A-Z]{3}; required unless micros are 0), labels' keys and
// values, ids in fields named
// `*_id` directly in the request (`request_id`: at most 100 printable ASCII characters instead).
// Elements of lists must not be empty or unspecified; those that a column holds, and labels, have
// no line breaks (fields.h).
// Output-only fields are not looked at. In an Update request (it has an update_mask), `required`
// holds for the fields that the mask names, or for none where there is no mask (the handler
// checks the merged resource with ValidateResource).
absl::Status ValidateRequest(const google::protobuf::Message& request);

// The same for a whole resource about to be written, `field` being the path it has in the request.
absl::Status ValidateResource(const google::protobuf::Message& resource, absl::string_view field);

// The same with a look at its output-only fields, for a resource that comes from another system.
absl::Status ValidateWholeResource(const google::protobuf::Message& resource,
                                   absl::string_view field);

// The same for some of its fields: `required` holds for none.
absl::Status ValidatePartOfResource(const google::protobuf::Message& resource,
                                    absl::string_view field);

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_VALIDATE_H_
