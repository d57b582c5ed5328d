#ifndef PERENNIAL_LIB_BASE_REASON_H_
#define PERENNIAL_LIB_BASE_REASON_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "perennial/v1/error_reason.pb.h"

namespace perennial {

// An error of the API: it carries its reason, as a google.rpc.ErrorInfo in a payload. Those with
// more details than that are made in lib/api/errors.h.
absl::Status MakeError(absl::StatusCode code, v1::ErrorReason reason, absl::string_view message);

// ERROR_REASON_UNSPECIFIED of one that has none.
v1::ErrorReason ReasonOf(const absl::Status& status);

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_REASON_H_
