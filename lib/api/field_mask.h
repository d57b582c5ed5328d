#ifndef PERENNIAL_LIB_API_FIELD_MASK_H_
#define PERENNIAL_LIB_API_FIELD_MASK_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace perennial {

// Changes the fields of `existing` that `mask` names to what `patch` has there.
//  - No mask: every field that `patch` has set (non-default), maps and lists being replaced whole.
//  - `*`: every field; needs `patch.etag` (INVALID_ARGUMENT, field "etag").
//  - A path may go into a sub-message or name one key of a map (`labels.tier`).
//  - `name` and `etag` are left as they are; so are output-only fields that no path names.
//  - An unknown path, that of an output-only or immutable field, or an immutable field whose value
//    would change otherwise, is INVALID_ARGUMENT (INVALID_UPDATE_MASK, field "update_mask", the
//    path and the methods that change it in the text).
// On an error `existing` is as it was.
absl::Status ApplyMask(const google::protobuf::FieldMask& mask,
                       const google::protobuf::Message& patch, google::protobuf::Message& existing);

// Unsets the fields marked output_only, at every depth.
void ClearOutputOnly(google::protobuf::Message& message);

// Sets every output_only field of `to`, and `name`, to what `from` has; for replacing a resource
// whole.
void CopyOutputOnly(const google::protobuf::Message& from, google::protobuf::Message& to);

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_FIELD_MASK_H_
